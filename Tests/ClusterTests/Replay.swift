// SPDX-License-Identifier: Apache-2.0
import Cluster
import Foundation
import Kubernetes

/// One request that a real API server was sent, and its answer, as `Tests/Fixtures/api-corpus.jsonl` has them.
struct Exchange {
    var name: String
    var method: String
    var path: [String]
    var query: [String: String]
    var contentType: String
    var body: Value?
    var code: Int
    var response: Value
    var warnings: [String]

    init(_ value: Value) {
        name = value["name"]?.string ?? ""
        method = value["method"]?.string ?? ""
        let url = URLComponents(string: value["path"]?.string ?? "/")
        path = (url?.path ?? "").split(separator: "/").map(String.init)
        query = Dictionary((url?.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { first, _ in first }
        contentType = value["contentType"]?.string ?? ""
        body = value["body"].flatMap { $0.isNull ? nil : $0 }
        code = value["code"]?.int ?? 0
        response = value["response"] ?? .null
        // `299 - "text"`
        warnings = (value["warnings"]?.elements ?? []).compactMap { $0.string }.map { text in
            String(text.dropFirst(7).dropLast()).replacing("\\\"", with: "\"")
        }
    }

    static let all: [Exchange] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/api-corpus.jsonl")
        guard let data = try? Data(contentsOf: file) else { return [] }
        return data.split(separator: 0x0a).compactMap { try? Value(json: Array($0)) }.map(Exchange.init)
    }()
}

/// What came of a request.
struct Outcome {
    var code: Int
    var reason = ""
    var message = ""
    var fields: [String] = []
    var object: Object?
    var warnings: [String] = []

    init(_ code: Int, _ object: Object, warnings: [String] = []) {
        self.code = code
        self.object = object
        self.warnings = warnings
    }

    init(_ status: Status) {
        code = status.code
        reason = status.reason?.rawValue ?? ""
        message = status.message
        fields = status.details?.causes.map(\.field) ?? []
    }

    init(_ exchange: Exchange) {
        code = exchange.code
        guard exchange.response["kind"] == "Status" else { return }
        reason = exchange.response["reason"]?.string ?? ""
        message = exchange.response["message"]?.string ?? ""
        fields = (exchange.response["details", "causes"]?.elements ?? []).map { $0["field"]?.string ?? "" }
    }
}

/// Sends recorded requests to a cluster, with the names that this cluster gave to what the recorded one named otherwise.
struct Replay {
    var cluster: Cluster
    let now = Timestamp(seconds: 1_800_000_000)
    /// uids, resource versions, addresses, generated names and node ports: as recorded, and as they are here.
    private var names: [Value: Value] = [:]

    init() throws {
        cluster = Cluster(try Fixture.configuration(0, "10.96.0.0/12"), seed: 1, now: now)
        _ = cluster.settle(now: now)
    }

    /// What the cluster makes of a request; nil for one that is not a write of an object.
    mutating func answer(_ exchange: Exchange) -> Outcome? {
        guard let target = Target(exchange.path), let kind = target.kind(in: cluster.catalog) else { return nil }
        guard let outcome = perform(exchange, target, kind) else { return nil }
        if let object = outcome.object { learn(exchange.response, object.value) }
        _ = cluster.settle(now: now)
        return outcome
    }

    private mutating func perform(_ exchange: Exchange, _ target: Target, _ resource: Resource) -> Outcome? {
        var options = WriteOptions()
        guard ["All", nil].contains(exchange.query["dryRun"]) else { return nil }
        options.isDryRun = exchange.query["dryRun"] == "All"
        options.fieldValidation = exchange.query["fieldValidation"].flatMap(WriteOptions.FieldValidation.init) ?? .warn
        let key = ObjectKey(resource.keyKind, resource.isNamespaced ? target.namespace : "", target.name ?? "")
        do throws(Status) {
            switch exchange.method {
            case "POST":
                guard let object = object(exchange, target, resource) else { return nil }
                if let subresource = target.subresource.flatMap(Subresource.init) {
                    _ = try cluster.replace(key, object, subresource, options, now: now)
                    return Outcome(Status(.conflict, "")).succeeding(201)
                }
                let written = try cluster.create(object, options, now: now)
                return Outcome(201, written.object, warnings: written.warnings)
            case "PUT":
                guard let object = object(exchange, target, resource), target.subresource == nil else { return nil }
                let written = try cluster.replace(key, current(object, exchange), nil, options, now: now)
                return Outcome(written.isCreated ? 201 : 200, written.object, warnings: written.warnings)
            case "PATCH":
                guard let old = cluster.store[key], let body = exchange.body, !exchange.contentType.contains("apply")
                else { return nil }
                let patch = try Patch(contentType: exchange.contentType, body: Array(body.json().utf8))
                let written = try cluster.replace(
                    key, try patch.applied(to: old), target.subresource.flatMap(Subresource.init), options, now: now)
                return Outcome(200, written.object, warnings: written.warnings)
            case "DELETE":
                guard target.name != nil else { return nil }
                var wanted = DeleteOptions(exchange.body)
                wanted.isDryRun = options.isDryRun
                return Outcome(200, try cluster.delete(key, wanted, now: now).object)
            default: return nil
            }
        } catch {
            return Outcome(error)
        }
    }

