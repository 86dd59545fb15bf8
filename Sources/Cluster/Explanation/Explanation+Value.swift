// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Kubernetes
internal import Net

extension Explanation {
    /// The explanation as JSON has it, the same fields for a running lab and for a plan.
    /// - Parameters:
    ///   - everyRule: whether the lines of journeys tell of rules that decided nothing, too.
    ///   - limit: at most so many ends are in it; `wayCount` says how many there are.
    public func value(everyRule: Bool = false, ways limit: Int = .max) -> Value {
        var value: Value = [
            "from": ["text": .string(question.from), "namespace": .string(origin.text)],
            "to": ["text": .string(question.to), "targets": .array(targets.prefix(100).map(\.value))],
            "protocol": .string(transport.rawValue),
            "answer": .string(answer.rawValue),
            "headline": .string(headline),
            "remarks": .array(remarks.map(\.value)),
            "names": .array(steps.map(\.value)),
            "wayCount": .int(Int64(ways.count)),
            "ways": .array(ways.prefix(limit).map(\.value)),
            "outcomes": .array(outcomes.map { $0.value(everyRule: everyRule, of: transport) }),
        ]
        if let client = outcomes.first?.example.packet.source, !client.address.isUnspecified {
            value["from", "address"] = .string(client.address.description)
        }
        if !journeys.isEmpty {
            value["journeys"] = .array(journeys.map { $0.value(everyRule: everyRule, of: transport) })
        }
        return value
    }
}

extension NameStep {
    fileprivate var value: Value {
        var value: Value = [
            "name": .string(name), "service": .string("\(service.namespace)/\(service.name)"),
            "addresses": .array(addresses.prefix(100).map { .string($0.description) }),
        ]
        value["alias"] = alias.map { .string($0) }
        return value
    }
}

extension Explanation.Target {
    fileprivate var value: Value {
        var value: Value = [
            "address": .string(socket.address.description), "kind": .string(destination.kind),
            "text": .string(destination.text),
        ]
        if socket.port > 0 { value["port"] = .int(Int64(socket.port)) }
        value["service"] = destination.service.map { .string("\($0.namespace)/\($0.name)") }
        return value
    }
}

extension Destination {
    /// One word for it, as JSON has it.
    var kind: String {
        switch self {
        case .clusterAddress: "clusterAddress"
        case .externalAddress: "externalAddress"
        case .loadBalancer: "loadBalancer"
        case .nodePort: "nodePort"
        case .hostPort: "hostPort"
        case .pod: "pod"
        case .node: "node"
        case .place: "place"
        case .loopback: "loopback"
        case .unused: "unused"
        case .outside: "outside"
        }
    }

    /// What it is, in words.
    public var text: String {
        switch self {
        case .clusterAddress(let key): "the cluster address of \(key)"
        case .externalAddress(let key): "an external address of \(key)"
        case .loadBalancer(let key): "the load balancer of \(key)"
        case .nodePort(let key, let node): "the node port of \(key) on \(node)"
        case .hostPort(let key, let node): "a host port of \(key) on \(node)"
        case .pod(let key): "\(key)"
        case .node(let name): "node \(name) itself"
        case .place(let name) where name.hasPrefix("outside-"): "the outside system \(name.dropFirst("outside-".count))"
        case .place(let name): "the \(name)"
        case .loopback: "the sender itself"
        case .unused(let range): range.text
        case .outside: "an address outside of the lab"
        }
    }
}

extension LabRange {
    fileprivate var text: String {
        switch self {
        case .nodes: "an address of the nodes' range that nobody has"
        case .pods: "an address of the Pods' range that no Pod has"
        case .services: "an address of the Services' range that no Service has"
        case .loadBalancers: "an address of the load balancers' range that no Service has"
        }
    }
}

extension Explanation.Way {
    fileprivate var value: Value {
        var value = outcome.value
        value["probability"] = .string(share.description)
        value["share"] = .double(share.value)
        value["masqueraded"] = .bool(isMasqueraded)
        value["pod"] = pod.map { .string("\($0.namespace)/\($0.name)") }
        value["node"] = node.map { .string($0) }
        return value
    }
}

extension Explanation.Outcome {
    fileprivate func value(everyRule: Bool, of transport: AskedProtocol) -> Value {
        [
            "answer": .string(answer.rawValue), "probability": .string(share.description),
            "share": .double(share.value), "count": .int(Int64(count)),
            "journey": example.value(everyRule: everyRule, of: transport),
        ]
    }
}

