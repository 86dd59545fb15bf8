// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Testing

@Suite struct ManifestTests {
    private func read(_ text: String) throws -> [Document] { try Manifest.read(Array(text.utf8), file: "a.yaml") }

    private func value(_ scalar: String) throws -> Value? {
        try read("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nx: \(scalar)\n").first?.object.value["x"]
    }

    @Test func `documents are read in order, and empty ones give nothing`() throws {
        let text = """
            # a comment
            ---
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: a}
            ---
            null
            ---
            apiVersion: v1
            kind: Pod
            metadata: {generateName: b-}
            ...
            """
        let documents = try read(text)
        #expect(documents.map(\.object.kind) == ["Namespace", "Pod"])
        #expect(documents.map { $0.source.position(of: "").line } == [4, 10])
        #expect(try read("").isEmpty)
        #expect(try read("# nothing\n").isEmpty)
    }

    @Test func `fields are found where they stand, and missing ones at their parent`() throws {
        let text =
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  labels:\n    app.io/x: y\nspec:\n  ports:\n  - port: 80\n  - port: 81\n    name: b\n"
        let source = try #require(try read(text).first).source
        let expected = [
            "": "1:1", "metadata.name": "4:3", "metadata.labels[app.io/x]": "6:5", "spec.ports[1].name": "11:5",
            "spec.ports[1].port": "10:5", "spec.ports[0].name": "9:5", "spec.type": "7:1", "status.phase": "1:1",
            "spec.ports[7].port": "8:3",
        ]
        for (path, position) in expected { #expect(source.position(of: path).description == position, "\(path)") }
        #expect(source.place(of: "kind").description == "a.yaml:2:1")
    }

    @Test func `a list gives its items, with the places of their fields`() throws {
        let text =
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n- kind: List\n  items:\n  - {apiVersion: v1, kind: Pod, metadata: {name: b}}\n"
        let documents = try read(text)
        #expect(documents.map(\.object.name) == ["a", "b"])
        #expect(documents.map { $0.source.position(of: "metadata.name").description } == ["6:14", "9:44"])
        let typed = try read("apiVersion: v1\nkind: ServiceList\nitems: [{metadata: {name: a}}]\n")
        #expect(typed.map(\.object.key) == [ObjectKey("Service", "", "a")])
    }

    @Test func `anchors, aliases and merge keys are followed`() throws {
        let text =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nbase: &base {a: 1, b: 2}\nmore: &more {b: 4, c: 5}\nx: {b: 3, <<: [*base, *more]}\nz: *base\n"
        let value = try #require(try read(text).first).object.value
        #expect(value["x"] == ["a": 1, "b": 3, "c": 5])
        #expect(value["z"] == ["a": 1, "b": 2])
    }

    @Test func `JSON is read, one value after the other, with places`() throws {
        let text =
            "{\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n  \"metadata\": {\"name\": \"\\ud83d\\ude00\"}}\n{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"b\"}}"
        let documents = try read(text)
        #expect(documents.map(\.object.name) == ["😀", "b"])
        #expect(documents[0].source.position(of: "metadata.name").description == "2:16")
        #expect(documents[1].source.position(of: "kind").line == 3)
        #expect(try read("{apiVersion: v1, kind: Pod, metadata: {name: flow}}").map(\.object.name) == ["flow"])
    }

    /// What sigs.k8s.io/yaml makes of plain scalars (goyaml.v2/resolve.go).
    @Test(
        arguments: [
            ("yes", true), ("Off", false), ("y", true), ("N", false), ("TRUE", true), ("tRue", "tRue"), ("~", .null),
            ("", .null), ("NULL", .null), ("12", 12), ("-7", -7), ("+3", 3), ("0x1F", 31), ("0b101", 5), ("0o17", 15),
            ("010", 8), ("08", 8), ("1_000", 1000), ("1.5", .double(1.5)), ("80.0", 80), ("1e3", 1000),
            (".5", .double(0.5)),
            ("1.2.3", "1.2.3"), ("1e", "1e"), ("10.0.0.1", "10.0.0.1"), ("2026-11-21", "2026-11-21"),
            ("12:30", "12:30"), ("\"12\"", "12"), ("'yes'", "yes"), ("!!str 12", "12"), ("!!int \"12\"", 12),
            ("=", "="),
            ("9223372036854775807", .int(.max)), ("18446744073709551615", .double(18446744073709551616)),
            ("1e400", "1e400"),
        ] as [(String, Value)])
    func `plain scalars mean what they mean to Kubernetes`(_ text: String, _ expected: Value) throws {
        #expect(try value(text) == expected)
    }

    @Test func `keys are words, as in JSON`() throws {
        #expect(try value("{on: 1, 2: 3, ~x: 4, \"null\": 5}") == ["true": 1, "2": 3, "~x": 4, "null": 5])
    }

    @Test func `a block of text may hold brackets, tabs and stars without end`() throws {
        let body = String(repeating: "    [[[{{{ *a *b & ? [*x]: }: \t\n", count: 400)
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: |\n\(body)"
        #expect(try read(text).first?.object.value["data", "x"]?.string?.utf8.count == body.utf8.count - 1600)
    }

    @Test func `what an object comes with is kept, whatever it is`() throws {
        let text =
            "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: a, annotations: {b: c}}\n"
            + "spec: {controller: x.io/y}\n"
        let object = try #require(try read(text).first).object
        #expect(object.defaulted() == object)
        #expect(object.problems() == [])
        #expect(Resource.of(kind: object.kind)?.handling == .kept)
    }
}
