// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes

extension PlanComparison {
    /// The comparison as JSON has it, the same fields for a running lab and for manifests.
    public var value: Value {
        [
            "same": .bool(isEmpty), "rules": .array(rules.map(\.value)), "pods": .array(pods.map(\.value)),
            "journeys": .array(journeys.map(\.value)), "walked": .int(Int64(walked)), "omitted": .int(Int64(omitted)),
        ]
    }
}

extension PlanComparison.RuleChange {
    fileprivate var value: Value {
        [
            "namespaces": .array(namespaces.map { .string($0.text) }), "table": .string(section.table),
            "place": .string(section.place),
            "changes": .array(
                section.changes.map { change in
                    var value: Value = [
                        "sign": .string(change.isAdded ? "+" : "-"), "text": .string(change.line.text),
                        "kind": .string(change.line.kind.rawValue),
                    ]
                    value["because"] = change.line.because?.value
                    value["part"] = change.line.part.map { .string($0) }
                    return value
                }),
        ]
    }
}

extension PlanComparison.PodChange {
    fileprivate var value: Value {
        [
            "sign": .string(isAdded ? "+" : "-"), "pod": .string("\(pod.namespace)/\(pod.name)"), "node": .string(node),
            "addresses": .array(addresses.map { .string($0) }),
        ]
    }
}

extension PlanComparison.JourneyChange {
    fileprivate var value: Value {
        [
            "from": .array(origins.map { .string($0) }), "service": .string("\(service.namespace)/\(service.name)"),
            "door": .string(door), "before": before?.value ?? .null, "after": after?.value ?? .null,
        ]
    }
}

extension Arrival {
    fileprivate var value: Value {
        [
            "to": .string(socket), "headline": .string(headline),
            "ends": .array(
                ends.map { end in
                    [
                        "probability": .string(end.share.description), "share": .double(end.share.value),
                        "outcome": .string(end.outcome), "place": .string(end.place), "node": .string(end.node),
                        "destination": .string(end.destination), "detail": .string(end.detail),
                    ]
                }),
        ]
    }
}
