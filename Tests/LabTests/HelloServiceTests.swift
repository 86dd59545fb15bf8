// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Walkthrough A: a LoadBalancer Service over three Pods, as the classic tutorial has it.
    @Suite
    struct HelloServiceTests {
        static let manifest =
            (try? String(contentsOfFile: "\(LabProgram.root)/Labs/hello-service.yaml", encoding: .utf8)) ?? ""

        @Test func `D43 external IP, node ports and cluster IP balance over all three Pods, and the walker says so`()
            throws
        {
            let lab = try LabUnderTest(Self.manifest)
            let names = Set(try lab.pods().compactMap { $0["name"] as? String })
            #expect(names.count == 3)
            let service = try lab.service("hello-service")
            let external = try #require(service["externalIP"] as? String)
            let nodePort = try lab.nodePort("hello-service")
            let addresses =
                ["\(external):8080", "172.18.0.2:\(nodePort)", "172.18.0.3:\(nodePort)", "172.18.0.4:\(nodePort)"]
                + ["\(try lab.clusterIP("hello-service")):8080"]
            for address in addresses {
                let answers = try lab.answers("http://\(address)", count: 200)
                #expect(Set(answers.keys) == Set(names.map { "Hello from Pod \($0)!" }), "\(address)")
                #expect(try lab.predicted(address) == names, "\(address)")
            }
        }

        @Test func `D43 three thousand connections split evenly, and none fails`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let external = try #require(try lab.service("hello-service")["externalIP"] as? String)
            let answers = try lab.answers("http://\(external):8080", count: 3000)
            #expect(answers.values.reduce(0, +) == 3000)
            #expect(answers.count == 3)
            #expect(isEvenSplit(Array(answers.values)), "\(answers)")
        }

        @Test func `D38 a relabelled Pod leaves, a replacement comes, and no request fails`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let address = "\(try lab.clusterIP("hello-service")):8080"
            let pod = try #require(try lab.pods().first?["name"] as? String)
            let traffic = Thread {
                let answers = try? lab.answers("http://\(address)", count: 2000)
                #expect(answers?.values.reduce(0, +) == 2000)
            }
            traffic.start()
            #expect(try lab.lab("label", "pod/\(pod)", "app=bye-service").code == 0)
            try lab.eventually("a replacement is ready") {
                try lab.pods("app", "hello-app").filter { $0["ready"] as? Bool == true }.count == 3
            }
            let names = Set(try lab.pods("app", "hello-app").compactMap { $0["name"] as? String })
            #expect(!names.contains(pod))
            #expect(try lab.pods("app", "bye-service").count == 1, "the relabelled Pod runs on, alone")
            let answers = try lab.answers("http://\(address)", count: 300)
            #expect(Set(answers.keys) == Set(names.map { "Hello from Pod \($0)!" }))
            #expect(try lab.predicted(address) == names)
            while !traffic.isFinished { usleep(10_000) }
        }

        @Test func `a Pod that is not ready gets no traffic until it is ready again`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let address = "\(try lab.clusterIP("hello-service")):8080"
            let pod = try #require(try lab.pods().first)
            let name = try #require(pod["name"] as? String)
            let own = try #require(pod["address"] as? String)
            #expect(try lab.exec("host", "curl", "-sS", "\(own):8080/readyz?set=false").code == 0)
            try lab.eventually("it leaves the endpoints") { try lab.predicted(address).contains(name) == false }
            #expect(try lab.answers("http://\(address)", count: 200)["Hello from Pod \(name)!"] == nil)
            #expect(try lab.exec("host", "curl", "-sS", "\(own):8080/readyz?set=true").code == 0)
            try lab.eventually("it is back") { try lab.predicted(address).contains(name) }
            #expect(try lab.answers("http://\(address)", count: 200)["Hello from Pod \(name)!"] != nil)
        }

        @Test func `applying again changes nothing, and deleting frees addresses and ports`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let file = "\(LabProgram.root)/Labs/hello-service.yaml"
            #expect(try lab.lab("apply", "-f", file).lines.allSatisfy { $0.hasSuffix("unchanged") })
            let before = try lab.service("hello-service")
            #expect(try lab.lab("delete", "-f", file).code == 0)
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
