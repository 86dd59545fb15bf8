// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes
internal import Net

extension Remark {
    /// The remark as JSON has it: which one it is, its facts, and its words.
    public var value: Value {
        var value: Value = .object(Fields(facts.compactMapValues(\.self)))
        value["remark"] = .string(name)
        value["text"] = .string(text)
        return value
    }

    /// The case's name.
    public var name: String {
        switch self {
        case .delivered: "delivered"
        case .pingAnswered: "pingAnswered"
        case .nothingListens: "nothingListens"
        case .externalName: "externalName"
        case .headless: "headless"
        case .podHasNoAddress: "podHasNoAddress"
        case .noServiceAt: "noServiceAt"
        case .noLoadBalancerAt: "noLoadBalancerAt"
        case .noPodAt: "noPodAt"
        case .noSuchPort: "noSuchPort"
        case .noSelector: "noSelector"
        case .noPodMatches: "noPodMatches"
        case .noPodReady: "noPodReady"
        case .noPortNamed: "noPortNamed"
        case .noEndpoints: "noEndpoints"
        case .noEndpointOfFamily: "noEndpointOfFamily"
        case .noLocalEndpoint: "noLocalEndpoint"
        case .sourceNotAllowed: "sourceNotAllowed"
        case .otherProxy: "otherProxy"
        case .noProxy: "noProxy"
        case .nodePortAtLoopback: "nodePortAtLoopback"
        case .noBackendNode: "noBackendNode"
        case .loadBalancerPending: "loadBalancerPending"
        case .nodeSilent: "nodeSilent"
        case .hostHasNoRoute: "hostHasNoRoute"
        case .noRoute: "noRoute"
        case .outside: "outside"
        case .answerLost: "answerLost"
        case .ruleOnly: "ruleOnly"
        case .ruled: "ruled"
        case .clientSeen: "clientSeen"
        case .reply: "reply"
        case .undeclaredPort: "undeclaredPort"
        case .leftOut: "leftOut"
        case .affinity: "affinity"
        case .nearOnly: "nearOnly"
        case .nameNotAsked: "nameNotAsked"
        }
    }

    private var facts: [String: Value?] {
        switch self {
        case .delivered(let receivers): receivers.facts
        case .pingAnswered(let place): ["place": place.value]
        case .nothingListens(let node, let socket, let known):
            ["node": .string(node), "socket": socket.value, "known": known.value]
        case .externalName(let key, let name, let because):
            ["service": key.value, "name": .string(name), "because": because.value]
        case .headless(let key, let port, let targetPort, let because):
            [
                "service": key.value, "port": port?.value, "targetPort": targetPort.map { .string($0) },
                "because": because.value,
            ]
        case .podHasNoAddress(let key, let trouble):
            ["pod": key.value, "trouble": trouble.map { .string($0.text) }]
        case .clientSeen(let addresses, let own, let places):
            [
                "addresses": addresses.map(\.description).value, "own": own?.value,
                "translatedBy": places.map(\.text).value,
            ]
        case .reply(let through, let restoredAt, let source, let isUnderstood):
            [
                "through": through.map(\.text).value, "restoredAt": restoredAt.map(\.text).value, "from": source.value,
                "understood": .bool(isUnderstood),
            ]
        case .undeclaredPort(let socket, let pods, let declared):
            ["socket": socket.value, "pods": pods.value, "declared": .array(declared.map(\.value))]
        case .leftOut(let key, let troubles):
            ["service": key.value, "pods": .array(troubles.map(\.value))]
        case .affinity(let key, let seconds, let because):
            ["service": key.value, "seconds": seconds.value, "because": because.value]
        case .nearOnly(let key, let used, let ready, let because):
            ["service": key.value, "used": used.value, "ready": ready.value, "because": because?.value]
        case .nameNotAsked(let place, let key): ["place": place.value, "service": key.value]
        default: causeFacts
        }
    }

