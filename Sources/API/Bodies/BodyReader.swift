// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Reads the object that the body of a request is.
struct BodyReader: Sendable {
    private let request: Request
    private let info: RequestInfo
    private let resource: Resource

    init(_ call: Call) {
        request = call.request
        info = call.info
        resource = call.resource
    }

    /// The object of the body, which must be of the resource of the path; type and version may be missing.
    /// - Parameter duplicates: gets the paths of the fields that stand twice.
    func object(_ duplicates: inout [String]) throws(Status) -> Object {
        try object(as: resource.kind, info.groupVersion, &duplicates)
    }

    /// The same, where nobody is told of fields that stand twice.
    func object() throws(Status) -> Object { try object(as: resource.kind, info.groupVersion) }

    /// The object of the body, which must be of a kind.
    func object(as kind: String, _ apiVersion: String) throws(Status) -> Object {
        var duplicates: [String] = []
        return try object(as: kind, apiVersion, &duplicates)
    }

    private func object(
        as kind: String, _ apiVersion: String, _ duplicates: inout [String]
    ) throws(Status) -> Object {
        var object = Object(try value(kind: kind, &duplicates))
        if object.kind.isEmpty { object.value["kind"] = .string(kind) }
        if object.apiVersion.isEmpty { object.value["apiVersion"] = .string(apiVersion) }
        try check(object, kind, apiVersion)
        guard object.value["metadata"]?.isNull ?? true else { return object }
        object.value["metadata"] = .object([:])
        return object
    }

    /// The body as a value, whatever it says of itself; nil if there is none.
    func optionalValue(kind: String) throws(Status) -> Value? {
        var duplicates: [String] = []
        return request.body.isEmpty ? nil : try value(kind: kind, &duplicates)
    }

    private func value(kind: String, _ duplicates: inout [String]) throws(Status) -> Value {
        let type = MediaType(request.headers["content-type"] ?? "application/json")
        let value: Value
        switch type.name {
        case "application/json", "": value = try Self.json(request.body, kind, &duplicates)
        case "application/yaml": value = try Self.yaml(request.body)
        case "application/vnd.kubernetes.protobuf" where !resource.isCustom:
            value = try Self.protobuf(request.body, kind)
        default: throw Self.unsupported(resource)
        }
        guard case .object = value else { throw Self.unrecognized(kind, Self.mismatch(value), request.body) }
        for field in ["apiVersion", "kind"] {
            guard let found = value[field], !found.isNull, found.string == nil else { continue }
            throw Self.unrecognized(
                kind,
                "json: cannot unmarshal \(found.jsonType) into Go struct field .\(field) of type string", request.body)
        }
        return value
    }

    /// What the object says it is must be what the path is about, and its fields must have the kind's types.
    private func check(_ object: Object, _ kind: String, _ apiVersion: String) throws(Status) {
        if !resource.isCustom || kind != resource.kind, let failure = object.decodingFailure(as: kind) {
            throw Status(.badRequest, failure)
        }
        guard object.kind == kind else {
            let version = object.apiVersion.split(separator: "/").last.map(String.init) ?? ""
            throw Status(
                .badRequest,
                "\(object.kind) in version \"\(version)\" cannot be handled as a \(kind): "
                    + "converting (\(version).\(object.kind)) to (\(kind)): unknown conversion")
        }
        guard object.apiVersion == apiVersion else {
            throw Status(
                .badRequest,
                "the API version in the data (\(object.apiVersion)) does not match the expected API version (\(apiVersion))"
            )
        }
    }
}

// MARK: - Formats

extension BodyReader {
    private static func json(
        _ body: [UInt8], _ kind: String, _ duplicates: inout [String]
    ) throws(Status) -> Value {
        do throws(JSONError) {
            return try Value(json: body, duplicates: &duplicates)
        } catch {
            throw unrecognized(kind, GoJSONError.text(error, body), body)
        }
    }

    private static func yaml(_ body: [UInt8]) throws(Status) -> Value {
        do throws(Refusal) {
            return try Value(yaml: body)
        } catch {
            throw Status(.badRequest, "error converting YAML to JSON: yaml: \(error)")
        }
    }

    private static func protobuf(_ body: [UInt8], _ kind: String) throws(Status) -> Value {
        do throws(ProtobufError) {
            return try Object(protobuf: body).value
        } catch {
            throw Status(.badRequest, "the object provided is unrecognized (must be of type \(kind)): \(error)")
        }
    }

    /// The refusal of a body in a format that nobody reads.
    static func unsupported(_ resource: Resource) -> Status {
        let protobuf = resource.isCustom ? "" : ", application/vnd.kubernetes.protobuf"
        return Status(
            .unsupportedMediaType,
            "the body of the request was in an unknown format - accepted media types include: "
                + "application/json, application/yaml\(protobuf)")
    }

    private static func unrecognized(_ kind: String, _ why: String, _ body: [UInt8]) -> Status {
        Status(
            .badRequest,
            "the object provided is unrecognized (must be of type \(kind)): couldn't get version/kind; "
                + "json parse error: \(why) (\(summary(body)))")
    }

    private static func mismatch(_ value: Value) -> String {
        "json: cannot unmarshal \(value.jsonType) into Go value of type struct "
            + #"{ APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#
    }

    /// The beginning of a body: as text if it looks like an object, else in hexadecimal digits.
    private static func summary(_ body: [UInt8]) -> String {
        guard let first = body.first else { return "<empty>" }
        let start = body.prefix(30)
        let text =
            first == UInt8(ascii: "{")
            ? String(decoding: start, as: UTF8.self)
            : start.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return body.count > 30 ? text + " ..." : text
    }
}
