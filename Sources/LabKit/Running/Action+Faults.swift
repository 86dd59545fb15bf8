// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

// Faults of a scenario in the words of the daemon's verb `fault`.

extension PodSelection {
    /// The fields that choose Pods; one is named by this field.
    func fields(_ field: String) -> Fields {
        switch self {
        case .named(let name, let namespace): return [field: .string("\(namespace)/\(name)")]
        case .selected(let selector, let namespace):
            return ["selector": .string("\(selector)"), "namespace": .string(namespace)]
        }
    }
}

extension Action.FaultTarget {
    var fields: Fields {
        switch self {
        case .pods(let pods): pods.fields("of")
        case .node(let name): ["of": .string(name)]
        }
    }
}

extension Action.Link {
    var fields: Fields {
        var fields: Fields
        switch end {
        case .node(let name): fields = ["of": .string(name)]
        case .outside(let name): fields = ["of": .string("outside/\(name)")]
        case .pods(let pods): fields = pods.fields("of")
        }
        fields["direction"] = .string(direction.rawValue)
        if isCut { fields["state"] = "cut" }
        if isHealed { fields["state"] = "up" }
        fields["delayMilliseconds"] = delay.map { .double($0.milliseconds) }
        fields["jitterMilliseconds"] = jitter.map { .double($0.milliseconds) }
        fields["loss"] = loss.map { .double($0 * 100) }
        return fields
    }
}
