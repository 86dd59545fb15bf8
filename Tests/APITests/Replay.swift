// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Foundation
import Kubernetes
import Testing

/// One request to a real API server, and its answer: a line of `Tests/Fixtures/api-corpus.jsonl`.
struct RecordedRequest: Sendable, CustomTestStringConvertible {
    let name: String
    let method: String
    let url: String
    let contentType: String?
    let accept: String?
    let body: Value
    let code: Int
    let response: Value
    let warnings: [String]

    init(_ value: Value) {
        name = value["name"]?.string ?? ""
        method = value["method"]?.string ?? ""
        url = value["path"]?.string ?? ""
        contentType = value["contentType"]?.string
        accept = value["accept"]?.string
        body = value["body"] ?? .null
        code = value["code"]?.int ?? 0
        response = value["response"] ?? .null
        warnings = value["warnings"]?.elements.compactMap(\.string) ?? []
    }

    var testDescription: String { name }

    /// All of them, in order.
    static let all: [RecordedRequest] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/api-corpus.jsonl")
        guard let data = try? Data(contentsOf: file) else { return [] }
        return data.split(separator: 0x0a).compactMap { try? Value(json: Array($0)) }.map(RecordedRequest.init)
    }()
}

/// What an API gave for a recorded request.
struct Replayed: Sendable {
    let request: RecordedRequest
    let code: Int
    let response: Value
    let warnings: [String]

    var isSameCode: Bool { code == request.code }
    var isSameReason: Bool { isSameCode && response["reason"] == request.response["reason"] }
    var isSameFields: Bool { fields(response) == fields(request.response) }
    var isSameMessage: Bool { message(response) == message(request.response) }
    var isSameWarnings: Bool { warnings == request.warnings }
    var isFailure: Bool { request.response["kind"] == "Status" && request.code >= 400 }

    /// The fields that the causes name, in order.
    private func fields(_ value: Value) -> [String] {
        (value["details"]?["causes"]?.elements ?? []).compactMap { $0["field"]?.string }
    }

    private func message(_ value: Value) -> Value? { isFailure ? Normal.form(value)["message"] : nil }

    /// Where the objects differ; nothing for failures, whose parts are compared one by one.
    var differences: [String] {
        guard !isFailure, !Replay.notCompared.contains(request.name) else { return [] }
        return Normal.differences(Normal.form(request.response), Normal.form(response), "")
    }
}

/// Sends the recorded requests to an API, one after the other, each with the identifiers that this API gave.
struct Replay {
    /// Answers of which only the code is compared: lists of what a server has, which are its own.
    static let notCompared: Set<String> = [
        "misc/root", "misc/healthz", "misc/table-get", "misc/discovery-aggregated", "misc/discovery-aggregated-core",
    ]

    /// What the recorded server's identifiers are here.
    private var names: [String: String] = [:]
    /// The volumes that each server adds to a Pod, by the recorded server's names for them.
    private var volumes: [String: Value] = [:]

    /// Sends a request and remembers what the answer's identifiers stand for.
    mutating func run(_ recorded: RecordedRequest, _ send: (Request) -> (Int, [String], [UInt8])) -> Replayed {
        if recorded.code == 200, let revision = recorded.body["metadata"]?["resourceVersion"]?.string,
            names[revision] == nil
        {
            // It was read in a request that was not recorded.
            let (_, _, body) = send(APIFixture.request(.get, recorded.url, text: nil, type: nil, user: .admin))
            names[revision] = (try? Value(json: body))?["metadata"]?["resourceVersion"]?.string
        }
        let (code, warnings, body) = send(request(recorded))
        let value = (try? Value(json: body)) ?? .null
        learn(recorded.response, value)
        return Replayed(request: recorded, code: code, response: value, warnings: warnings)
    }

