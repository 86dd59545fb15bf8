// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Labs of two families, and of IPv6 alone, on the wire.
    @Suite
    struct DualStackTests {
        @Test func `what is reached by IPv4 is reached by IPv6, and by its own family`() throws {
            let lab = try LabUnderTest(file: "dual-stack.yaml")
            let web = try lab.pods("app", "web").compactMap { $0["addresses"] as? [String] }
            #expect(web.count == 3 && web.allSatisfy { $0.count == 2 }, "\(web)")
            let pod = try #require(try lab.pods("app", "web").first?["name"] as? String)
            let both = try #require(try lab.service("both")["clusterIPs"] as? [String])
            #expect(both.count == 2)
            let external = try #require(try lab.service("both")["externalIP"] as? String).split(separator: ",")
            let nodes = ["172.18.0.3", "fd00:172:18::3"]
            for (address, port) in both.map({ ($0, 8080) }) + external.map({ (String($0), 8080) })
                + nodes.map({ ($0, 30080) }) + web.flatMap({ $0 }).map({ ($0, 8080) })
            {
                let socket = LabUnderTest.socket(address, port)
                for place in ["host", "node-1", "node-2", pod] {
                    let seen = try lab.curl("http://\(socket)/clientip", from: place)
                    #expect(seen.hasPrefix("[") == address.contains(":"), "\(socket) from \(place): \(seen)")
                }
            }
            // A Service of one family has no node port and no address of the other, and a Pod no name for both.
            #expect(try lab.service("six")["clusterIPs"] as? [String] == [try lab.clusterIP("six")])
            #expect(
                try lab.curl("http://\(LabUnderTest.socket(try lab.clusterIP("six"), 80))/hostname").hasPrefix("web-"))
            let hosts = try lab.exec(pod, "cat", "/etc/hosts").lines.filter { $0.hasSuffix("\t\(pod)") }
            #expect(hosts.count == 2, "\(hosts)")
            try expectDatagrams(lab, pod, both + external.map(String.init), nodes)
            try expectNothingLocal(lab, pod)
            try expectReturn(lab)
        }

        /// Datagrams larger than the links' 1,500 bytes go in fragments of either family; echo requests reach Pods.
        private func expectDatagrams(
            _ lab: LabUnderTest, _ pod: String, _ addresses: [String], _ nodes: [String]
        ) throws {
            for (address, port) in addresses.map({ ($0, 8081) }) + nodes.map({ ($0, 30081) }) {
                for place in ["host", pod] {
                    let ran = try lab.exec(place, "python3", "-c", Self.datagram, address, "\(port)")
                    #expect(ran.output == "1990\n", "\(address):\(port) from \(place): \(ran)")
                }
            }
        }

        private static let datagram = """
            import socket, sys
            family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
            client = socket.socket(family, socket.SOCK_DGRAM)
            client.settimeout(3)
            client.sendto(b'echo ' + b'x' * 1990, (sys.argv[1], int(sys.argv[2])))
            print(client.recv(65536).count(b'x'))
            """

        /// No link has an address that nobody gave it, and no address waits to see whether somebody else has it.
        private func expectNothingLocal(_ lab: LabUnderTest, _ pod: String) throws {
            for place in ["host", "edge", "node-1", "node-2", "control-plane", pod] {
                let addresses = try lab.exec(place, "ip", "-6", "-o", "addr").output
                #expect(!addresses.contains("fe80:") && !addresses.contains("tentative"), "\(place): \(addresses)")
            }
        }

        /// IPv6 forgets the addresses of a link that goes down, unless it is told not to.
        private func expectReturn(_ lab: LabUnderTest) throws {
            #expect(try lab.lab("node", "down", "node-2").code == 0)
            #expect(try lab.lab("node", "up", "node-2").code == 0)
            for address in ["172.18.0.3", "fd00:172:18::3"] {
                try lab.eventually("\(address) answers again", seconds: 5) {
                    try lab.curl("http://\(LabUnderTest.socket(address, 30080))/hostname").hasPrefix("web-")
                }
            }
        }

        @Test func `a lab of IPv6 alone has all that a lab has`() throws {
            let lab = try LabUnderTest(
                "apiVersion: lab/v1\nkind: Lab\nspec: {nodes: 2, ipFamilies: [IPv6]}\n" + deployment("web", replicas: 2)
                    + """
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {name: web}
                    spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
                    """)
            #expect(try lab.exec("node-1", "ip", "-4", "-o", "addr").lines.allSatisfy { $0.contains(" lo ") })
            let external = try #require(try lab.service("web")["externalIP"] as? String)
            let pods = Set(try lab.pods().compactMap { $0["name"] as? String })
            for (address, port) in [(external, 80), (try lab.clusterIP("web"), 80), ("fd00:172:18::2", 30080)] {
                let socket = LabUnderTest.socket(address, port)
                #expect(try lab.answers("http://\(socket)", count: 60).count == 2, "\(socket)")
                #expect(try lab.predicted(socket) == pods, "\(socket)")
            }
            guard LabProgram.hasKubectl else { return }
            #expect(try lab.kubectlText("get", "--raw", "/healthz") == "ok")
            let addresses = try lab.kubectlText("get", "pods", "-o", "jsonpath={.items[*].status.podIPs[*].ip}")
            #expect(addresses.split(separator: " ").count == 2 && !addresses.contains("."), "\(addresses)")
            let types = try lab.kubectlText("get", "endpointslices", "-o", "jsonpath={.items[*].addressType}")
            #expect(Set(types.split(separator: " ")) == ["IPv6"])
            #expect(
                try lab.kubectlText("exec", pods.sorted()[0], "--", "env").contains("KUBERNETES_SERVICE_HOST=fd00:"))
        }
    }
}

extension LabUnderTest {
    /// An address and a port as they stand in a URL.
    static func socket(_ address: String, _ port: Int) -> String {
        address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
