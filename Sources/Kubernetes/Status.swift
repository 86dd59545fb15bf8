// SPDX-License-Identifier: Apache-2.0

/// What an API server answers when it cannot do what was asked. The corresponding Go type is `metav1.Status`.
public struct Status: Error, Sendable, Hashable, CustomStringConvertible {
    /// The word by which clients tell failures apart.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        case badRequest = "BadRequest"
        case unauthorized = "Unauthorized"
        case forbidden = "Forbidden"
        case notFound = "NotFound"
        case methodNotAllowed = "MethodNotAllowed"
        case notAcceptable = "NotAcceptable"
        case alreadyExists = "AlreadyExists"
        case conflict = "Conflict"
        case gone = "Gone"
        case expired = "Expired"
        case requestEntityTooLarge = "RequestEntityTooLarge"
        case unsupportedMediaType = "UnsupportedMediaType"
        case invalid = "Invalid"
        case tooManyRequests = "TooManyRequests"
        case internalError = "InternalError"
        case serviceUnavailable = "ServiceUnavailable"
        case timeout = "Timeout"

        /// The HTTP status that goes with it.
        public var code: Int {
            switch self {
            case .badRequest: 400
            case .unauthorized: 401
            case .forbidden: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .notAcceptable: 406
            case .alreadyExists, .conflict: 409
            case .gone, .expired: 410
            case .requestEntityTooLarge: 413
            case .unsupportedMediaType: 415
            case .invalid: 422
            case .tooManyRequests: 429
            case .internalError: 500
            case .serviceUnavailable: 503
            case .timeout: 504
            }
        }
    }

    /// One entry of `details.causes`.
    public struct Cause: Sendable, Hashable {
        /// One word for it, as `FieldValueInvalid`; empty if there is none.
        public var reason: String
        /// The sentence.
        public var message: String
        /// The field at fault; empty if there is none.
        public var field: String

        /// Puts one together from its parts.
        public init(reason: String, message: String, field: String = "") {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }

    /// What the failure is about: the fields of `details`.
    public struct Details: Sendable, Hashable {
        /// The object's name; empty if there is none.
        public var name = ""
        /// The API group; empty for the core group.
        public var group = ""
        /// The kind, or the resource's plural, as a real server has it in each case.
        public var kind = ""
        /// The object's uid; empty if it does not matter.
        public var uid = ""
        /// Every single fault.
        public var causes: [Cause] = []
        /// After how many seconds to try again; nil if that would not help.
        public var retryAfterSeconds: Int?

        /// No details.
        public init(name: String = "", group: String = "", kind: String = "") {
            self.name = name
            self.group = group
            self.kind = kind
        }
    }

    /// The HTTP status.
    public var code: Int
    /// The word for programs; nil where a real server gives none.
    public var reason: Reason?
    /// The sentence for people.
    public var message: String
    /// What it is about; nil if there is nothing to say.
    public var details: Details?

    /// A failure for a reason, with the reason's own HTTP status.
    public init(_ reason: Reason, _ message: String, _ details: Details? = nil) {
        code = reason.code
        self.reason = reason
        self.message = message
        self.details = details
    }

    /// The sentence.
    public var description: String { message }

    /// The object as clients get it: `{"kind":"Status","apiVersion":"v1",…}`.
    public var value: Value {
        var value: Value = [
            "kind": "Status", "apiVersion": "v1", "metadata": .object([:]), "status": "Failure",
            "message": .string(message), "code": .int(Int64(code)),
        ]
        value["reason"] = reason.map { .string($0.rawValue) }
        value["details"] = details?.value
        return value
    }
}

extension Status.Details {
    /// The object as clients get it, without what is empty.
    var value: Value {
        var value = Value.object([:])
        for (field, text) in [("name", name), ("group", group), ("kind", kind), ("uid", uid)] where !text.isEmpty {
            value[field] = .string(text)
        }
        if !causes.isEmpty { value["causes"] = .array(causes.map(\.value)) }
        value["retryAfterSeconds"] = retryAfterSeconds.map { .int(Int64($0)) }
        return value
    }
}

extension Status.Cause {
    var value: Value {
        var value: Value = ["message": .string(message)]
        if !reason.isEmpty { value["reason"] = .string(reason) }
        if !field.isEmpty { value["field"] = .string(field) }
        return value
    }
}

extension Status {
    /// There is no such path, or no such resource.
    public static let nothingThere = Status(
        .notFound, "the server could not find the requested resource", Details())

    /// The path is right, the method is not.
    public static let methodNotAllowed = Status(
        .methodNotAllowed, "the server does not allow this method on the requested resource", Details())

    /// There is no such object: `services "x" not found`.
    public static func notFound(_ resource: Resource, _ name: String) -> Status {
        Status(
            .notFound, "\(resource.qualifiedPlural) \"\(name)\" not found",
            Details(name: name, group: resource.group, kind: resource.plural))
    }

    /// There is one already: `services "x" already exists`.
    public static func alreadyExists(_ resource: Resource, _ name: String) -> Status {
        Status(
            .alreadyExists, "\(resource.qualifiedPlural) \"\(name)\" already exists",
            Details(name: name, group: resource.group, kind: resource.plural))
    }

    /// Something else came first: `Operation cannot be fulfilled on services "x": …`.
    public static func conflict(_ resource: Resource, _ name: String, _ why: String) -> Status {
        Status(
            .conflict, "Operation cannot be fulfilled on \(resource.qualifiedPlural) \"\(name)\": \(why)",
            Details(name: name, group: resource.group, kind: resource.plural))
    }

    /// Someone's rule is against it: `pods "x" is forbidden: …`.
    public static func forbidden(_ resource: Resource, _ name: String, _ why: String) -> Status {
        Status(
            .forbidden, "\(resource.qualifiedPlural) \"\(name)\" is forbidden: \(why)",
            Details(name: name, group: resource.group, kind: resource.plural))
    }

    /// Fields are wrong: `Service "x" is invalid: spec.ports: Required value`.
    public static func invalid(_ object: Object, _ problems: [Problem]) -> Status {
        var details = Details(name: object.name, group: Resource.group(of: object.apiVersion), kind: object.kind)
        details.causes = problems.map { Cause(reason: $0.reason.rawValue, message: $0.body, field: $0.path) }
        return Status(.invalid, Refusal.message(object, problems), details)
    }
}
