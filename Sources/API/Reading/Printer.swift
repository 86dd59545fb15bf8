// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

/// Writes objects in the form, version and layout that a client asked for. A value of its own, so that it can work
/// on whatever thread sends the answer.
struct Printer: Sendable {
    let resource: Resource
    /// The `apiVersion` of the request.
    let apiVersion: String
    /// The form of objects.
    let form: ObjectForm
    /// Whether JSON is indented.
    let isPretty: Bool
    /// When ages are counted to.
    let now: Timestamp
    private let columns: [Value]?

    init(_ call: Call, _ accepted: Accepted, _ store: Store) {
        resource = call.resource
        apiVersion = call.info.groupVersion
        form = accepted.form
        isPretty = call.request.wantsPretty
        now = call.now
        var columns: [Value]?
        if resource.isCustom, case .table = form {
            columns = Table.printerColumns(of: resource, version: call.info.version, in: store)
        }
        self.columns = columns
    }

    /// One object in its form.
    func value(_ object: Object) -> Value {
        let object = object.served(as: apiVersion)
        switch form {
        case .whole: return object.value
        case .metadata: return PartialObjectMetadata.value(of: object)
        case .table:
            return table([object], ["resourceVersion": .string(String(object.resourceVersion))], showsColumns: true)
        }
    }

    /// A list in its form, as text.
    func list(_ objects: [Object], _ metadata: Value) -> [UInt8] {
        let objects = objects.map { $0.served(as: apiVersion) }
        switch form {
        case .whole: return bytes(wholeList(objects, metadata))
        case .metadata: return bytes(PartialObjectMetadata.list(of: objects, listMetadata: metadata))
        case .table: return bytes(table(objects, metadata, showsColumns: true))
        }
    }

    /// The objects as a table.
    func table(_ objects: [Object], _ metadata: Value, showsColumns: Bool, now: Timestamp? = nil) -> Value {
        guard case .table(let included) = form else { return .null }
        return Table.value(
            of: objects, resource, includes: included, listMetadata: metadata, now: now ?? self.now,
            showsColumns: showsColumns, printerColumns: columns)
    }

    /// The text of a value, with a line's end.
    func bytes(_ value: Value) -> [UInt8] { value.line(pretty: isPretty) }

    /// As in a real list, the objects of a kind that every cluster has do not say their kind again.
    private func wholeList(_ objects: [Object], _ metadata: Value) -> Value {
        let items = objects.map { object in
            var value = object.value
            guard !resource.isCustom else { return value }
            value["kind"] = nil
            value["apiVersion"] = nil
            return value
        }
        return [
            "kind": .string("\(resource.kind)List"), "apiVersion": .string(apiVersion), "metadata": metadata,
            "items": .array(items),
        ]
    }
}

extension Request {
    /// `pretty`, which is on for clients that people read from.
    var wantsPretty: Bool {
        if parameter("pretty") != nil { return flag("pretty") }
        let agent = headers["user-agent"] ?? ""
        return ["curl", "Wget", "Mozilla/5.0"].contains { agent.hasPrefix($0) }
    }
}

extension Call {
    /// An answer with one object, in the form that the client accepts.
    func answer(_ status: Int, object: Object, _ store: Store, warnings: [String] = []) throws(Status) -> Answer {
        let accepted = try Accepted(request)
        let printer = Printer(self, accepted, store)
        return Answer(status, contentType: accepted.contentType, warnings: warnings) {
            printer.bytes(printer.value(object))
        }
    }

    /// An answer with a value as it is.
    func answer(_ status: Int, _ value: Value, warnings: [String] = []) throws(Status) -> Answer {
        let contentType = try Accepted(request).contentType
        let isPretty = request.wantsPretty
        return Answer(status, contentType: contentType, warnings: warnings) {
            value.line(pretty: isPretty)
        }
    }
}
