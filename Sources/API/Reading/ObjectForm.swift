// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// In which form objects are asked for.
public enum ObjectForm: Sendable, Hashable {
    /// Whole.
    case whole
    /// `as=PartialObjectMetadata` (for lists, `PartialObjectMetadataList`).
    case metadata
    /// `as=Table`, with each row's object whole, as metadata only, or absent (`includeObject`).
    case table(TableObject)

    /// The values of the query parameter `includeObject`.
    public enum TableObject: String, Sendable, Hashable {
        case none = "None"
        case metadata = "Metadata"
        case whole = "Object"
    }
}

/// What a client accepts: a format, and a form of objects. The corresponding header is `Accept`.
struct Accepted: Sendable, Hashable {
    /// The `Content-Type` of the answer.
    var contentType = "application/json"
    /// The form of objects.
    var form = ObjectForm.whole

    /// The first of what a request accepts that can be given.
    /// - Throws: `NotAcceptable` if nothing can.
    init(_ request: Request) throws(Status) {
        let header = request.headers["accept"] ?? ""
        guard !header.isEmpty else { return }
        let types = header.split(separator: ",").map { MediaType($0) }
        let order = types.enumerated().sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }
        for (_, type) in order where type.quality > 0 {
            guard let format = Self.format(type.name), let form = try Self.form(type, request) else { continue }
            (contentType, self.form) = (format, form)
            return
        }
        throw Status(
            .notAcceptable,
            "only the following media types are accepted: application/json, application/yaml, "
                + "application/vnd.kubernetes.protobuf, application/json;stream=watch, "
                + "application/vnd.kubernetes.protobuf;stream=watch", Status.Details())
    }

    private static func format(_ name: String) -> String? {
        switch name {
        case "application/json", "*/*", "application/*": "application/json"
        // JSON is YAML.
        case "application/yaml": "application/yaml"
        default: nil
        }
    }

    private static func form(_ type: MediaType, _ request: Request) throws(Status) -> ObjectForm? {
        guard let name = type.parameters["as"] else { return .whole }
        guard type.parameters["g"] == "meta.k8s.io", ["v1", "v1beta1"].contains(type.parameters["v"] ?? "") else {
            return nil
        }
        switch name {
        case "PartialObjectMetadata", "PartialObjectMetadataList": return .metadata
        case "Table":
            guard let word = request.parameter("includeObject"), !word.isEmpty else { return .table(.metadata) }
            if let included = ObjectForm.TableObject(rawValue: word) { return .table(included) }
            throw Status(.badRequest, "unrecognized includeObject value: \"\(word)\"")
        default: return nil
        }
    }
}