    /// The body with the version that is current here where it was current there: other controllers write at other times.
    private func current(_ object: Object, _ exchange: Exchange) -> Object {
        guard exchange.code < 300, object.value["metadata", "resourceVersion"] != nil,
            let version = cluster.store[object.key]?.resourceVersion
        else { return object }
        var object = object
        object.resourceVersion = version
        // A Pod's token volume has another name here, and one source less.
        if object.kind == "Pod", let old = cluster.store[object.key] {
            object.value["spec", "volumes"] = old.spec["volumes"]
            let containers = zip(object.spec["containers"]?.elements ?? [], old.spec["containers"]?.elements ?? [])
            object.value["spec", "containers"] = .array(
                containers.map { container, old in
                    var container = container
                    container["volumeMounts"] = old["volumeMounts"]
                    return container
                })
        }
        return object
    }

    /// The body as an object; nil for what only HTTP can refuse.
    private func object(_ exchange: Exchange, _ target: Target, _ resource: Resource) -> Object? {
        guard exchange.contentType == "application/json", case .object? = exchange.body else { return nil }
        var object = Object(translated(exchange.body ?? .null))
        if object.kind.isEmpty { object.value["kind"] = .string(resource.kind) }
        if object.apiVersion.isEmpty { object.value["apiVersion"] = .string(resource.apiVersion) }
        guard cluster.catalog.resource(of: object) != nil else { return nil }
        guard object.namespace.isEmpty || object.namespace == target.namespace else { return nil }
        if resource.isNamespaced { object.namespace = target.namespace }
        return object
    }

    private func translated(_ value: Value) -> Value {
        if let name = names[value] { return name }
        return switch value {
        case .array(let elements): .array(elements.map(translated))
        case .object(let fields): .object(fields.mapValues(translated))
        default: value
        }
    }

    /// Remembers what this cluster calls what the recorded one named.
    private mutating func learn(_ theirs: Value, _ ours: Value) {
        for field in ["uid", "resourceVersion"] { learn(theirs["metadata", field], ours["metadata", field]) }
        for field in ["clusterIP", "healthCheckNodePort"] where theirs["kind"] == "Service" {
            learn(theirs["spec", field], ours["spec", field])
        }
        for (their, our) in zip(theirs["spec", "ports"]?.elements ?? [], ours["spec", "ports"]?.elements ?? []) {
            learn(their["nodePort"], our["nodePort"])
        }
    }

    private mutating func learn(_ theirs: Value?, _ ours: Value?) {
        if let theirs, let ours, theirs != ours, theirs != "None" { names[theirs] = ours }
    }
}

extension Outcome {
    fileprivate func succeeding(_ code: Int) -> Outcome {
        var outcome = self
        outcome.code = code
        outcome.reason = ""
        return outcome
    }
}

/// What the path of a URL names.
private struct Target {
    var group = ""
    var version: String
    var namespace = ""
    var plural: String
    var name: String?
    var subresource: String?

    init?(_ path: [String]) {
        guard path.count >= 3 else { return nil }
        var rest = path[...]
        let root = rest.removeFirst()
        if root == "apis" { group = rest.removeFirst() }
        guard let version = rest.popFirst() else { return nil }
        self.version = version
        if rest.count >= 3, rest.first == "namespaces", !["finalize", "status"].contains(rest.dropFirst(2).first) {
            namespace = rest.dropFirst().first ?? ""
            rest = rest.dropFirst(2)
        }
        guard let plural = rest.popFirst() else { return nil }
        self.plural = plural
        name = rest.popFirst()
        subresource = rest.popFirst()
    }

    func kind(in catalog: ResourceCatalog) -> Resource? {
        catalog.resource(group: group, version: version, plural: plural)
    }
}
