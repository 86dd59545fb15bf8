// SPDX-License-Identifier: Apache-2.0

/// One step of a path in `managedFields`: `f:spec`, `k:{"name":"web"}`, `v:"a"` or `i:0`. The corresponding Go type is
/// `fieldpath.PathElement`.
enum PathElement: Sendable, Hashable {
    /// A field by its name.
    case field(String)
    /// An entry of a list by its keys, sorted by their names.
    case key(Fields)
    /// An entry of a set by itself.
    case value(Value)
    /// An entry of a list by its place.
    case index(Int)

    /// Reads one; text of no known form is taken for a field's name.
    init(_ text: String) {
        self = Self(checking: text) ?? .field(text)
    }

    /// Reads one; nil for text of no known form.
    init?(checking text: String) {
        let rest = String(text.dropFirst(2))
        switch text.prefix(2) {
        case "f:": self = .field(rest)
        case "k:":
            guard case .object(let keys)? = try? Value(json: Array(rest.utf8)) else { return nil }
            self = .key(keys)
        case "v:":
            guard let value = try? Value(json: Array(rest.utf8)) else { return nil }
            self = .value(value)
        case "i:":
            guard let index = Int(rest) else { return nil }
            self = .index(index)
        default: return nil
        }
    }

    /// The text in `managedFields`.
    var text: String {
        switch self {
        case .field(let name): "f:" + name
        case .key(let keys): "k:" + Value.object(keys).json()
        case .value(let value): "v:" + value.json()
        case .index(let index): "i:\(index)"
        }
    }
}

extension PathElement: CustomStringConvertible {
    /// As messages have it: `.spec`, `[name="web"]`, `[="a"]`, `[0]`.
    var description: String {
        switch self {
        case .field(let name): "." + name
        case .key(let keys):
            "[" + keys.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.json())" }.joined(separator: ",") + "]"
        case .value(let value): "[=\(value.json())]"
        case .index(let index): "[\(index)]"
        }
    }
}

extension PathElement: Comparable {
    /// Fields come before keys, keys before values, values before indices; numbers are compared as numbers.
    static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.field(let one), .field(let other)): one < other
        case (.key(let one), .key(let other)): precedes(one, other)
        case (.value(let one), .value(let other)): precedes(one, other) ?? false
        case (.index(let one), .index(let other)): one < other
        default: left.rank < right.rank
        }
    }

    private var rank: Int {
        switch self {
        case .field: 0
        case .key: 1
        case .value: 2
        case .index: 3
        }
    }

    private static func precedes(_ one: Fields, _ other: Fields) -> Bool {
        for name in Set(one.keys).union(other.keys).sorted() {
            guard let first = one[name] else { return false }
            guard let second = other[name] else { return true }
            if let result = precedes(first, second) { return result }
        }
        return false
    }

    /// Nil if they are equal.
    private static func precedes(_ one: Value, _ other: Value) -> Bool? {
        guard one != other else { return nil }
        if let one = one.int, let other = other.int { return one < other }
        return one.goText < other.goText
    }
}
