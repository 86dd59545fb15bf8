// SPDX-License-Identifier: Apache-2.0

/// The body of a `PATCH` request, by its media type.
public enum Patch: Sendable {
    /// `application/json-patch+json`: operations (RFC 6902).
    case json(JSONPatch)
    /// `application/merge-patch+json`: an object over the object (RFC 7386).
    case merge(Value)
    /// `application/strategic-merge-patch+json`: an object whose lists are merged by the types of their fields.
    case strategic(Value)
    /// `application/apply-patch+yaml`: the object as its manager wants it; see `ManagedFields.serverSideApply`.
    case apply(Value)

    /// The media types of the patches that a kind takes, in the order in which servers list them.
    public static func mediaTypes(isCustom: Bool) -> [String] {
        let types = ["application/json-patch+json", "application/merge-patch+json"]
        return types + (isCustom ? [] : ["application/strategic-merge-patch+json"]) + ["application/apply-patch+yaml"]
    }

    /// Reads the body of a request.
    /// - Parameters:
    ///   - contentType: the header field, with or without parameters.
    ///   - isCustom: true for the resources of a CustomResourceDefinition, which have no strategic merge patch.
    /// - Throws: `UnsupportedMediaType` for any other media type, `BadRequest` for a body that is none of its kind,
    ///   `RequestEntityTooLarge` for a JSON patch of too many operations.
    public init(contentType: String, body: [UInt8], isCustom: Bool = false) throws(Status) {
        let mediaType = contentType.utf8.prefix { $0 != UInt8(ascii: ";") }
        let name = String(decoding: mediaType.filter { $0 != 0x20 }, as: UTF8.self).lowercased()
        guard Self.mediaTypes(isCustom: isCustom).contains(name) else {
            throw Self.unsupported(isCustom: isCustom)
        }
        switch name {
        case "application/json-patch+json": self = .json(try JSONPatch(try Self.json(body)))
        case "application/merge-patch+json": self = .merge(try Self.object(try Self.json(body)))
        case "application/strategic-merge-patch+json": self = .strategic(try Self.object(try Self.json(body)))
        default: self = .apply(try Self.yaml(body))
        }
    }

    /// The object after the patch. An apply does not know who applies: use `ManagedFields.serverSideApply`.
    /// - Throws: `Invalid` for a JSON patch that does not apply, and what a server says to directives that it cannot
    ///   follow.
    public func applied(to object: Object) throws(Status) -> Object {
        var value = object.value
        switch self {
        case .json(let patch): value = try patch.applied(to: value)
        case .merge(let patch): MergePatch.apply(patch, to: &value)
        case .strategic(let patch):
            var fields = value.fields
            try StrategicMerge.merge(patch.fields, into: &fields, MergeShape(of: object))
            value = .object(fields)
        case .apply(let applied): value = applied
        }
        guard case .object = value else {
            throw Status.invalidPatch(
                value.json(), "json: cannot unmarshal \(value.jsonType) into Go value of type map[string]interface {}")
        }
        return Object(value)
    }

    /// Checks that the object that a patch gave can be read as one of its kind.
    /// - Parameter isStrict: whether fields that the kind does not have are faults.
    /// - Throws: `Invalid` for the field `patch`, as a server says it for patches: `patch: Invalid value: "{…}": json:
    ///   cannot unmarshal string into Go struct field …`.
    public func check(_ patched: Object, isStrict: Bool) throws(Status) {
        let strict = isStrict ? patched.strictDecodingFailure() : nil
        guard let why = patched.decodingFailure() ?? strict else { return }
        // For bodies, a server begins with what it cannot handle as what; for patches it does not.
        let start = why.firstRange(of: " cannot be handled as a \(patched.kind): ")?.upperBound ?? why.startIndex
        throw Status.invalidPatch(shown(patched), String(why[start...]))
    }

    /// What a server shows of a patch that it refuses: the object that came of it, or the patch itself.
    private func shown(_ patched: Object) -> String {
        guard case .strategic(let patch) = self else { return patched.value.json() }
        return patch.goText
    }

    /// A real server refuses it in its router for its own kinds, and by itself for custom ones.
    private static func unsupported(isCustom: Bool) -> Status {
        let types = mediaTypes(isCustom: true).joined(separator: ", ")
        let text = "the body of the request was in an unknown format - accepted media types include: \(types)"
        return Status(.unsupportedMediaType, isCustom ? text : "415: Unsupported Media Type", Status.Details())
    }

    private static func json(_ body: [UInt8]) throws(Status) -> Value {
        do throws(JSONError) {
            return try Value(json: body)
        } catch {
            throw Status(.badRequest, "error decoding patch: \(error)")
        }
    }

    private static func object(_ value: Value) throws(Status) -> Value {
        guard case .object = value else {
            throw Status(
                .badRequest,
                "error decoding patch: json: cannot unmarshal \(value.jsonType) into Go value of type "
                    + "map[string]interface {}")
        }
        return value
    }

    /// YAML may be JSON, as kubectl sends it.
    private static func yaml(_ body: [UInt8]) throws(Status) -> Value {
        if let value = try? Value(json: body) { return try object(value) }
        let value: Value
        do throws(Refusal) {
            value = try Value(yaml: body)
        } catch {
            throw Status(.badRequest, "error decoding YAML: \(error)")
        }
        return try object(value)
    }
}
