// SPDX-License-Identifier: Apache-2.0

/// One value of a JSON or YAML document, with every field that it came with.
public enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([Value])
    case object(Fields)

    /// The string, if it is one.
    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The whole number, if it is one.
    public var int: Int? {
        guard case .int(let value) = self else { return nil }
        return Int(value)
    }

    /// The truth value, if it is one.
    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The elements, if it is an array; none otherwise.
    public var elements: [Value] {
        guard case .array(let values) = self else { return [] }
        return values
    }

    /// The fields, if it is an object; none otherwise.
    public var fields: Fields {
        guard case .object(let fields) = self else { return [:] }
        return fields
    }

    /// True for `null`.
    public var isNull: Bool { self == .null }

    /// A field of an object. Reading a missing field gives nil; writing nil removes it; writing makes the object if need be.
    public subscript(_ field: String) -> Value? {
        get {
            guard case .object(let fields) = self else { return nil }
            return fields[field]
        }
        set {
            guard var fields = takeFields() else {
                if let newValue { self = .object([field: newValue]) }
                return
            }
            fields[field] = newValue
            self = .object(fields)
        }
    }

    /// A value further down, by the names of the fields that lead to it.
    public subscript(_ first: String, _ second: String, _ rest: String...) -> Value? {
        get { rest.reduce(self[first]?[second]) { $0?[$1] } }
        set { set([first, second] + rest[...], newValue) }
    }

    private mutating func set(_ path: ArraySlice<String>, _ newValue: Value?) {
        guard let first = path.first else { return }
        guard path.count > 1 else {
            self[first] = newValue
            return
        }
        if var fields = takeFields() {
            let isThere = fields.change(first) { $0.set(path.dropFirst(), newValue) } != nil
            self = .object(fields)
            if isThere { return }
        }
        var child = Value.object([:])
        child.set(path.dropFirst(), newValue)
        self[first] = child
    }

    /// An object of strings, as labels are.
    public init(_ strings: [String: String]) { self = .object(Fields(strings.mapValues { .string($0) })) }

    /// The fields that are strings, as labels are.
    public var strings: [String: String] { fields.compactMapValues(\.string) }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A text that is written in the source.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A number that is written in the source.
    public init(integerLiteral value: Int64) { self = .int(value) }
    /// A truth value that is written in the source.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A list that is written in the source.
    public init(arrayLiteral elements: Value...) { self = .array(elements) }
    /// An object that is written in the source.
    public init(dictionaryLiteral elements: (String, Value)...) {
        self = .object(Fields(elements) { $1 })
    }
}
