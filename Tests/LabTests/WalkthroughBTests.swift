// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Walkthrough B, typed with kubectl: NodePort, headless, hand-written Endpoints, names.
    @Suite(.enabled(if: LabProgram.hasKubectl, "the walkthroughs need kubectl"))
    struct WalkthroughBTests {
        private func rows(_ text: String) -> [[String]] {
            text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        }

        @Test func `get and describe show a NodePort Service as a cluster does`() throws {
            let lab = try LabUnderTest(file: "my-nginx.yaml")
            let service = rows(try lab.kubectlText("get", "svc", "my-nginx"))[1]
            #expect(service[0...3] == ["my-nginx", "NodePort", "10.96.0.99", "<none>"])
            #expect(service[4].wholeMatch(of: /8080:3\d{4}\/TCP,443:3\d{4}\/TCP/) != nil)
            let description = try lab.kubectlText("describe", "svc", "my-nginx")
            for field in [
                "Type:", "IP:", "Port:", "TargetPort:", "NodePort:", "Endpoints:", "Session Affinity:",
                "External Traffic Policy:", "Events:",
            ] { #expect(description.contains("\n\(field)"), "\(field) in \(description)") }
            #expect(description.contains(":80,") && description.contains("TargetPort:"))
        }

        @Test func `every node and its port answer, over HTTPS with a certificate of the Pod's own`() throws {
            let lab = try LabUnderTest(file: "my-nginx.yaml")
            for node in ["node-1", "node-2", "node-3"] {
                #expect(try lab.curl("http://10.96.0.99:8080", from: node).hasPrefix("Hello from Pod my-nginx-"))
            }
            let port = try lab.kubectlText("get", "svc", "my-nginx", "-o", "jsonpath={.spec.ports[1].nodePort}")
            let answer = try lab.exec("host", "curl", "-ksS", "-m", "5", "https://172.18.0.3:\(port)")
            #expect(answer.output.hasPrefix("Hello from Pod my-nginx-"), "\(answer)")
        }

        @Test func `the cluster IP never appears on a wire behind the node`() throws {
            let lab = try LabUnderTest(file: "my-nginx.yaml")
            let pod = rows(try lab.kubectlText("get", "pods", "-l", "run=my-nginx", "-o", "wide"))[1][0]
            #expect(try lab.curl("http://10.96.0.99:8080/clientip", from: "node-1").contains("."))
            let walk = try lab.walk("10.96.0.99:8080", from: "node-1")
            #expect(walk.allSatisfy { ($0["destination"] as? String)?.hasPrefix("10.244.") == true })
            let table = try lab.exec(pod, "cat", "/proc/net/nf_conntrack")
            #expect(!table.output.contains("10.96.0.99"))
        }

        @Test func `scaled to none and back, the Pods have new names, and spread over the nodes`() throws {
            let lab = try LabUnderTest(file: "my-nginx.yaml")
            let before = try lab.kubectlText("get", "pods", "-l", "run=my-nginx", "-o", "name")
            _ = try lab.kubectlText("scale", "deployment", "my-nginx", "--replicas=0")
            _ = try lab.kubectlText("wait", "--for=delete", "pod", "-l", "run=my-nginx", "--timeout=40s")
            _ = try lab.kubectlText("scale", "deployment", "my-nginx", "--replicas=2")
            _ = try lab.kubectlText("rollout", "status", "deployment/my-nginx", "--timeout=30s")
            let after = rows(try lab.kubectlText("get", "pods", "-l", "run=my-nginx", "-o", "wide")).dropFirst()
            #expect(after.count == 2)
            #expect(after.allSatisfy { !before.contains($0[0]) && $0[5].hasPrefix("10.244.") })
            #expect(Set(after.map { $0[6] }).count == 2)
        }

        @Test func `kube-dns stands at the tenth address, and the Service range on a command line`() throws {
            let lab = try LabUnderTest(file: "my-nginx.yaml")
            let service = rows(try lab.kubectlText("get", "services", "kube-dns", "--namespace=kube-system"))[1]
            #expect(service[0...4] == ["kube-dns", "ClusterIP", "10.96.0.10", "<none>", "53/UDP,53/TCP"])
            let dump = try lab.kubectlText("cluster-info", "dump")
            #expect(dump.contains("--service-cluster-ip-range=10.96.0.0/16"))
        }

        @Test func `Endpoints written by hand lead to a machine outside`() throws {
            let lab = try LabUnderTest(file: "my-nginx.yaml")
            let pod = rows(try lab.kubectlText("get", "pods", "-l", "run=my-nginx"))[1][0]
            for place in [pod, "node-1", "host"] {
                #expect(try lab.curl("http://weather:3000", from: place) == "Hello from outside/weather!\n", "\(place)")
            }
        }

        @Test func `variables are of the Services that were there first`() throws {
            let lab = try LabUnderTest(deployment("web", replicas: 1))
            func variables() throws -> Set<String> {
                let text = try lab.kubectlText("exec", "deployment/web", "--", "printenv")
                return Set(
                    text.split(whereSeparator: \.isNewline).map { String($0.prefix { $0 != "=" }) }.filter {
                        $0.contains("SERVICE")
                    })
            }
            _ = try lab.kubectlText("expose", "deployment", "web", "--name=my-nginx", "--port=8080")
            let before: Set = ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "KUBERNETES_SERVICE_PORT_HTTPS"]
            #expect(try variables() == before)
            _ = try lab.kubectlText("scale", "deployment", "web", "--replicas=0")
            _ = try lab.kubectlText("wait", "--for=delete", "pod", "-l", "app=web", "--timeout=40s")
            _ = try lab.kubectlText("scale", "deployment", "web", "--replicas=2")
            _ = try lab.kubectlText("rollout", "status", "deployment/web", "--timeout=30s")
            #expect(try variables() == before.union(["MY_NGINX_SERVICE_HOST", "MY_NGINX_SERVICE_PORT"]))
        }

        @Test func `kubectl run gives a shell in a Pod`() throws {
            let lab = try LabUnderTest(file: "my-nginx.yaml")
            let ran = try lab.kubectl(
                "run", "curl", "--image=radial/busyboxplus:curl", "-i", "--rm", "--restart=Never", "--quiet", "--",
                "sh",
                input: "nslookup my-nginx\ncurl -sS my-nginx:8080\nexit\n")
            #expect(ran.output.contains("Hello from Pod my-nginx-"), "\(ran)")
            #expect(ran.output.contains("10.96.0.10") && ran.output.contains("10.96.0.99"), "\(ran)")
        }

        @Test func `D11 a NodePort Service becomes a LoadBalancer and keeps its addresses and ports`() throws {
            let lab = try LabUnderTest(file: "my-nginx.yaml")
            let ports = try lab.kubectlText("get", "svc", "my-nginx", "-o", "jsonpath={.spec.ports[*].nodePort}")
            let edited = try LabProgram.run(
                ["kubectl", "--lab", lab.name, "edit", "svc", "my-nginx"],
                environment: [
                    "KUBE_EDITOR": "sed -i s/type:.NodePort/type:\\ LoadBalancer/"
                ])
            #expect(edited.output.contains("edited"), "\(edited)")
            _ = try lab.kubectlText(
                "wait", "svc/my-nginx", "--for=jsonpath={.status.loadBalancer.ingress}", "--timeout=20s")
            #expect(try lab.kubectlText("get", "svc", "my-nginx", "-o", "jsonpath={.spec.clusterIP}") == "10.96.0.99")
            #expect(
                try lab.kubectlText("get", "svc", "my-nginx", "-o", "jsonpath={.spec.ports[*].nodePort}") == ports)
        }

        @Test(arguments: [
            ("ports: [{port: 80}, {port: 81}]", "spec.ports[0].name: Required value"),
            ("clusterIP: 10.1.2.3, ports: [{port: 80}]", "spec.clusterIPs: Invalid value"),
            ("clusterIP: 10.96.0.99, ports: [{port: 80}]", "provided IP is already allocated"),
            ("type: NodePort, ports: [{port: 80, nodePort: 80}]", "The range of valid ports is 30000-32767"),
        ])
        func `what a Service may not have is refused with field and reason`(_ spec: String, _ reason: String) throws {
            let lab = try LabUnderTest(file: "my-nginx.yaml")
            let refused = try lab.kubectl(
                "apply", "-f", "-", input: "apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {\(spec)}\n")
            #expect(refused.code == 1)
            #expect(refused.errors.contains(reason), "\(refused)")
        }

        @Test func `a node port may be asked for, and a taken one is refused`() throws {
            let lab = try LabUnderTest(file: "my-nginx.yaml")
            func spec(_ name: String) -> String {
                "apiVersion: v1\nkind: Service\nmetadata: {name: \(name)}\n"
                    + "spec: {type: NodePort, ports: [{port: 80, nodePort: 30000}]}\n"
            }
            #expect(try lab.kubectlText("apply", "-f", "-", input: spec("first")) == "service/first created")
            #expect(
                try lab.kubectl("apply", "-f", "-", input: spec("second")).errors.contains(
                    "provided port is already allocated"))
        }

        @Test func `a node that goes down leaves the load balancer, and the other node ports answer`() throws {
            let lab = try LabUnderTest(file: "hello-service.yaml")
            let port = try lab.nodePort("hello-service")
            #expect(try lab.lab("node", "down", "node-2").code == 0)
            _ = try lab.kubectlText("wait", "node/node-2", "--for=condition=Ready=Unknown", "--timeout=10s")
            #expect(try lab.kubectlText("get", "nodes").contains("NotReady"))
            for address in ["172.18.0.2:\(port)", "172.18.0.4:\(port)", "203.0.113.1:8080"] {
                #expect(try lab.answers("http://\(address)", count: 60).count == 2, "\(address)")
            }
            #expect(try lab.lab("node", "up", "node-2").code == 0)
            _ = try lab.kubectlText("wait", "node/node-2", "--for=condition=Ready", "--timeout=10s")
            try lab.eventually("node-2 and its Pod answer again") {
                try lab.answers("http://172.18.0.3:\(port)", count: 60).count == 3
            }
        }
    }
}
