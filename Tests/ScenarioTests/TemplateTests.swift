// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Scenarios
import Testing

@Suite struct TemplateTests {
    @Test func `substitutions are found and replaced`() {
        let text = "http://${clusterIP:shop/web}:${nodePort:web/http}/a${b}"
        #expect(
            Template.substitutions(in: text).map(\.description) == ["${clusterIP:shop/web}", "${nodePort:web/http}"])
        #expect(Template.fill(text) { $0.kind == .nodePort ? "30080" : "10.96.0.1" } == "http://10.96.0.1:30080/a${b}")
    }

    @Test func `what a check expects is filled`() throws {
        let check = try #require(
            try Reading.checks("dns: {from: host, name: web, answers: [\"${clusterIP:web}\"]}", action: "sleep: 1s")
                .first)
        let filled = check.filled { _ in "10.96.0.1" }
        #expect(filled.tests == [.answers(["10.96.0.1"])])
    }

    @Test(arguments: [
        ("host", "host"), ("edge", "edge"), ("node-1", "node-1"), ("outside/a", "outside/a"), ("pod/a", "default/a"),
        ("shop/a", "shop/a"), ("pod/shop/a", "shop/a"),
    ]) func `places are read as lab exec takes them`(text: String, same: String) {
        #expect(Location(text: text)?.description == same)
    }

    @Test(arguments: ["", "a/b/c", "A", "a b", "/a", "pod/"]) func `what is no place is none`(text: String) {
        #expect(Location(text: text) == nil)
    }

    @Test func `objects are named as lab label takes them`() {
        #expect(ObjectReference(text: "service/web") == ObjectReference(kind: "service", name: "web"))
        #expect(ObjectReference(text: "deploy/shop/web")?.namespace == "shop")
        #expect(ObjectReference(text: "deploy/shop/web")?.resource?.kind == "Deployment")
        #expect(ObjectReference(text: "web") == nil)
    }
}
