// SPDX-License-Identifier: Apache-2.0

import Foundation
import Kubernetes
import Testing

/// One request to a real API server, and its answer, as `Tests/Fixtures/api-answers.jsonl` keeps them.
struct RecordedAnswer: Sendable, CustomTestStringConvertible {
    let name: String
    let method: String
    let path: String
    let code: Int
    let body: Object
    let response: Object?
    let message: String
    let warnings: [String]

    init(_ value: Value) {
        name = value["name"]?.string ?? ""
        method = value["method"]?.string ?? ""
        path = value["path"]?.string ?? ""
        code = value["code"]?.int ?? 0
        body = Object(value["body"] ?? .null)
        response = value["response"].map { Object($0) }
        message = value["message"]?.string ?? ""
        warnings = value["warnings"]?.elements.compactMap(\.string) ?? []
    }

    var testDescription: String { name }

    /// All recorded answers, in order.
    static let all: [RecordedAnswer] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/api-answers.jsonl")
        guard let data = try? Data(contentsOf: file) else { return [] }
        let lines = data.split(separator: 0x0a).dropFirst()
        return lines.compactMap { try? Value(json: Array($0)) }.map(RecordedAnswer.init)
    }()

    /// Those that creating an object gave, and that depend on nothing else.
    static let creations = all.filter { $0.method == "POST" && leftOut[$0.name] == nil }

    /// Those that writing an object over another gave.
    static let updates = all.filter { $0.method == "PUT" && leftOut[$0.name] == nil }

    /// What is not asked of this module, and why.
    static let leftOut: [String: String] = [
        // Who else there is.
        "ns/create-again": "another object has the name",
        "svc/i-ns-not-found": "no such namespace",
        "svc/i-namespace-mismatch": "the URL names another namespace",
        "pod/i-serviceaccount-missing": "no such service account",
        "pod/i-priorityclass-missing": "no such priority class",
        "svc/u-rv-conflict": "the object was written since",
        "svc/u-uid-mismatch": "the fixture has no identifiers",
        "svc/u-name-mismatch": "the URL names another object",
        "svc/i-resourceversion-on-create": "the fixture has no resource versions",
        // What is allocated.
        "svc/i-nodeport-range-hi": "the range of node ports",
        "svc/i-nodeport-negative": "the range of node ports",
        "svc/u-nodeport-change-taken": "node ports that are taken",
        "svc/i-clusterip-bcast": "the range of Services",
        "svc/i-clusterip-kubernetes": "addresses that are taken",
        "svc/i-hcnp-taken": "node ports that are taken",
        "svc/i-ipfamilies-v6": "the cluster's address families",
        // What a change of type wipes before the object is looked at, which is the cluster's to do.
        "svc/u-lb-to-clusterip": "fields that the new type does not have",
        "svc/u-to-externalname": "fields that the new type does not have",
        // What the URL fills in.
        "svc/v-no-apiVersion-kind": "kind and version come from the URL",
    ]

    /// Refusals whose reason is found here too, in other words than those of the allocator that found it first.
    static let otherWords: Set<String> = ["svc/i-no-name", "svc/i-no-metadata", "svc/i-nodeport-dup-inside"]
}
