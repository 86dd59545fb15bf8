// SPDX-License-Identifier: Apache-2.0

/// What a field may hold. The corresponding document is Kubernetes' OpenAPI schema.
public indirect enum Schema: Sendable, Hashable {
    /// Text.
    case string
    /// Text of a Go type of its own, which may have few values: its full name, as `core.v1.Protocol`.
    case word(String)
    /// A whole number of so many bits.
    case int(Int)
    /// `true` or `false`.
    case bool
    /// A number, or a string: `intstr.IntOrString`.
    case intOrString
    /// An amount, as `500m` or `1Gi`: `resource.Quantity`.
    case quantity
    /// A moment in whole seconds: `metav1.Time`.
    case time
    /// A moment in microseconds: `metav1.MicroTime`.
    case microTime
    /// Bytes, as base64: `[]byte`.
    case bytes
    /// Any JSON, which protobuf carries as text: `runtime.RawExtension`, `metav1.FieldsV1`.
    case raw
    /// A list of such.
    case list(Schema)
    /// An object of such, under names that are not known beforehand.
    case map(Schema)
    /// An object with named fields: the full name of its type, as `core.v1.ServicePort` (see `SchemaTable.type`).
    case object(String)
    /// Anything: the lab does not look inside.
    case any

    /// Reads the notation of the table: `int32`, `[]ServicePort`, `{}string`, `string.Protocol`, `meta.ObjectMeta`.
    ///
    /// - Parameter package: the package that names without one belong to.
    init(_ text: Substring, in package: String) {
        if text.utf8.starts(with: "[]".utf8) {
            self = .list(Schema(text.dropFirst(2), in: package))
        } else if text.utf8.starts(with: "{}".utf8) {
            self = .map(Schema(text.dropFirst(2), in: package))
        } else if text.utf8.starts(with: "string.".utf8) {
            self = .word(Self.fullName(text.dropFirst(7), in: package))
        } else {
            self = Self.plain[text] ?? .object(Self.fullName(text, in: package))
        }
    }

    private static let plain: [Substring: Schema] = [
        "string": .string, "int32": .int(32), "int64": .int(64), "bool": .bool, "intOrString": .intOrString,
        "quantity": .quantity, "time": .time, "microTime": .microTime, "bytes": .bytes, "raw": .raw, "fields": .raw,
        "any": .any,
    ]

    private static func fullName(_ name: Substring, in package: String) -> String {
        if name.utf8.starts(with: "core.".utf8) { return "core.v1.\(name.dropFirst(5))" }
        if name.utf8.starts(with: "meta.".utf8) { return "meta.v1.\(name.dropFirst(5))" }
        return name.utf8.contains(UInt8(ascii: ".")) ? String(name) : "\(package).\(name)"
    }
}

extension Schema {
    /// A field of the object that this describes; nil if it has no such field, or is no object with named fields.
    public func field(_ name: String) -> FieldSchema? { typeSchema?.fields[name] }

    /// The type of the object that this describes; nil for anything else.
    public var typeSchema: TypeSchema? {
        guard case .object(let name) = self else { return nil }
        return SchemaTable.type(name)
    }

    /// What the elements of a list, or the values of a map, are; nil for anything else.
    public var element: Schema? {
        switch self {
        case .list(let element), .map(let element): element
        default: nil
        }
    }
}