    private var causeFacts: [String: Value?] {
        switch self {
        case .noServiceAt(let address, let near), .noLoadBalancerAt(let address, let near):
            ["address": address.value, "near": near.value]
        case .noPodAt(let address): ["address": address.value]
        case .noSuchPort(let key, let port, let transport, let ports, let because):
            [
                "service": key.value, "port": port.value, "protocol": .string(transport.rawValue),
                "ports": ports.value, "because": because.value,
            ]
        case .sourceNotAllowed(let client, let key, let ranges, let because):
            [
                "client": client.value, "service": key.value, "ranges": ranges.map(\.description).value,
                "because": because.value,
            ]
        case .otherProxy(let key, let label, let because):
            ["service": key.value, "label": .string(label), "because": because.value]
        case .nodePortAtLoopback(let key, let node, let socket, let mode):
            [
                "service": key.value, "node": node.value, "socket": socket.value, "proxyMode": .string(mode.rawValue),
            ]
        case .noBackendNode(let key, let why): ["service": key.value, "nodes": why.value]
        case .loadBalancerPending(let key, let why, let because):
            ["service": key.value, "why": .string(why), "because": because.value]
        case .nodeSilent(let node): ["node": .string(node)]
        case .hostHasNoRoute(let access, let address):
            ["hostAccess": .string(access.rawValue), "address": address.value]
        case .noRoute(let place, let address, let reason):
            ["place": place.value, "address": address.value, "reason": .string(reason)]
        case .outside(let address): ["address": address.value]
        case .answerLost(let place, let reason): ["place": place.value, "reason": .string(reason)]
        case .ruleOnly(let address, let key): ["address": address.value, "service": key?.value]
        case .ruled(let place, let because): ["place": place.value, "because": because.value]
        default: endpointFacts
        }
    }

    private var endpointFacts: [String: Value?] {
        switch self {
        case .noSelector(let key, let because): ["service": key.value, "because": because.value]
        case .noEndpoints(let key): ["service": key.value]
        case .noEndpointOfFamily(let key, let family, let others):
            ["service": key.value, "family": .string(family.rawValue), "others": others.value]
        case .noPodMatches(let key, let selector, let nearest, let because):
            [
                "service": key.value, "selector": Value(selector), "because": because.value,
                "nearest": nearest.map {
                    ["labels": Value($0.labels), "namespace": .string($0.namespace), "count": $0.count.value]
                },
            ]
        case .noPodReady(let key, let matching, let troubles):
            ["service": key.value, "matching": matching.value, "pods": .array(troubles.map(\.value))]
        case .noPortNamed(let name, let key, let matching, let known, let because):
            [
                "name": .string(name), "service": key.value, "matching": matching.value, "known": known.value,
                "because": because.value,
            ]
        case .noLocalEndpoint(let key, let policy, let node, let elsewhere, let because):
            [
                "service": key.value, "policy": .string(policy.rawValue), "node": node.value,
                "elsewhere": elsewhere.value, "because": because.value,
            ]
        default: [:]
        }
    }
}

extension Remark.Receivers {
    fileprivate var facts: [String: Value?] {
        [
            "pods": pods.value, "names": names.value, "endpoints": endpoints.value,
            "service": service?.value,
        ]
    }
}

extension Remark.TroubledPods {
    fileprivate var value: Value { ["count": count.value, "why": .string(trouble.text)] }
}

extension ObjectKey {
    fileprivate var value: Value { .string(namespace.isEmpty ? name : "\(namespace)/\(name)") }
}

extension NamespaceName {
    fileprivate var value: Value { .string(text) }
}

extension Address {
    fileprivate var value: Value { .string(description) }
}

extension SocketAddress {
    fileprivate var value: Value { .string(description) }
}

extension [String] {
    fileprivate var value: Value { .array(map { .string($0) }) }
}

extension FixedWidthInteger {
    fileprivate var value: Value { .int(Int64(clamping: self)) }
}
