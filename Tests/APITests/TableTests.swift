// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import Kubernetes
import Testing

/// Tables as a real API server made them of the objects in `table-objects.json` (their metadata is in the tables).
@Suite struct TableTests {
    static let recordings = [
        "pods", "services", "deployments", "replicasets", "endpoints", "endpointslices", "nodes", "namespaces",
        "events", "configmaps", "serviceaccounts",
    ]

    @Test(arguments: recordings)
    func `D17 a table is what a real server makes of the same objects`(_ plural: String) throws {
        let recorded = try OracleFile.value("table_\(plural).json")
        let rows = try #require(recorded["rows"]).elements
        #expect(!rows.isEmpty)
        for row in rows {
            let table = try table(of: row, plural, includes: .metadata)
            #expect(table["columnDefinitions"]?.withoutDescriptions == recorded["columnDefinitions"])
            #expect(table["rows"] == [row])
        }
    }

    @Test(arguments: recordings)
    func `rows without objects are those of a real server`(_ plural: String) throws {
        let recorded = try OracleFile.value("table_noobj_\(plural).json")
        let rows = try #require(recorded["rows"]).elements
        let withObjects = try #require(try OracleFile.value("table_\(plural).json")["rows"]).elements
        for (row, other) in zip(rows, withObjects) {
            let made = try table(of: other, plural, includes: .none)["rows"]?.elements.first
            #expect(made?["object"] == .null)
            // The two tables were asked for one after the other: ages may differ.
            #expect(made?["cells"]?.elements.count == row["cells"]?.elements.count)
            #expect(made?["conditions"] == row["conditions"])
        }
    }

    @Test func `every column is described`() throws {
        for resource in Resource.all {
            let table = table(of: [], resource)
            let columns = try #require(table["columnDefinitions"]).elements
            #expect(columns.contains { $0["format"] == "name" })
            for column in columns { #expect(column["description"]?.string != "", "\(resource.kind) \(column)") }
        }
    }

    @Test func `every kind has as many cells as columns, even for an object without any field`() throws {
        for resource in Resource.all {
            let empty = Object(apiVersion: resource.apiVersion, kind: resource.kind, name: "a")
            let table = table(of: [empty], resource)
            let cells = try #require(table["rows"]?.elements.first?["cells"]).elements
            #expect(cells.count == table["columnDefinitions"]?.elements.count)
            #expect(cells.contains("a"))
        }
    }

    @Test func `a watch's later events leave the columns out`() throws {
        let resource = try #require(Resource.named("pods"))
        let table = Table.value(
            of: [], resource, includes: .metadata, listMetadata: ["resourceVersion": "7"], now: .init(seconds: 0),
            showsColumns: false)
        #expect(table["columnDefinitions"] == [])
        #expect(table["metadata"] == ["resourceVersion": "7"])
    }

    @Test func `a row may hold the whole object`() throws {
        let object = Object(apiVersion: "v1", kind: "Pod", namespace: "a", name: "b")
        let resource = try #require(Resource.named("pods"))
        let table = Table.value(
            of: [object], resource, includes: .whole, listMetadata: [:], now: .init(seconds: 0), showsColumns: true)
        #expect(table["rows"]?.elements.first?["object"] == object.value)
    }

    @Test func `metadata alone makes a PartialObjectMetadataList`() {
        let object = Object(apiVersion: "v1", kind: "Pod", namespace: "a", name: "b")
        let list = PartialObjectMetadata.list(of: [object], listMetadata: ["resourceVersion": "9"])
        #expect(list["kind"] == "PartialObjectMetadataList")
        #expect(
            list["items"] == [
                [
                    "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                    "metadata": ["name": "b", "namespace": "a"],
                ]
            ])
    }

    /// The table of one recorded row's object, at the moment at which it was recorded.
    private func table(of row: Value, _ plural: String, includes: ObjectForm.TableObject) throws -> Value {
        let resource = try #require(Resource.named(plural))
        let metadata = try #require(row["object"]?["metadata"])
        let name = try #require(metadata["name"]?.string)
        var value = try #require(try OracleFile.value("table-objects.json")[plural]?[name])
        value["metadata"] = metadata
        value["apiVersion"] = .string(resource.apiVersion)
        value["kind"] = .string(resource.kind)
        let created = try #require(metadata["creationTimestamp"]?.string.flatMap { Timestamp($0) })
        let age = try #require(
            row["cells"]?.elements.lazy.compactMap(\.string).compactMap { text in
                text.hasSuffix("s") ? Int64(text.dropLast()) : nil
            }.first)
        return Table.value(
            of: [Object(value)], resource, includes: includes, listMetadata: [:],
            now: Timestamp(seconds: created.seconds + age), showsColumns: true)
    }

    private func table(of objects: [Object], _ resource: Resource) -> Value {
        Table.value(
            of: objects, resource, includes: .none, listMetadata: [:], now: .init(seconds: 0), showsColumns: true)
    }
}

/// Documents of a real API server, kept in `Tests/Fixtures/oracle`.
enum OracleFile {
    static func value(_ name: String) throws -> Value {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/oracle")
        return try Value(json: Array(try Data(contentsOf: folder.appending(path: name))))
    }
}

extension Value {
    /// A table's columns without their descriptions, which were left out of the recordings.
    fileprivate var withoutDescriptions: Value {
        .array(
            elements.map { column in
                var column = column
                column["description"] = nil
                return column
            })
    }
}
