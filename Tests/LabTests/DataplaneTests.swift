// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// The Service dataplane on the wire, each case held against the walker's prediction.
    @Suite
    struct ServiceDataplaneTests {
        /// One Deployment and Services of several kinds before it; one lab for all cases that only look.
        static let manifest =
            deployment("web", replicas: 2) + """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: plain}
                spec:
                  selector: {app: web}
                  ports: [{name: http, port: 80, targetPort: 8080}, {name: dns, port: 53, targetPort: dns, protocol: UDP}]
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: ports}
                spec:
                  type: NodePort
                  selector: {app: web}
                  ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}, {name: dns, port: 80, targetPort: dns, protocol: UDP, nodePort: 30080}]
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: external}
                spec: {selector: {app: web}, externalIPs: [198.51.100.7], ports: [{port: 8000, targetPort: 8080}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: nobody}
                spec: {type: NodePort, selector: {app: nobody}, ports: [{port: 80, nodePort: 30099}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: on-node, labels: {app: on-node}}
                spec:
                  hostNetwork: true
                  nodeName: node-2
                  containers: [{name: web, image: web, ports: [{containerPort: 8088}]}]
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: on-node}
                spec: {selector: {app: on-node}, ports: [{port: 80, targetPort: 8088}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: client}
                spec: {containers: [{name: client, image: client, command: [sleep, "3600"]}], terminationGracePeriodSeconds: 0}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: self, labels: {app: self}}
                spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: self}
                spec: {selector: {app: self}, ports: [{port: 80, targetPort: 8080}]}
                """

        @Test func `each kind of Service does on the wire what the walker predicts`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let web = Set(try lab.pods("app", "web").compactMap { $0["name"] as? String })
            let plain = try lab.clusterIP("plain")

            // D40: no endpoints: refused at once, in the cluster and at the node port.
            for place in ["host", "client", "node-1"] {
                let nobody = try lab.clusterIP("nobody")
                #expect(try lab.curl("http://\(nobody)", from: place) == "error 7", "D40 from \(place)")
                #expect(try lab.predicted("\(nobody):80", from: place) == ["rejected"])
            }
            #expect(try lab.curl("http://172.18.0.3:30099") == "error 7", "D40 node port")
            #expect(try lab.predicted("172.18.0.3:30099") == ["rejected"])

            // D41: a port that the Service does not have is refused; an address that no Service has is silent.
            #expect(try lab.curl("http://\(plain):81", from: "client") == "error 7", "D41 port")
            #expect(try lab.predicted("\(plain):81", from: "client") == ["rejected"])
            #expect(try lab.curl("http://10.96.200.200", from: "client") == "error 28", "D41 address")
            #expect(try lab.predicted("10.96.200.200:80", from: "client") == ["dropped"])

            // D45: a Pod keeps its address; the host and a node are seen as a node.
            let client = try #require(try lab.pods().first { $0["name"] as? String == "client" }?["address"] as? String)
            #expect(try lab.curl("http://\(plain)/clientip", from: "client").hasPrefix("\(client):"), "D45 Pod")
            #expect(try lab.walk("\(plain):80", from: "client").allSatisfy { $0["masqueraded"] as? Bool == false })
            #expect(try lab.curl("http://\(plain)/clientip").hasPrefix("172.18.0.2:"), "D45 host")
            #expect(try lab.curl("http://\(plain)/clientip", from: "node-3").hasPrefix("172.18.0.4:"), "D45 node")

            // D46: a Pod that reaches itself through its Service sees its node.
            let own = try #require(try lab.pods().first { $0["name"] as? String == "self" })
            let node = try #require(own["node"] as? String)
            let nodeAddress = "172.18.0.\(1 + (Int(node.suffix(1)) ?? 0))"
            let seen = try lab.curl("http://\(try lab.clusterIP("self"))/clientip", from: "self")
            #expect(seen.hasPrefix("\(nodeAddress):"), "D46 \(seen)")
            #expect(
                try lab.walk("\(try lab.clusterIP("self")):80", from: "self").first?["source"] as? String ?? "" != "")

            // D47: a node port answers on every node, from that node's address.
            for number in 2...4 {
                #expect(
                    try lab.curl("http://172.18.0.\(number):30080/clientip").hasPrefix("172.18.0.\(number):"), "D47")
                #expect(try lab.predicted("172.18.0.\(number):30080") == web)
            }
            // D48: in nftables mode never on the loopback address.
            #expect(try lab.curl("http://127.0.0.1:30080", from: "node-1") == "error 7", "D48")

            // D52: any node takes an external IP's packets; the route is the operator's.
            for (place, way) in [
                ("host", "via 172.18.0.1 dev lab0 onlink"), ("edge", "via 172.18.0.3 dev node-2 onlink"),
            ] {
                #expect(try lab.exec(place, "sh", "-c", "ip route add 198.51.100.7 \(way)").code == 0)
            }
            #expect(try lab.answers("http://198.51.100.7:8000", count: 60).count == 2, "D52")

            // D55: the same node port in UDP leads to the UDP port.
            let echo = try lab.exec(
                "host", "bash", "-c", "exec 3<>/dev/udp/172.18.0.2/30080; echo hello >&3; timeout 3 head -n1 <&3")
            #expect(echo.output == "hello\n", "D55 \(echo)")
            #expect(try lab.predicted("172.18.0.2:30080", transport: "udp") == web)

            // D57: endpoints and clients on a node's own network.
            #expect(
                try lab.curl("http://\(try lab.clusterIP("on-node"))/hostname", from: "client").hasPrefix("node-2"),
                "D57")
            #expect(try lab.predicted("\(try lab.clusterIP("on-node")):80", from: "client") == ["node-2"])
            #expect(try lab.answers("http://\(plain)", count: 60, from: "node-2").count == 2, "D57 client")
        }

        @Test func `D56 flushed rules come back within a second, and connections go on`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let plain = try lab.clusterIP("plain")
            #expect(try lab.exec("node-1", "nft", "flush", "ruleset").code == 0)
            try lab.eventually("the rules are back", seconds: 3) { try lab.curl("http://\(plain)").hasPrefix("Hello") }
            #expect(try lab.exec("node-2", "nft", "delete", "table", "ip", "lab").code == 0)
            try lab.eventually("the table is back", seconds: 3) {
                try lab.exec("node-2", "nft", "list", "tables").output.contains("table ip lab")
            }
            #expect(try lab.answers("http://\(plain)", count: 60).count == 2)
        }

        @Test(.enabled(if: (try? run("python3", ["--version"]))?.code == 0, "the client is written in Python"))
        func `a client's port that still leads to a Pod that is gone leads to another one soon`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let plain = try lab.clusterIP("plain")
            // TCP_REPAIR closes the socket without a word, as a client's machine that is switched off; nor does its kernel say
            // one afterwards, so that the nodes never hear that the connection has ended.
            let silence =
                "add table ip silent; add chain ip silent out { type filter hook output priority 0; }; "
                + "add rule ip silent out tcp sport 45999 tcp flags & rst == rst drop"
            try #require(try lab.exec("host", "nft", silence).code == 0)
            let script = """
                import socket
                s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("", 45999)); s.settimeout(2); s.connect(("\(plain)", 80))
                s.send(b"GET /hostname HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
                print(s.recv(9999).decode().split()[-1]); s.setsockopt(socket.IPPROTO_TCP, 19, 1)
                """
            let first = try lab.exec("host", "python3", "-c", script)
            let pod = first.output.trimmingCharacters(in: .whitespacesAndNewlines)
            try #require(pod.hasPrefix("web-"), "\(first)")
            _ = try lab.kubectlText("delete", "pod", pod, "--grace-period=0", "--force")
            try lab.eventually("the port leads to another Pod", seconds: 10) {
                let again = try lab.exec("host", "python3", "-c", script).output
                return again.hasPrefix("web-") && !again.hasPrefix(pod)
            }
        }

        @Test func `deleting a Service ends new connections only`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let plain = try lab.clusterIP("plain")
            // One connection that asks twice, with the deletion in between.
            let script = """
                exec 3<>/dev/tcp/\(plain)/80
                printf 'GET /hostname HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&3; timeout 2 head -n1 <&3 >/dev/null
                touch /tmp/\(lab.name).open; for i in $(seq 100); do [ -e /tmp/\(lab.name).gone ] && break; sleep 0.05; done
                printf 'GET /hostname HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' >&3; timeout 3 cat <&3
                """
            let open = "/tmp/\(lab.name).open"
            let gone = "/tmp/\(lab.name).gone"
            defer { for path in [open, gone] { try? FileManager.default.removeItem(atPath: path) } }
            let result = Outcome()
            let connection = Thread { result.set((try? lab.exec("host", "bash", "-c", script))?.output ?? "") }
            connection.start()
            try lab.eventually("the connection is open") { FileManager.default.fileExists(atPath: open) }
            #expect(try lab.lab("delete", "service/plain").code == 0)
            #expect(try lab.curl("http://\(plain)").hasPrefix("error"), "no new connection")
            _ = FileManager.default.createFile(atPath: gone, contents: nil)
            while !connection.isFinished { usleep(10_000) }
            #expect(result.text.contains("200 OK"), "the open connection goes on: \(result.text)")
        }
    }
}

/// A text that one thread writes and another reads once the first has ended.
final class Outcome: @unchecked Sendable {
    // Guarded by the lock.
    private let lock = NSLock()
    private var value = ""
    func set(_ text: String) { lock.withLock { value = text } }
    var text: String { lock.withLock { value } }
}
