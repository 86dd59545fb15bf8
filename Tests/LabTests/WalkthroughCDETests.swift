// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Walkthroughs C, D and E, typed with kubectl.
    @Suite(.enabled(if: LabProgram.hasKubectl, "the walkthroughs need kubectl"))
    struct WalkthroughCDETests {
        private func rows(_ text: String) -> [[String]] {
            text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        }

        @Test func `C port and target port differ, and an external IP is balanced at any node`() throws {
            let lab = try LabUnderTest(file: "frontend-svc.yaml")
            let address = try lab.kubectlText("get", "svc", "frontend-svc", "-o", "jsonpath={.spec.clusterIP}")
            #expect(try lab.answers("http://\(address)", count: 60).count == 3)
            #expect(try lab.answers("http://192.0.2.80", count: 60, from: "node-2").count == 3)
            let rows = rows(try lab.kubectlText("-n", "prod", "get", "svc", "my-service"))
            #expect(rows[1][0...4] == ["my-service", "ExternalName", "<none>", "my.database.example.com", "<none>"])
        }

        @Test func `C names are found from the same namespace and from another, and lead outside`() throws {
            let lab = try LabUnderTest(file: "frontend-svc.yaml")
            func found(_ name: String, from place: String) throws -> String {
                let ran = try lab.kubectl("exec", place, "--", "getent", "ahostsv4", name)
                return String(ran.output.split(separator: " ").first ?? "nothing")
            }
            let redis = try lab.kubectlText(
                "-n", "my-namespace", "get", "svc", "redis-master", "-o", "jsonpath={.spec.clusterIP}")
            let own = try lab.kubectlText(
                "-n", "my-namespace", "get", "pods", "-o", "jsonpath={.items[0].metadata.name}")
            let ran = try lab.kubectl("-n", "my-namespace", "exec", own, "--", "getent", "ahostsv4", "redis-master")
            #expect(ran.output.hasPrefix("\(redis) "), "\(ran)")
            for name in ["redis-master.my-namespace", "redis-master.my-namespace.svc.cluster.local"] {
                #expect(try found(name, from: "deployment/frontend") == redis, "\(name)")
            }
            #expect(try found("redis-master", from: "deployment/frontend") == "nothing", "another namespace's")
            #expect(try found("my-service.prod", from: "deployment/frontend") == "198.51.100.10")
            let page = try lab.kubectlText(
                "exec", "deployment/frontend", "--", "curl", "-sS", "-m", "5", "frontend-svc")
            #expect(page.hasPrefix("Hello from Pod frontend-"), "\(page)")
        }

        @Test func `D expose gives a Service, and describe shows three endpoints and how many more`() throws {
            let lab = try LabUnderTest(file: "hello-world.yaml")
            #expect(
                try lab.kubectlText(
                    "expose", "deployment", "web-deploy", "--name=hello-svc", "--target-port=8080", "--type=NodePort")
                    == "service/hello-svc exposed")
            try lab.eventually("ten endpoints") {
                try lab.kubectlText("get", "ep", "hello-svc").contains("+ 7 more...")
            }
            #expect(try lab.kubectlText("describe", "svc", "hello-svc").contains("+ 7 more..."))
            let description = try lab.kubectlText("describe", "ep", "hello-svc")
            for word in ["Subsets:", "Addresses:", "NotReadyAddresses:", "Ports:"] {
                #expect(description.contains(word), "\(word) in \(description)")
            }
            #expect(try lab.curl("http://172.18.0.2:30001").hasPrefix("Hello from Pod web-deploy-"))
            #expect(try lab.kubectlText("delete", "svc", "hello-svc") == "service \"hello-svc\" deleted")
        }

        @Test func `D a selector that no Pod has all labels of has no endpoints, and refuses at once`() throws {
            let lab = try LabUnderTest(file: "hello-world.yaml")
            #expect(rows(try lab.kubectlText("get", "ep", "strict"))[1][1] == "<none>")
            #expect(try lab.curl("http://10.96.0.50:8080", from: "node-1") == "error 7")
            let pod = try lab.kubectlText("get", "pod", "-o", "jsonpath={.items[0].metadata.name}")
            _ = try lab.kubectlText("label", "pod", pod, "zone=prod")
            try lab.eventually("the Pod with one label more is behind it") {
                try lab.curl("http://10.96.0.50:8080", from: "node-1") == "Hello from Pod \(pod)!\n"
            }
        }

        @Test func `D a program in a Pod asks the API with its account's token and certificate`() throws {
            let lab = try LabUnderTest(file: "hello-world.yaml")
            let script = """
                cd /var/run/secrets/kubernetes.io/serviceaccount &&
                curl -sS --cacert ca.crt -H "Authorization: Bearer $(cat token)" \
                https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/api/v1/namespaces/$(cat namespace)/endpoints/hello-world
                """
            let pod = try lab.kubectlText("get", "pod", "-o", "jsonpath={.items[0].metadata.name}")
            let ran = try lab.kubectl("exec", pod, "--", "sh", "-c", script)
            #expect(ran.output.contains("\"kind\": \"Endpoints\""), "\(ran)")
            let secret = try lab.kubectl(
                "exec", pod, "--", "sh", "-c",
                script.replacingOccurrences(of: "endpoints/hello-world", with: "secrets"))
            #expect(secret.output.contains("Forbidden"), "\(secret)")
        }

        @Test func `D traffic moves between two versions by the selector, and no request fails`() throws {
            let lab = try LabUnderTest(file: "two-versions.yaml")
            let traffic = Thread { _ = try? lab.answers("http://203.0.113.1:8080", count: 3000) }
            traffic.start()
            for version in ["4.2", "4.1"] {
                let patch = "{\"spec\":{\"selector\":{\"version\":\"\(version)\"}}}"
                _ = try lab.kubectlText("patch", "svc", "biz1", "-p", patch)
                let answers = try lab.answers("http://203.0.113.1:8080", count: 100)
                let name = "biz1-\(version.replacingOccurrences(of: ".", with: "-"))"
                #expect(answers.keys.allSatisfy { $0.contains(name) }, "\(answers)")
            }
            _ = try lab.kubectlText(
                "patch", "svc", "biz1", "--type=json", "-p", "[{\"op\":\"remove\",\"path\":\"/spec/selector/version\"}]"
            )
            #expect(try lab.answers("http://203.0.113.1:8080", count: 200).count == 4)
            while !traffic.isFinished { usleep(10_000) }
        }

        @Test func `E posts go on when the Pod they go to is replaced`() throws {
            let lab = try LabUnderTest(file: "activemq.yaml")
            let port = try lab.kubectlText(
                "get", "service", "activemq-service", "--output=jsonpath={.spec.ports[0].nodePort}")
            #expect((30000...32767).contains(Int(port) ?? 0))
            #expect(
                try lab.exec(
                    "host", "ping", "-c", "1", "-W", "1",
                    try lab.kubectlText("get", "svc", "activemq-service", "-o", "jsonpath={.spec.clusterIP}")
                ).code != 0)
            #expect(try lab.lab("service", "activemq-service").lines.contains("http://203.0.113.1:8161"))
            let logs = { try lab.kubectlText("logs", "deployment/newsproducer") }
            try lab.eventually("posts arrive") { try logs().contains("posted") }
            let before = try lab.kubectlText(
                "get", "pod", "-l", "app=activemq", "-o", "jsonpath={.items[0].status.podIP}")
            _ = try lab.kubectlText("delete", "pod", "-l", "app=activemq", "--timeout=50s")
            _ = try lab.kubectlText("rollout", "status", "deployment/activemq", "--timeout=40s")
            let after = try lab.kubectlText(
                "get", "pod", "-l", "app=activemq", "-o", "jsonpath={.items[0].status.podIP}")
            #expect(before != after)
            let count = try logs().split(separator: "\n").count { $0.hasPrefix("posted") }
            try lab.eventually("posts go on") {
                try logs().split(separator: "\n").count { $0.hasPrefix("posted") } > count + 2
            }
        }
    }
}
