// SPDX-License-Identifier: Apache-2.0

import Foundation
import Kubernetes
import Testing

@Suite struct ServerSideApplyRecordedTests {
    /// An object that was created on a real API server, and what the one who created it then had of it.
    struct Creation: Sendable, CustomTestStringConvertible {
        let name: String
        let body: Object
        let fields: Value

        var testDescription: String { name }
    }

    static let all: [Creation] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../Fixtures/managed-fields.jsonl")
        guard let data = try? Data(contentsOf: file) else { return [] }
        return data.split(separator: 0x0a).dropFirst().compactMap { try? Value(json: Array($0)) }.map {
            Creation(
                name: $0["name"]?.string ?? "", body: Object($0["body"] ?? .null), fields: $0["fields"] ?? .null)
        }
    }()

    @Test func `the recorded objects are there`() { #expect(Self.all.count > 40) }

    @Test(arguments: all)
    func `who creates an object has the fields that a real API server says`(_ creation: Creation) {
        var object = creation.body.defaulted()
        // What a real server adds after the fields were recorded, and the defaults here have at once.
        let later = [
            "Pod": ["priority", "preemptionPolicy", "serviceAccount", "serviceAccountName", "tolerations"],
            "Service": ["clusterIPs"], "Namespace": ["finalizers"],
        ]
        for field in later[object.kind] ?? [] where creation.body.value["spec", field] == nil {
            object.value["spec", field] = nil
        }
        ManagedFields.recordUpdate(
            old: nil, new: &object, manager: "unknown", now: Timestamp(seconds: 1_800_000_000))
        let entries = object.value["metadata", "managedFields"]?.elements ?? []
        #expect(entries.count == 1)
        #expect(entries.first?["fieldsV1"]?.json(pretty: true) == creation.fields.json(pretty: true))
    }
}
