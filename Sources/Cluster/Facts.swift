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
    let address: Address?
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
    /// The Pod's entry in an EndpointSlice, made once so that comparing it with what is stored is comparing two
    /// pointers.
    let endpoint: Value
    /// The Pod's entry in an Endpoints object.
    let endpointAddress: Value

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
        address = pod.address
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
        endpointAddress = PodFacts.endpointAddress(of: object, node: pod.nodeName)
        endpoint = PodFacts.endpoint(
            of: object, node: pod.nodeName, zone: pod.nodeName.flatMap(zone), isReady: isReady,
            isTerminating: isTerminating)
    }

    static func == (left: PodFacts, right: PodFacts) -> Bool {
        left === right
            || left.endpoint == right.endpoint && left.labels == right.labels && left.phase == right.phase
                && left.readySince == right.readySince && left.controller == right.controller && left.node == right.node
                && left.address == right.address && left.isReady == right.isReady && left.uid == right.uid
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
        of object: Object, node: String?, zone: String?, isReady: Bool, isTerminating: Bool
    ) -> Value {
        var endpoint: [String: Value] = [
            "addresses": .array([object.value["status", "podIP"] ?? .null]),
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

    private static func endpointAddress(of object: Object, node: String?) -> Value {
        var address: [String: Value] = [
            "ip": object.value["status", "podIP"] ?? .null, "targetRef": target(of: object),
        ]
        address["nodeName"] = node.map { .string($0) }
        return .object(address)
    }
}
