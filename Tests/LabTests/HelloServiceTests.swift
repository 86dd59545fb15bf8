// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kubernetes
import LabKit
import Net
import Testing

extension LabSuites {
    /// Walkthrough A: a LoadBalancer Service over three Pods, as the classic tutorial has it; from Swift, with LabKit.
    @Suite
    struct HelloServiceTests {
        static let file = "\(LabProgram.root)/Labs/hello-service.yaml"
        static let manifest = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        static let namespace = "workload-reachability-example"
        static let service = "service/\(namespace)/hello-service"

        @Test func `D43 external IP, node ports and cluster IP balance over all three Pods, and the walker says so`()
            async throws
        {
            try await Lab.with(Self.file) { lab in
                let names = try await lab.podNames("app=hello-app")
                #expect(names.count == 3)
                let port = try await lab.get(Self.service, "{.spec.ports[0].nodePort}") ?? ""
                var addresses = ["172.18.0.2:\(port)", "172.18.0.3:\(port)", "172.18.0.4:\(port)"]
                for path in ["{.status.loadBalancer.ingress[0].ip}", "{.spec.clusterIP}"] {
                    addresses.append("\(try await lab.get(Self.service, path) ?? ""):8080")
                }
                for address in addresses {
                    #expect(try await lab.answerers(address, count: 200) == names, "\(address)")
                    #expect(try await lab.predicted(address) == names, "\(address)")
                }
            }
        }

        @Test func `D43 three thousand connections split evenly, and none fails`() async throws {
            try await Lab.with(Self.file) { lab in
                let external = try await lab.get(Self.service, "{.status.loadBalancer.ingress[0].ip}") ?? ""
                let replies = try await lab.host.curl("\(external):8080", count: 3000, concurrency: 8)
                #expect(replies.count == 3000 && replies.allSatisfy { $0.status == 200 })
                let counts = Dictionary(grouping: replies) { $0.answeredBy }.mapValues(\.count)
                #expect(counts.count == 3)
                #expect(isEvenSplit(Array(counts.values)), "\(counts)")
            }
        }

        @Test func `D38 a relabelled Pod leaves, a replacement comes, and no request fails`() async throws {
            try await Lab.with(Self.file) { lab in
                let address = "\(try await lab.get(Self.service, "{.spec.clusterIP}") ?? ""):8080"
                let pod = try #require(try await lab.podNames("app=hello-app").first)
                let clients = try await lab.background(address, from: lab.host, rate: 500)
                try await lab.label("pod/\(Self.namespace)/\(pod)", ["app": "bye-service"])
                try await lab.eventually("a replacement is ready") {
                    try await lab.podNames("app=hello-app", areReady: true).count == 3
                }
                let names = try await lab.podNames("app=hello-app")
                #expect(!names.contains(pod))
                #expect(try await lab.podNames("app=bye-service") == [pod], "the relabelled Pod runs on, alone")
                #expect(try await lab.answerers(address, count: 300) == names)
                #expect(try await lab.predicted(address) == names)
                await clients.stop()
                let replies = await clients.replies()
                #expect(replies.count > 10 && replies.allSatisfy { !$0.isFailure })
            }
        }

        @Test func `a Pod that is not ready gets no traffic until it is ready again`() async throws {
            try await Lab.with(Self.file) { lab in
                let address = "\(try await lab.get(Self.service, "{.spec.clusterIP}") ?? ""):8080"
                let name = try #require(try await lab.podNames("app=hello-app").first)
                let own = try await lab.get("pod/\(Self.namespace)/\(name)", "{.status.podIP}") ?? ""
                _ = try await lab.host.get("\(own):8080/readyz?set=false")
                try await lab.eventually("it leaves the endpoints") { try await !lab.predicted(address).contains(name) }
                #expect(try await !lab.answerers(address, count: 200).contains(name))
                _ = try await lab.host.get("\(own):8080/readyz?set=true")
                try await lab.eventually("it is back") { try await lab.predicted(address).contains(name) }
                #expect(try await lab.answerers(address, count: 200).contains(name))
            }
        }

        @Test func `applying again changes nothing, and deleting frees addresses and ports`() throws {
            let lab = try LabUnderTest(Self.manifest)
            #expect(try lab.lab("apply", "-f", Self.file).lines.allSatisfy { $0.hasSuffix("unchanged") })
            let before = try lab.service("hello-service")
            #expect(try lab.lab("delete", "-f", Self.file).code == 0)
            try lab.eventually("all is gone") { try lab.pods().isEmpty }
            let asked = Self.manifest.replacingOccurrences(
                of: "  type: LoadBalancer\n",
                with: "  type: LoadBalancer\n  clusterIP: \(before["clusterIP"] as? String ?? "")\n"
                    + "  loadBalancerIP: \(before["externalIP"] as? String ?? "")\n")
            #expect(try lab.lab("apply", "-f", "-", input: asked).code == 0, "the old cluster IP can be had again")
            #expect(try lab.service("hello-service")["clusterIP"] as? String == before["clusterIP"] as? String)
            #expect(try lab.service("hello-service")["externalIP"] as? String == before["externalIP"] as? String)
        }
    }
}

extension Lab {
    /// The names of the tutorial's Pods that a selector chooses.
    fileprivate func podNames(_ selector: String, areReady: Bool = false) async throws -> Set<String> {
        let namespace = LabSuites.HelloServiceTests.namespace
        let chosen = try await objects(
            .all(kind: "pods", namespace: namespace, selector: try LabelSelector(text: selector)))
        return Set(chosen.map { Pod($0) }.filter { !areReady || $0.isReady }.map(\.name))
    }

    /// Who answers so many requests, each over a connection of its own; a failure fails the test.
    fileprivate func answerers(_ address: String, count: Int) async throws -> Set<String> {
        let replies = try await host.curl(address, count: count)
        #expect(replies.count == count && replies.allSatisfy { $0.status == 200 }, "\(address)")
        return Set(replies.compactMap(\.answeredBy))
    }

    /// Where the walker says that connections arrive: the Pods' names.
    fileprivate func predicted(_ address: String) async throws -> Set<String> {
        let pods = try await why(to: address).pods
        return Set(pods.map { String($0.split(separator: "/").last ?? "") })
    }
}
