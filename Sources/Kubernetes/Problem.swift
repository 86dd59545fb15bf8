// SPDX-License-Identifier: Apache-2.0

/// One fault of an object's field. The corresponding Go type is `field.Error`, and the text is the same.
public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of fault it is; raw values are Kubernetes' `reason` of a status cause.
    public enum Reason: String, Sendable, Hashable {
        case required = "FieldValueRequired"
        case invalid = "FieldValueInvalid"
        case duplicate = "FieldValueDuplicate"
        case notSupported = "FieldValueNotSupported"
        case forbidden = "FieldValueForbidden"
        case tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany"
        case notFound = "FieldValueNotFound"
        case typeInvalid = "FieldValueTypeInvalid"
        /// A field that the kind does not have; `detail` is the whole sentence.
        case unknown = "FieldUnknown"
    }

    /// The field, as `spec.ports[0].port`; empty for the object as a whole.
    public var path: String
    /// What kind of problem it is.
    public var reason: Reason
    /// The value at fault as Kubernetes prints it (strings quoted); nil where it is not part of the text.
    public var value: String?
    /// What is wrong with it.
    public var detail: String

    /// Puts one together from its parts.
    public init(_ path: String, _ reason: Reason, value: String? = nil, _ detail: String) {
        self.path = path
        self.reason = reason
        self.value = value
        self.detail = detail
    }

    /// Kubernetes' own sentence: `spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive`.
    public var description: String { path.isEmpty || reason == .unknown ? body : "\(path): \(body)" }

    /// The sentence without the field: the `message` of a status cause.
    public var body: String {
        let start =
            switch reason {
            case .required: "Required value"
            case .invalid, .typeInvalid: "Invalid value"
            case .duplicate: "Duplicate value"
            case .notSupported: "Unsupported value"
            case .forbidden: "Forbidden"
            case .tooLong: "Too long"
            case .tooMany: "Too many"
            case .notFound: "Not found"
            case .unknown: ""
            }
        return [start, value ?? "", detail].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

extension Problem {
    /// The fault of a field that its object does not have; names the field that may have been meant.
    static func unknownField(_ path: String, _ name: String, among names: some Sequence<String>) -> Problem {
        let hint = Suggestion.closest(to: name, among: names).map { "; did you mean \($0.quoted)?" } ?? ""
        return Problem(path, .unknown, "unknown field \(path.quoted)\(hint)")
    }
}