    private func request(_ recorded: RecordedRequest) -> Request {
        var text: String?
        switch recorded.body {
        case .null: text = nil
        case .string(let body): text = body
        case let value: text = translated(value).json()
        }
        var headers: [String: String] = [:]
        if let accept = recorded.accept { headers["accept"] = accept }
        headers["content-type"] = recorded.contentType
        return APIFixture.request(
            Request.Method(rawValue: recorded.method) ?? .get, recorded.url, text: text, type: nil, headers: headers,
            user: .admin)
    }

    private func translated(_ value: Value) -> Value {
        switch value {
        case .string(let text): return .string(names[text] ?? text)
        case .array(let elements): return .array(elements.map(translated))
        case .object(let fields):
            if fields["projected"] != nil, let volume = volumes[fields["name"]?.string ?? ""] { return volume }
            // How the fields are managed is the server's to know.
            return .object(fields.filter { $0.key != "managedFields" }.mapValues(translated))
        default: return value
        }
    }

    private mutating func learn(_ theirs: Value, _ ours: Value) {
        for path in [["metadata", "uid"], ["metadata", "resourceVersion"], ["spec", "clusterIP"]] {
            let pair = [theirs, ours].map { path.reduce(Optional($0)) { $0?[$1] }?.string }
            guard let old = pair[0], let new = pair[1], !old.isEmpty, old != "None" else { continue }
            names[old] = new
        }
        let added = [theirs, ours].map { $0["spec"]?["volumes"]?.elements.first { $0["projected"] != nil } }
        guard let old = added[0]?["name"]?.string, let new = added[1] else { return }
        (volumes[old], names[old]) = (new, new["name"]?.string)
    }
}

/// Answers without what differs from one server to the next.
enum Normal {
    private static let hidden: Set<String> = [
        "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "time", "continue", "lastTransitionTime",
        "lastUpdateTime", "clusterIP", "clusterIPs", "nodePort", "healthCheckNodePort",
    ]

    /// The value with identifiers, times and what was drawn by chance hidden.
    static func form(_ value: Value, _ name: String = "") -> Value {
        switch value {
        case .array(let elements):
            hidden.contains(name) ? "*" : .array(elements.filter { !isForeign($0) }.map { form($0) })
        case .object(let fields):
            .object(Fields(fields.map { ($0.key, form($0.value, $0.key)) }) { $1 })
        case .string(let text):
            hidden.contains(name) && text != "None" ? "*" : .string(generic(text, name))
        case .int where hidden.contains(name): "*"
        default: value
        }
    }

    /// A certificate that the recorded server's flavour adds to every Pod, and Kubernetes does not.
    private static func isForeign(_ value: Value) -> Bool {
        value["configMap"]?["name"] == "openshift-service-ca.crt"
    }

    private static func generic(_ text: String, _ name: String) -> String {
        if name == "name", text.hasPrefix("kube-api-access-") { return "kube-api-access-*" }
        if name == "name", text.hasPrefix("gen-") { return "gen-*" }
        // Identifiers, addresses and the hashes of templates within sentences.
        return text.replacing(/IPAddress.networking.k8s.io "[0-9.]+"/, with: "IPAddress *")
            .replacing(/ReplicaSet "([a-z0-9-]+)-[0-9a-z]{8,10}"/) { "ReplicaSet \"\($0.output.1)-*\"" }
            .replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "*")
    }

    /// The paths at which two values differ.
    static func differences(_ theirs: Value, _ ours: Value, _ path: String) -> [String] {
        guard theirs != ours else { return [] }
        switch (theirs, ours) {
        case (.object(let left), .object(let right)):
            return Set(left.keys).union(right.keys).sorted().flatMap { key in
                differences(left[key] ?? .string("(nothing)"), right[key] ?? .string("(nothing)"), "\(path).\(key)")
            }
        case (.array(let left), .array(let right)) where left.count == right.count:
            return left.indices.flatMap { differences(left[$0], right[$0], "\(path)[\($0)]") }
        default: return ["\(path): \(theirs.json().prefix(120)) is \(ours.json().prefix(120))"]
        }
    }
}
