// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// One object on its way into a table, with the moment that ages are counted to.
struct TableSubject: Sendable {
    let object: Object
    let now: Timestamp
    /// `spec`; null if there is none.
    let spec: Value
    /// `status`; null if there is none.
    let status: Value

    init(_ object: Object, now: Timestamp) {
        self.object = object
        self.now = now
        spec = object.value["spec"] ?? .null
        status = object.value["status"] ?? .null
    }

    /// The column `Age`.
    var age: String { age(of: object.value["metadata"]?["creationTimestamp"]) }

    /// How long ago a field's moment was; `<unknown>` if the field has none.
    func age(of moment: Value?) -> String {
        guard let moment = moment.timestamp else { return "<unknown>" }
        return HumanDuration.text(from: moment, to: now)
    }

    /// A number of the status; 0 if it was never written.
    func count(_ field: String) -> Int { status[field]?.int ?? 0 }

    /// The status of a condition, as `True`; nil if it was never written.
    func condition(_ type: String) -> Value? {
        status["conditions"]?.elements.first { $0["type"]?.string == type }
    }

    /// True if a condition is `True`.
    func has(_ condition: String) -> Bool { self.condition(condition)?["status"]?.string == "True" }
}

extension Value? {
    /// The field as text: a string as it is, a number in digits; nil for what is neither or empty.
    var text: String? {
        switch self {
        case .string(let text)?: text.isEmpty ? nil : text
        case .int(let number)?: String(number)
        case .double(let number)?: String(number)
        default: nil
        }
    }

    /// The moment that the field holds.
    var timestamp: Timestamp? { self?.string.flatMap { Timestamp($0) } }

    /// The elements of the field's list.
    var list: [Value] { self?.elements ?? [] }

    /// Labels as `app=web,tier=front`; `<none>` for no labels. The corresponding Go function is `labels.FormatLabels`.
    var labels: String {
        let labels = self?.strings ?? [:]
        guard !labels.isEmpty else { return "<none>" }
        return labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    /// A label selector as `app=web,tier in (a,b)`; `<none>` for one without conditions. The corresponding Go function
    /// is `metav1.FormatLabelSelector`.
    var selector: String {
        let selector = LabelSelector(self)
        var parts = selector.matchLabels.map { ($0.key, "\($0.key)=\($0.value)") }
        for requirement in selector.matchExpressions {
            let key = requirement.key
            let values = "(" + requirement.values.sorted().joined(separator: ",") + ")"
            switch requirement.operator {
            case .isIn: parts.append((key, "\(key) in \(values)"))
            case .notIn: parts.append((key, "\(key) notin \(values)"))
            case .exists: parts.append((key, key))
            case .doesNotExist: parts.append((key, "!\(key)"))
            }
        }
        guard !parts.isEmpty else { return "<none>" }
        return parts.sorted { $0 < $1 }.map(\.1).joined(separator: ",")
    }
}
