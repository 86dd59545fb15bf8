// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// What the controllers ask about a Pod, read once a write instead of once a question. A class, for it is passed about
/// in great numbers and never changes.
final class PodFacts: Sendable, Equatable {
    let key: ObjectKey
    let uid: String
    let labels: [String: String]
    let node: String?
    let isHostNetwork: Bool
    /// One a family, that of the primary family first; none before the Pod has them.
    let addresses: [Address]
    let isReady: Bool
    let readySince: Timestamp?
    let isTerminating: Bool
    let phase: PodPhase
    let controller: OwnerReference?
    /// How often its containers were started again, in all.
    let restarts: Int
    let hostname: String
    let subdomain: String
    /// Numbers of named container ports, by protocol and name.
    let namedPorts: [String: UInt16]
    /// The Pod's entries in EndpointSlices, one for each address, made once so that comparing one with what is stored is
    /// comparing two pointers.
    let endpoints: [Value]
    /// The Pod's entries in Endpoints objects, one for each address.
    private let endpointAddresses: [Value]

    /// `status.podIP`.
    var address: Address? { addresses.first }
    /// The Pod's entry in an EndpointSlice of a family; nil if it has no such address.
    func endpoint(_ family: Family) -> Value? { index(family).map { endpoints[$0] } }
    /// The Pod's address of a family, and its entry in an Endpoints object; nil if it has none.
    func endpointAddress(_ family: Family) -> (address: Address, value: Value)? {
        index(family).map { (addresses[$0], endpointAddresses[$0]) }
    }
    private func index(_ family: Family) -> Int? { addresses.firstIndex { $0.family == family } }

    var isFinished: Bool { phase == .succeeded || phase == .failed }
    /// True for a Pod that counts for its ReplicaSet.
    var isActive: Bool { !isFinished && !isTerminating }

    init(_ object: Object, zone: (String) -> String?) {
        let pod = Pod(object)
        key = object.key
        uid = object.uid
        labels = object.labels
        node = pod.nodeName
        isHostNetwork = pod.isHostNetwork
        addresses = pod.addresses
        let ready = object.condition("Ready")
        isReady = ready?.status == .true
        readySince = ready?.lastTransitionTime
        isTerminating = object.isTerminating
        phase = pod.phase
        controller = object.controller
        restarts = (object.value["status", "containerStatuses"]?.elements ?? []).reduce(0) {
            $0 + ($1["restartCount"]?.count ?? 0)
        }
        hostname = pod.hostname
        subdomain = pod.subdomain
        namedPorts = PodFacts.namedPorts(of: pod)
        let (node, isReadyNow) = (pod.nodeName, isReady)
        let ownZone = node.flatMap(zone)
        endpointAddresses = addresses.map { PodFacts.endpointAddress($0, of: object, node: node) }
        endpoints = addresses.map {
            PodFacts.endpoint($0, of: object, node: node, zone: ownZone, isReady: isReadyNow)
        }
    }

    static func == (left: PodFacts, right: PodFacts) -> Bool {
        left === right
            || left.endpoints == right.endpoints && left.labels == right.labels && left.phase == right.phase
                && left.readySince == right.readySince && left.controller == right.controller && left.node == right.node
                && left.addresses == right.addresses && left.isReady == right.isReady && left.uid == right.uid
                && left.isTerminating == right.isTerminating && left.hostname == right.hostname
                && left.restarts == right.restarts && left.subdomain == right.subdomain
                && left.namedPorts == right.namedPorts
    }

    /// D33: containers first, then init containers that run on beside them.
    private static func namedPorts(of pod: Pod) -> [String: UInt16] {
        var named: [String: UInt16] = [:]
        for container in pod.containers + pod.initContainers.filter(\.isRestartableInit) {
            for port in container.ports where !port.name.isEmpty {
                let key = "\(port.transport.name)/\(port.name)"
                if named[key] == nil { named[key] = port.containerPort }
            }
        }
        return named
    }

    private static func target(of object: Object) -> Value {
        [
            "kind": "Pod", "namespace": .string(object.namespace), "name": .string(object.name),
            "uid": .string(object.uid),
        ]
    }

    /// D30: all three conditions are always there.
    private static func endpoint(
        _ address: Address, of object: Object, node: String?, zone: String?, isReady: Bool
    ) -> Value {
        let isTerminating = object.isTerminating
        var endpoint: Fields = [
            "addresses": .array([.string(address.description)]),
            "conditions": [
                "ready": .bool(isReady && !isTerminating), "serving": .bool(isReady),
                "terminating": .bool(isTerminating),
            ],
            "targetRef": target(of: object),
        ]
        endpoint["nodeName"] = node.map { .string($0) }
        endpoint["zone"] = zone.map { .string($0) }
        return .object(endpoint)
    }

    private static func endpointAddress(_ address: Address, of object: Object, node: String?) -> Value {
        var entry: Fields = ["ip": .string(address.description), "targetRef": target(of: object)]
        entry["nodeName"] = node.map { .string($0) }
        return .object(entry)
    }
}