extension Journey.Outcome {
    fileprivate var value: Value {
        switch self {
        case .delivered(let name, let address, let source):
            [
                "outcome": "delivered", "namespace": .string(name.text), "destination": .string("\(address)"),
                "source": .string("\(source)"), "text": .string(text),
            ]
        case .rejected(let name, let because): Self.value("rejected", name, because, text)
        case .dropped(let name, let because): Self.value("dropped", name, because, text)
        case .unreachable(let name, let reason):
            [
                "outcome": "unreachable", "namespace": .string(name.text), "because": .string(reason),
                "text": .string(text),
            ]
        }
    }

    private static func value(_ word: String, _ name: NamespaceName, _ because: Because, _ text: String) -> Value {
        [
            "outcome": .string(word), "namespace": .string(name.text), "because": .string("\(because)"),
            "reason": because.value, "text": .string(text),
        ]
    }
}

extension Because {
    var value: Value {
        ["object": .string(object), "field": .string(field), "location": .string(location)]
    }
}

extension Journey {
    /// The journey in short: how it ends, and with which probability.
    /// - Parameter rules: also every rule that matched, as nft or iptables prints it.
    public func summary(rules: Bool = false) -> Value {
        var value = outcome.value
        value["probability"] = .string(probability.description)
        value["masqueraded"] = .bool(isMasqueraded)
        if remembered != Flows() { value["remembered"] = remembered.value }
        guard rules else { return value }
        value["rules"] = .array(
            hops.compactMap { hop in
                guard case .matched(let match) = hop.action else { return nil }
                var rule = match.value
                rule["namespace"] = .string(hop.namespace.text)
                return rule
            })
        return value
    }

    /// The journey with all its hops, and its lines in words.
    /// - Parameters:
    ///   - everyRule: whether its lines tell of rules that decided nothing, too.
    ///   - transport: what is spoken; nil for what the packet is.
    public func value(everyRule: Bool = false, of transport: AskedProtocol? = nil) -> Value {
        var value = outcome.value
        value["origin"] = .string(origin.text)
        value["protocol"] = .string((transport ?? AskedProtocol(packet.transport)).rawValue)
        value["source"] = .string("\(packet.source)")
        value["sentTo"] = .string("\(packet.destination)")
        if case .delivered(_, _, let seen) = outcome { value["source"] = .string("\(seen)") }
        value["sentFrom"] = .string("\(packet.source)")
        value["probability"] = .string(probability.description)
        value["masqueraded"] = .bool(isMasqueraded)
        value["hops"] = .array(hops.map(\.value))
        value["lines"] = .array(lines(everyRule: everyRule).map(\.value))
        return value
    }
}

extension JourneyLine {
    fileprivate var value: Value {
        var value: Value = [
            "namespace": .string(namespace.text), "interface": .string(interface), "text": .string(text),
            "kind": .string(kind.rawValue),
        ]
        value["hop"] = hop.map { .int(Int64($0)) }
        return value
    }
}

extension Journey.Hop {
    /// The hop as JSON has it: where it happened, what, and the packet's ends after it.
    public var value: Value {
        var value: Value = [
            "namespace": .string(namespace.text), "source": .string("\(packet.source)"),
            "destination": .string("\(packet.destination)"),
        ]
        value["interface"] = interface.map { .string($0) }
        switch action {
        case .sent: value["action"] = "sent"
        case .received: value["action"] = "received"
        case .matched(let match):
            value["action"] = "rule"
            value["rule"] = match.value
        case .dnat(let from, let to):
            value["action"] = "dnat"
            value["from"] = .string("\(from)")
            value["to"] = .string("\(to)")
        case .masquerade(let from, let to):
            value["action"] = "masquerade"
            value["from"] = .string("\(from)")
            value["to"] = .string("\(to)")
        case .routed(let route):
            value["action"] = "routed"
            value["route"] = .string(route.text)
        case .routedLocally: value["action"] = "local"
        }
        return value
    }
}

extension RuleMatch {
    fileprivate var value: Value {
        var value: Value = ["chain": .string(chain), "rule": .string(rule), "because": because.value]
        value["element"] = element.map { .string($0) }
        value["draw"] = draw.map { .string($0) }
        return value
    }
}

extension Flows {
    fileprivate var value: Value {
        [
            "endpoints": .array(
                endpoints.map { client, endpoint in
                    [
                        "namespace": .string(client.namespace.text), "pool": .int(Int64(client.pool)),
                        "client": .string(client.address.description), "endpoint": .string("\(endpoint)"),
                    ]
                }),
            "recent": .array(
                recent.map { list, clients in
                    [
                        "namespace": .string(list.namespace.text), "list": .string(list.name),
                        "clients": .array(clients.sorted().map { .string($0.description) }),
                    ]
                }),
        ]
    }
}
