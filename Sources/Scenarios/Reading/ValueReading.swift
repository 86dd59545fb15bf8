// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Values of fields that have the shape that the table says: what is read here was checked before.
extension Value {
    func text(_ field: String) -> String? { self[field]?.string }

    func duration(_ field: String) -> Duration? { self[field]?.string.flatMap(TextForm.duration) }

    /// A number from 0 to 1, or a percentage.
    func share(_ field: String) -> Double? { self[field]?.share }

    var share: Double? { number ?? string.flatMap(TextForm.percentage) }

    func choice<Choice: RawRepresentable<String>>(_ field: String) -> Choice? {
        self[field]?.string.flatMap(Choice.init(rawValue:))
    }

    func texts(_ field: String) -> [String]? { self[field].map { $0.elements.compactMap(\.string) } }

    func selector(_ field: String) -> LabelSelector? {
        guard let text = self[field]?.string else { return nil }
        return try? LabelSelector(text: text)
    }

    var namespace: String { self["namespace"]?.string ?? "default" }

    /// A place as text, or a selector.
    func location(_ field: String) -> Location? {
        guard let value = self[field] else { return nil }
        if let text = value.string { return Location(text: text) }
        return value.selector("selector").map { .selected($0, namespace: value.namespace) }
    }

    /// An object by its name; its namespace may stand beside it.
    func reference(_ field: String) -> ObjectReference? {
        self[field]?.string.flatMap { ObjectReference(text: $0, namespace: namespace) }
    }

    var selection: ObjectSelection? {
        if let reference = reference("object") { return .object(reference) }
        return text("kind").map {
            .all(kind: $0, namespace: namespace, selector: selector("selector") ?? LabelSelector())
        }
    }

    var pods: PodSelection? {
        if let selector = selector("selector") { return .selected(selector, namespace: namespace) }
        guard let text = text("pod") else { return nil }
        var parts = text.split(separator: "/").map(String.init)
        if parts.count > 1, ["pod", "pods", "po"].contains(parts[0]) { parts.removeFirst() }
        return .named(parts.last ?? "", namespace: parts.count > 1 ? parts[0] : namespace)
    }
}

extension Expectation {
    /// What an object of words says, or a plain value, or a comparison where one may stand.
    /// - Parameter isNumber: whether a text is a comparison.
    init(_ value: Value, isNumber: Bool = false) {
        if case .object(let fields) = value {
            let words = ["equals", "contains", "matches", "in", "atLeast", "atMost", "not"]
            self.init(words.compactMap { word in fields[word].flatMap { Self.test(word, $0, isNumber) } })
        } else if isNumber, let test = value.string.flatMap(TextForm.comparison) {
            self.init([test])
        } else {
            self.init([.equals(value)])
        }
    }

    private static func test(_ word: String, _ value: Value, _ isNumber: Bool) -> Test? {
        switch word {
        case "equals": .equals(value)
        case "contains": .contains(value)
        case "matches": value.string.map(Test.matches)
        case "in": .oneOf(value.elements)
        case "atLeast": value.number.map(Test.atLeast)
        case "atMost": value.number.map(Test.atMost)
        default: .not(Expectation(value, isNumber: isNumber))
        }
    }
}

extension Value {
    func number(expected field: String) -> Expectation? { self[field].map { Expectation($0, isNumber: true) } }

    func expected(_ field: String) -> Expectation? { self[field].map { Expectation($0) } }
}
