// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kubernetes
import Scenarios
import Testing

@Suite struct ScenarioSchemaTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let scenario = SchemaEvaluator(root: ScenarioSchema.json)
    private static let lab = SchemaEvaluator(root: LabSchema.json)

    private static func labs() throws -> [(file: String, documents: [Document])] {
        let folder = root.appending(path: "Labs")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        return try names.sorted().map { name in
            let bytes = Array(try Data(contentsOf: folder.appending(path: name)))
            return (name, try Manifest.read(bytes, file: name))
        }
    }

    @Test func `every document of the labs is as its schema says`() throws {
        var count = 0
        for (file, documents) in try Self.labs() {
            for document in documents {
                let value = document.object.value
                if LabConfiguration.isScenario(document.object) {
                    #expect(Self.scenario.accepts(value), "\(file)")
                    count += 1
                }
                if LabConfiguration.isLab(document.object) { #expect(Self.lab.accepts(value), "\(file)") }
            }
        }
        #expect(count > 0)
    }

    @Test func `every scenario of the labs is read, with what its manifests bring`() throws {
        let all = try Self.labs()
        for (file, documents) in all {
            var input = documents
            for document in documents where LabConfiguration.isScenario(document.object) {
                let names = (document.object.value["spec", "manifests"]?.elements ?? []).compactMap(\.string)
                for name in names { input += all.first { $0.file == name }?.documents ?? [] }
            }
            do {
                _ = try Scenario.read(input)
            } catch { Issue.record("\(file): \(error)") }
        }
    }

    /// What only the reader sees: how parts of a scenario, or it and its lab, fit together; and the insides of texts.
    private static let beyond = [
        "Duplicate value", "the same object stands", "no such node", "there is no kind", "no file has a",
        "only Deployment",
        "can be rolled out", "add type: json", "is a list of operations", "is of use only with expect",
        "says something of",
        "beside it stands", "background traffic", "was stopped", "began before", "did you mean \"clients\"",
        "one request tells",
        "add a count", "and not of", "did you mean \"web\"?", "did you mean \"node-1\"?", "% together",
        "where many links meet", "there are visitor", "must be a selector",
        "must be a JSONPath",
        "must be a regular expression", "must be a URL", "its port must", "must not have", "must be a name of DNS",
        "IPv6 address", "must name a host", "substitution", "lacks a name", "clusterIP", "begins with ${", "the text:",
        "apiVersion: Required value", "must be host, edge", "must be client, node", "at most an hour",
        "must be an IPv4 range", "loopback",
        "at least 100ms", "must be a host and a port",
    ]

    @Test func `schema and reader agree on what is bad`() throws {
        var agreed = 0
        for bad in BadScenario.documents + BadScenario.actions + BadScenario.traffic + BadScenario.faults
            + BadScenario.checks + BadScenario.subjects
        {
            guard let documents = try? Manifest.read(Array(bad.text.utf8), file: "x.yaml") else { continue }
            let scenarios = documents.filter { LabConfiguration.isScenario($0.object) }
            let isRefused = scenarios.contains { !Self.scenario.accepts($0.object.value) }
            if isRefused { agreed += 1 }
            let isBeyond = Self.beyond.contains { bad.words.contains($0) }
            #expect(isRefused || isBeyond, "\(bad.marked)")
        }
        #expect(agreed >= 200)
    }

    @Test func `the schema refuses nothing that the reader takes`() throws {
        let steps = [
            "apply: [{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {}}]",
            "apply: \"apiVersion: v1\\nkind: Pod\\nmetadata: {name: a}\"",
            "exec: {in: {selector: app=a}, command: ls}", "label: {object: pod/a, labels: {a: null}}",
            "request: {from: shop/a, url: \"https://[fd00::1]:8443/a?b=c\", rate: 30/m, duration: 1m30s}",
            "request: {from: host, url: \"http://${clusterIP:shop/web}:${nodePort:web/http}\"}",
            "udp: {from: host, to: \"${clusterIP:web}:53\", sourcePort: 4000}",
            "link: {of: {selector: app=a}, direction: in, loss: 0.5, delay: 0ms}",
            "conntrack: {node: node-1, fill: 100%}",
            "patch: {object: pod/a, type: json, patch: [{op: add, path: /a, value: 1}]}",
        ]
        for step in steps {
            let text = Reading.head + "  steps:\n  - " + step + "\n"
            let value = try #require(try Manifest.read(Array(text.utf8), file: "x.yaml").first).object.value
            #expect(Reading.faults(text) == [], "\(step)")
            #expect(Self.scenario.accepts(value), "\(step)")
        }
    }

    @Test func `the schemas have a version and say what each field means`() {
        for (schema, id) in [(ScenarioSchema.json, "urn:x-lab:v1:scenario"), (LabSchema.json, "urn:x-lab:v1:lab")] {
            #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
            #expect(schema["$id"]?.string == id)
            let records = (schema["$defs"]?.fields ?? [:]).values + [schema]
            for field in records.flatMap({ $0["properties"]?.fields.values ?? [] }) {
                #expect(field["description"]?.string?.hasSuffix(".") == true, "\(field.json())")
            }
        }
    }
}
