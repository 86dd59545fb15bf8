// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// The files in `Labs`, as they stand.
    @Suite
    struct LabFilesTests {
        /// Those with manifests: a story beside a manifest is no lab.
        static let files =
            (try? FileManager.default.contentsOfDirectory(atPath: "\(LabProgram.root)/Labs"))?
            .filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".scenario.yaml") }.sorted() ?? []

        @Test(arguments: files)
        func `every lab comes up, all Pods ready`(_ file: String) throws {
            // Files may bring their own Lab document, and choose ranges that are theirs.
            let lab = try LabUnderTest(file: file)
            let pods = try lab.pods()
            #expect(!pods.isEmpty)
            for pod in pods {
                let isDone = pod["status"] as? String == "Completed"
                #expect(isDone || pod["ready"] as? Bool == true, "\(pod)")
            }
        }

        @Test func `a shop of a dozen services has what its containers ask for, and a front door`() throws {
            let lab = try LabUnderTest(file: "shop.yaml")
            #expect(try lab.curl("http://203.0.113.1").hasPrefix("Hello from Pod frontend-"))
            let catalog = try #require(try lab.pods("app", "catalog").first?["name"] as? String)
            let settings = try lab.exec(catalog, "cat", "/etc/shop/features.yaml")
            #expect(settings.output.contains("recommendations:"), "\(settings)")
            let cart = try #require(try lab.pods("app", "cart").first?["name"] as? String)
            let environment = try lab.exec(cart, "env").lines
            #expect(environment.contains("API_KEY=not-a-real-key"))
            #expect(environment.contains("CURRENCY=EUR"))
            #expect(environment.contains { $0.hasPrefix("POD_IP=10.244.") })
            #expect(
                try lab.exec(catalog, "sh", "-c", "echo kept > /var/cache/shop/a && cat /var/cache/shop/a").output
                    == "kept\n")
            #expect(
                try lab.pods("app", "redis-cart").compactMap { $0["name"] as? String }.sorted() == [
                    "redis-cart-0", "redis-cart-1",
                ])
            #expect(Set(try lab.pods("app", "agent").compactMap { $0["node"] as? String }).count == 3)
        }
    }
}
