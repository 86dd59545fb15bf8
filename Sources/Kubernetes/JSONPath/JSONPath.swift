// SPDX-License-Identifier: Apache-2.0

/// A path to values within an object, as `.status.conditions[?(@.type=="Ready")].status`, in braces or without: what
/// `kubectl wait --for=jsonpath=…` and a CustomResourceDefinition's columns take. The corresponding Go package is
/// `k8s.io/client-go/util/jsonpath`; its templates (`{range}`, text between paths) are no paths.
public struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    indirect enum Step: Sendable, Hashable {
        case field(String)
        /// An element by its number, from the end if negative.
        case element(Int)
        /// `[0:2]`: from the first to before the second, each may be left out.
        case slice(from: Int?, to: Int?)
        /// Every element or field.
        case all
        /// `..`: the value itself and everything below it.
        case descendants
        /// `['a','b']`, `[0,2]`.
        case union([Step])
        /// The elements of which a path gives a value, or one that compares so with another.
        case matching(JSONPath, Comparison?)
    }

    struct Comparison: Sendable, Hashable {
        let `operator`: Operator
        let operand: Value
    }

    enum Operator: String, Sendable, Hashable, CaseIterable {
        case equal = "=="
        case unequal = "!="
        case atMost = "<="
        case atLeast = ">="
        case below = "<"
        case above = ">"
    }

    /// The path as it was written.
    public let description: String
    let steps: [Step]

    /// Reads a path.
    /// - Throws: what is no path, and why.
    public init(_ text: String) throws(JSONPathError) {
        description = text
        var reader = JSONPathReader(text)
        steps = try reader.path()
    }

    init(steps: [Step], description: String) {
        self.steps = steps
        self.description = description
    }

    /// The first value that the path leads to; nil if it leads nowhere.
    public func first(in value: Value) -> Value? { all(in: value).first }

    /// The most values that a path leads to: with several `..` there could be any number.
    public static let limit = 10_000

    /// All values that the path leads to, in the order of the object's lists, and of fields by their names.
    public func all(in value: Value) -> [Value] {
        steps.reduce([value]) { values, step in
            var next: [Value] = []
            for value in values where next.count < Self.limit { next += step.values(in: value) }
            return next
        }
    }
}

/// Why a text is no JSONPath.
public struct JSONPathError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and where in the text.
    public let description: String
}

extension JSONPath.Step {
    func values(in value: Value) -> [Value] {
        switch self {
        case .field(let name): value[name].map { [$0] } ?? []
        case .element(let number): element(number, value.elements)
        case .slice(let from, let to): slice(from, to, value.elements)
        case .all: Self.children(of: value)
        case .descendants: Self.descendants(of: value)
        case .union(let steps): steps.flatMap { $0.values(in: value) }
        case .matching(let path, let comparison):
            value.elements.filter { element in
                guard let found = path.first(in: element) else { return false }
                return comparison?.holds(for: found) ?? true
            }
        }
    }

    private func element(_ number: Int, _ elements: [Value]) -> [Value] {
        let index = number < 0 ? elements.count + number : number
        return elements.indices.contains(index) ? [elements[index]] : []
    }

    private func slice(_ from: Int?, _ to: Int?, _ elements: [Value]) -> [Value] {
        func bound(_ number: Int) -> Int { min(max(number < 0 ? elements.count + number : number, 0), elements.count) }
        let (start, end) = (bound(from ?? 0), bound(to ?? elements.count))
        return start < end ? Array(elements[start..<end]) : []
    }

    private static func children(of value: Value) -> [Value] {
        value.elements + value.fields.sorted { $0.key < $1.key }.map(\.value)
    }

    private static func descendants(of value: Value) -> [Value] {
        [value] + children(of: value).flatMap { descendants(of: $0) }
    }
}

extension JSONPath.Comparison {
    func holds(for value: Value) -> Bool {
        switch `operator` {
        case .equal: value == operand
        case .unequal: value != operand
        case .atMost: ordered(value) { $0 <= $1 } ?? false
        case .atLeast: ordered(value) { $0 >= $1 } ?? false
        case .below: ordered(value) { $0 < $1 } ?? false
        case .above: ordered(value) { $0 > $1 } ?? false
        }
    }

    private func ordered(_ value: Value, _ compare: (Double, Double) -> Bool) -> Bool? {
        guard let left = value.number, let right = operand.number else { return nil }
        return compare(left, right)
    }
}

extension Value {
    /// The number, whole or not; nil for what is none.
    public var number: Double? {
        switch self {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }
}
