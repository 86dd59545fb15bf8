// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Walkthrough A, typed with kubectl: LoadBalancer, labels, Endpoints, readiness.
    @Suite(.enabled(if: LabProgram.hasKubectl, "the walkthroughs need kubectl"))
    struct WalkthroughATests {
        private static let namespace = "workload-reachability-example"
        private static let file = "\(LabProgram.root)/Labs/hello-service.yaml"
        private static let empty = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: nothing}\n"

        private func rows(_ text: String) -> [[String]] {
            text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        }

        private func applied() throws -> LabUnderTest {
            let lab = try LabUnderTest(Self.empty)
            _ = try lab.kubectlText("apply", "-f", Self.file)
            _ = try lab.kubectlText(
                "-n", Self.namespace, "rollout", "status", "deployment/hello-app", "--timeout=30s")
            return lab
        }

        @Test func `apply makes three objects, and changes none the second time`() throws {
            let lab = try LabUnderTest(Self.empty)
            let first = try lab.kubectlText("apply", "-f", Self.file)
            #expect(
                first == """
                    namespace/workload-reachability-example created
                    deployment.apps/hello-app created
                    service/hello-service created
                    """)
            let second = try lab.kubectlText("apply", "-f", Self.file)
            #expect(second == first.replacingOccurrences(of: "created", with: "unchanged"))
        }

        @Test func `get shows the Service, the Deployment and its Pods as a cluster does`() throws {
            let lab = try applied()
            let service = rows(try lab.kubectlText("-n", Self.namespace, "get", "svc"))
            #expect(service[0] == ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"])
            #expect(service[1][0...1] == ["hello-service", "LoadBalancer"])
            #expect(service[1][3] == "203.0.113.1")
            #expect(service[1][4].wholeMatch(of: /8080:3\d{4}\/TCP/) != nil)
            let deployment = rows(try lab.kubectlText("-n", Self.namespace, "get", "deployment"))
            #expect(deployment[1][0...3] == ["hello-app", "3/3", "3", "3"])
            let pods = rows(try lab.kubectlText("-n", Self.namespace, "get", "pod", "--show-labels"))
            #expect(pods.count == 4)
            for pod in pods.dropFirst() {
                #expect(pod[0].wholeMatch(of: /hello-app-[a-z0-9]{5,10}-[a-z0-9]{5}/) != nil)
                #expect(pod[1...2] == ["1/1", "Running"])
                #expect(pod[5].contains("app=hello-app,pod-template-hash="))
            }
            let columns = rows(
                try lab.kubectlText(
                    "-n", Self.namespace, "get", "pod", "--selector", "app=hello-app", "-o",
                    "custom-columns=NAME:.metadata.name,IP:.status.podIP"))
            #expect(columns[0] == ["NAME", "IP"])
            #expect(columns.dropFirst().allSatisfy { $0[1].hasPrefix("10.244.") })
        }

        @Test func `the external IP stays pending as long as the cloud needs`() throws {
            let delayed = "apiVersion: lab/v1\nkind: Lab\nspec: {loadBalancer: {provisioningDelay: 3s}}\n---\n"
            let lab = try LabUnderTest(delayed + Self.empty)
            _ = try lab.kubectlText("apply", "-f", Self.file)
            #expect(try lab.kubectlText("-n", Self.namespace, "get", "svc").contains("<pending>"))
            _ = try lab.kubectlText(
                "-n", Self.namespace, "wait", "svc/hello-service", "--timeout=20s",
                "--for=jsonpath={.status.loadBalancer.ingress}")
            #expect(try lab.kubectlText("-n", Self.namespace, "get", "svc").contains("203.0.113.1"))
        }

        @Test func `D38 a watch of the Endpoints sees a relabelled Pod leave and its replacement come`() throws {
            let lab = try applied()
            let pod = try lab.kubectlText(
                "-n", Self.namespace, "get", "pod", "-o", "jsonpath={.items[0].metadata.name}")
            let watched = Watched()
            let watch = Thread {
                watched.text =
                    (try? LabProgram.run([
                        "kubectl", "--lab", lab.name, "-n", Self.namespace, "get", "endpoints", "hello-service",
                        "--watch", "--request-timeout=6s",
                    ]).output) ?? ""
            }
            watch.start()
            usleep(1_500_000)
            _ = try lab.kubectlText(
                "-n", Self.namespace, "label", "pod", pod, "app=bye-service", "--overwrite")
            while !watch.isFinished { usleep(20_000) }
            let counts = rows(watched.text).dropFirst().map { $0[1].split(separator: ",").count }
            #expect(counts.first == 3 && counts.contains(2) && counts.last == 3, "\(watched.text)")
            #expect(try lab.kubectlText("-n", Self.namespace, "get", "pod", pod).contains("Running"))
            let address = "http://203.0.113.1:8080"
            #expect(try lab.answers(address, count: 100)["Hello from Pod \(pod)!"] == nil)
        }

        @Test func `D32 a Pod that is not ready gets traffic only if the Service says so`() throws {
            let lab = try applied()
            let pods = try lab.kubectlText(
                "-n", Self.namespace, "get", "pod", "-o",
                "jsonpath={range .items[*]}{.metadata.name} {.status.podIP}{\"\\n\"}{end}")
            let pod = rows(pods)[0]
            _ = try lab.exec("host", "curl", "-sS", "\(pod[1]):8080/readyz?set=false")
            _ = try lab.kubectlText(
                "-n", Self.namespace, "wait", "pod/\(pod[0])", "--for=condition=Ready=false", "--timeout=20s")
            let address = "http://203.0.113.1:8080"
            #expect(try lab.answers(address, count: 100)["Hello from Pod \(pod[0])!"] == nil)
            _ = try lab.kubectlText(
                "-n", Self.namespace, "patch", "svc", "hello-service", "-p",
                "{\"spec\":{\"publishNotReadyAddresses\":true}}")
            #expect(try lab.answers(address, count: 200)["Hello from Pod \(pod[0])!"] != nil)
        }

        @Test func `delete takes all away, and the address and node port can be had again`() throws {
            let lab = try applied()
            let address = try lab.kubectlText(
                "-n", Self.namespace, "get", "svc", "hello-service", "-o", "jsonpath={.spec.clusterIP}")
            _ = try lab.kubectlText("delete", "-f", Self.file, "--timeout=50s")
            #expect(try lab.kubectl("get", "namespace", Self.namespace).errors.contains("NotFound"))
            let text = try String(contentsOfFile: Self.file, encoding: .utf8)
            let asked = text.replacingOccurrences(
                of: "  type: LoadBalancer\n",
                with: "  type: LoadBalancer\n  loadBalancerIP: 203.0.113.1\n  clusterIP: \(address)\n")
            _ = try lab.kubectlText("apply", "-f", "-", input: asked)
            _ = try lab.kubectlText(
                "-n", Self.namespace, "wait", "svc/hello-service", "--timeout=20s",
                "--for=jsonpath={.status.loadBalancer.ingress[0].ip}=203.0.113.1")
        }
    }

    /// What another thread has read.
    private final class Watched: @unchecked Sendable {
        // Written before the thread that writes it has ended, read after.
        var text = ""
    }
}
