// SPDX-License-Identifier: Apache-2.0

/// A list of operations on a JSON document (RFC 6902): `application/json-patch+json`.
public struct JSONPatch: Sendable, Hashable {
    /// One operation, as it was sent: what it means is found out when it is its turn.
    struct Operation: Sendable, Hashable {
        var name: String
        var path: String
        var from: String
        var value: Value
    }

    let operations: [Operation]

    /// How many operations a patch may have.
    static let operationLimit = 10_000
    /// How many bytes the operations `copy` of one patch may copy, all in all.
    static let copyLimit = 3 << 20

    /// Reads a patch.
    /// - Throws: `BadRequest` for what is no list of operations, `RequestEntityTooLarge` for too many.
    init(_ body: Value) throws(Status) {
        guard case .array(let elements) = body else {
            throw Self.undecodable(body, "value of type []handlers.jsonPatchOp")
        }
        guard elements.count <= Self.operationLimit else {
            let text = "The allowed maximum operations in a JSON patch is \(Self.operationLimit), got \(elements.count)"
            throw Status(.requestEntityTooLarge, "Request entity too large: \(text)")
        }
        var operations: [Operation] = []
        operations.reserveCapacity(elements.count)
        for element in elements { operations.append(try Self.operation(element)) }
        self.operations = operations
    }

    private static func operation(_ element: Value) throws(Status) -> Operation {
        guard case .object(let fields) = element else {
            throw undecodable(element, "value of type handlers.jsonPatchOp")
        }
        func text(_ name: String) throws(Status) -> String {
            guard let value = fields[name], !value.isNull else { return "" }
            guard case .string(let text) = value else {
                throw undecodable(value, "struct field jsonPatchOp.\(name) of type string")
            }
            return text
        }
        return Operation(
            name: try text("op"), path: try text("path"), from: try text("from"), value: fields["value"] ?? .null)
    }

    private static func undecodable(_ value: Value, _ target: String) -> Status {
        Status(.badRequest, "error decoding patch: json: cannot unmarshal \(value.jsonType) into Go \(target)")
    }

    /// The document after all operations.
    /// - Throws: `Invalid` if one does not apply; a server says no more than that.
    func applied(to document: Value) throws(Status) -> Value {
        var run = JSONPatchRun(document)
        for operation in operations {
            guard run.perform(operation) else { throw Status.patchRejected }
        }
        return run.document
    }
}

/// A JSON patch on its way through a document.
private struct JSONPatchRun {
    private(set) var document: Value
    /// The document has no more levels than this; exact only after a count.
    private var depth: Int
    private var copied = 0

    init(_ document: Value) {
        self.document = document
        depth = document.depth(limit: Manifest.depthLimit + 1)
    }

    /// Does one operation; false if it does not apply.
    mutating func perform(_ operation: JSONPatch.Operation) -> Bool {
        guard let path = JSONPointer(operation.path) else { return false }
        switch operation.name {
        case "add": return add(operation.value, at: path)
        case "remove": return remove(path)
        case "replace": return replace(path, operation.value)
        case "test": return (document[path] ?? .null) == operation.value
        case "move", "copy":
            guard let from = JSONPointer(operation.from) else { return false }
            return operation.name == "move" ? move(from, to: path) : copy(from, to: path)
        default: return false
        }
    }

    private mutating func add(_ value: Value, at path: JSONPointer) -> Bool {
        add(value, at: path, depth: value.depth(limit: Manifest.depthLimit))
    }

    private mutating func add(_ value: Value, at path: JSONPointer, depth: Int) -> Bool {
        guard let last = path.tokens.last else { return replace(path, value) }
        let isDone = document.change(at: path.tokens.dropLast()) { parent in
            if var fields = parent.takeFields() {
                fields[last] = value
                parent = .object(fields)
                return true
            }
            guard var elements = parent.takeElements() else { return false }
            defer { parent = .array(elements) }
            let count = elements.count
            guard let index = last == "-" ? count : JSONPointer.index(last, count: count + 1) else { return false }
            elements.insert(value, at: index)
            return true
        }
        return isDone && staysShallow(path.tokens.count + depth)
    }

    private mutating func remove(_ path: JSONPointer) -> Bool {
        guard let last = path.tokens.last else { return false }
        return document.change(at: path.tokens.dropLast()) { parent in
            if var fields = parent.takeFields() {
                let old = fields.removeValue(forKey: last)
                parent = .object(fields)
                return old != nil
            }
            guard var elements = parent.takeElements() else { return false }
            defer { parent = .array(elements) }
            guard let index = JSONPointer.index(last, count: elements.count) else { return false }
            elements.remove(at: index)
            return true
        }
    }

    private mutating func replace(_ path: JSONPointer, _ value: Value) -> Bool {
        let isDone = document.change(at: path.tokens[...]) {
            $0 = value
            return true
        }
        return isDone && staysShallow(path.tokens.count + value.depth(limit: Manifest.depthLimit))
    }

    private mutating func move(_ from: JSONPointer, to path: JSONPointer) -> Bool {
        guard let value = document[from], !path.tokens.starts(with: from.tokens) || path == from else { return false }
        return path == from || (remove(from) && add(value, at: path, depth: depth))
    }

    private mutating func copy(_ from: JSONPointer, to path: JSONPointer) -> Bool {
        guard let value = document[from] else { return false }
        copied += value.weight
        return copied <= JSONPatch.copyLimit && add(value, at: path)
    }

    /// True unless a value that ends at such a depth makes the document too deep to be read again. Counts only when it
    /// might: a value that was moved is taken to be as deep as the document.
    private mutating func staysShallow(_ reached: Int) -> Bool {
        depth = max(depth, reached)
        guard depth > Manifest.depthLimit else { return true }
        depth = document.depth(limit: Manifest.depthLimit + 1)
        return depth <= Manifest.depthLimit
    }
}
