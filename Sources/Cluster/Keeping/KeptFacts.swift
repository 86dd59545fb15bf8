// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// What is kept beside objects, as values.
extension StateChange {
    /// Where a Pod stands, with the numbers of its host ports in the tables.
    static func place(_ pod: ObjectKey, _ placement: Placement, _ pools: [UInt32]) -> StateChange {
        var value: Value = [
            "pod": .string(placement.pod), "node": .string(placement.node),
            "addresses": .array(placement.addresses.map { .string($0.description) }),
            "own": .bool(placement.link != nil),
        ]
        if !pools.isEmpty { value["pools"] = .array(pools.map { .int(Int64($0)) }) }
        return StateChange(name(place, pod), value)
    }

    /// The numbers of a Service's ports: those of their endpoints, and of their endpoints on a node itself.
    static func pools(_ service: ObjectKey, _ numbers: [ServiceState.PortKey: [UInt32]]) -> StateChange {
        let fields = numbers.map { port, numbers in
            ("\(port.transport.name)/\(port.port)", Value.array(numbers.map { .int(Int64($0)) }))
        }
        return StateChange(name(pools, service), fields.isEmpty ? nil : .object(Fields(fields) { $1 }))
    }

    /// The external addresses of a Service.
    static func balancer(_ service: ObjectKey, _ addresses: [Address]) -> StateChange {
        let list = addresses.map { Value.string($0.description) }
        return StateChange(name(balancer, service), list.isEmpty ? nil : .array(list))
    }

    /// What the load balancer last heard of a node; nil if that does not matter any more.
    static func probe(_ probe: LoadBalancerProbe, _ succeeded: Bool?) -> StateChange {
        StateChange(
            "\(StateChange.probe) \(probe.node)/\(probe.port)",
            succeeded.map { ["address": .string(probe.address.description), "succeeded": .bool($0)] })
    }

    /// What has become of the Pods of a Job.
    static func job(_ uid: String, _ record: JobRecord?) -> StateChange {
        StateChange("\(job) \(uid)", record?.kept)
    }
}

extension Value {
    /// The addresses of a list of texts.
    var addresses: [Address] { elements.compactMap { $0.string.flatMap { Address($0) } } }

    /// The numbers of a list.
    var numbers: [UInt32] { elements.compactMap { $0.int.flatMap { UInt32(exactly: $0) } } }
}
