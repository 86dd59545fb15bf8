// SPDX-License-Identifier: Apache-2.0

/// A place in a JSON document, as `/spec/ports/0` (RFC 6901).
struct JSONPointer: Sendable, Hashable {
    /// The names and indices from the document down, without escapes.
    let tokens: [String]

    /// Reads one; nil if it does not begin with a slash, or has more levels than a document may have.
    init?(_ text: String) {
        guard !text.isEmpty else {
            tokens = []
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
        guard parts.count <= Manifest.depthLimit else { return nil }
        tokens = parts.map(Self.unescaped)
    }

    /// `~1` stands for a slash, `~0` for a tilde.
    private static func unescaped(_ token: Substring.UTF8View) -> String {
        guard token.contains(UInt8(ascii: "~")) else { return String(decoding: token, as: UTF8.self) }
        var bytes: [UInt8] = []
        var rest = token
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~"), let next = rest.first, next == 48 || next == 49 else {
                bytes.append(byte)
                continue
            }
            bytes.append(next == 48 ? UInt8(ascii: "~") : UInt8(ascii: "/"))
            rest = rest.dropFirst()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The index that a token stands for in an array of so many elements; nil for none. -1 is the last, as in the
    /// library that API servers use.
    static func index(_ token: String, count: Int) -> Int? {
        let digits = token.utf8.drop { $0 == UInt8(ascii: "-") }
        guard token.utf8.count - digits.count <= 1, digits.allSatisfy({ 48...57 ~= $0 }), let number = Int(token) else {
            return nil
        }
        let index = number < 0 ? number + count : number
        return 0..<count ~= index ? index : nil
    }
}

extension Value {
    /// The value at a place; nil if there is none.
    subscript(_ pointer: JSONPointer) -> Value? {
        var value = self
        for token in pointer.tokens {
            switch value {
            case .object(let fields):
                guard let child = fields[token] else { return nil }
                value = child
            case .array(let elements):
                guard let index = JSONPointer.index(token, count: elements.count) else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    /// Changes the value that a path leads to, in place; false if there is none, or the change said so.
    mutating func change(at path: ArraySlice<String>, _ change: (inout Value) -> Bool) -> Bool {
        guard let first = path.first else { return change(&self) }
        if var fields = takeFields() {
            defer { self = .object(fields) }
            return fields.change(first) { $0.change(at: path.dropFirst(), change) } ?? false
        }
        guard var elements = takeElements() else { return false }
        defer { self = .array(elements) }
        guard let index = JSONPointer.index(first, count: elements.count) else { return false }
        return elements[index].change(at: path.dropFirst(), change)
    }

    /// How many levels there are below this one, counted no further than the limit.
    func depth(limit: Int) -> Int {
        guard limit > 0 else { return 0 }
        return switch self {
        case .object(let fields):
            fields.values.reduce(0) { max($0, 1 + $1.depth(limit: limit - 1)) }
        case .array(let elements):
            elements.reduce(0) { max($0, 1 + $1.depth(limit: limit - 1)) }
        default: 0
        }
    }

    /// About how many bytes of JSON it is.
    public var weight: Int {
        switch self {
        case .string(let text): text.utf8.count + 2
        case .array(let elements): elements.reduce(2) { $0 + $1.weight + 1 }
        case .object(let fields): fields.reduce(2) { $0 + $1.key.utf8.count + $1.value.weight + 4 }
        default: 8
        }
    }
}
