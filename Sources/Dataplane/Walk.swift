// SPDX-License-Identifier: Apache-2.0
public import Net

extension Plan {
    /// Carries the first packet of a connection through the plan, from the namespace whose program sends it, and
    /// returns every journey that it may take: one for each draw among endpoints.
    ///
    /// It is delivered only if the answer comes back to the client. An unspecified source address (`0.0.0.0`) stands for
    /// the one that the kernel would choose.
    /// - Parameters:
    ///   - flows: what the kernels remember of earlier connections; each journey tells what it adds (`remembered`).
    ///   - limit: at most so many journeys; the probabilities of all of them sum up to 1.
    public func walk(
        _ packet: Packet, from namespace: NamespaceName, flows: Flows = Flows(), limit: Int = 10_000
    ) -> [Journey] {
        var journeys: [Journey] = []
        forEachJourney(packet, from: namespace, flows: flows, limit: limit) { journeys.append($0) }
        return journeys
    }

    /// Hands over the journeys of `walk` one by one, so that none need be kept.
    public func forEachJourney(
        _ packet: Packet, from namespace: NamespaceName, flows: Flows = Flows(), limit: Int = 10_000,
        _ body: (Journey) -> Void
    ) {
        var count = 0
        var dice = Dice()
        repeat {
            var walk = Walk(self, packet, dice, flows)
            let outcome = walk.run(from: namespace)
            dice = walk.dice
            body(
                Journey(
                    from: namespace, walk.sent, hops: walk.hops, outcome: outcome, probability: dice.probability,
                    remembered: walk.remembered))
            count += 1
        } while count < limit && dice.advance()
    }
}

/// One journey under way: a packet, and what each kernel on its way does with it, in the kernel's order.
struct Walk {
    let plan: Plan
    /// The packet as it was sent, with the source address that was chosen for it.
    private(set) var sent: Packet
    var packet: Packet
    /// The packet's priority, where one rule leaves a number for another.
    var priority: UInt32 = 0
    var hops: [Journey.Hop] = []
    var dice: Dice
    /// What the kernels on the way remembered before, and what they do since.
    let flows: Flows
    var remembered = Flows()
    /// What was translated on the way, by which answers are translated back.
    var translations: [Translation] = []
    /// What the connection tracking of the present namespace knows.
    var connection: Connection
    var timeToLive = 64

    /// A connection as one namespace tracks it. The corresponding C type is `struct nf_conn`.
    struct Connection {
        /// The packet's ends as they came to the namespace.
        var original: Translation.Ends
        /// `ct mark`: a number that rules keep with the connection.
        var mark: UInt32 = 0
        /// `ct status dnat`.
        var isTranslated = false
        /// A connection's addresses are translated once in a namespace, at the first hook that may.
        var isDestinationSettled = false
        var isSourceSettled = false

        init(_ packet: Packet) { original = Translation.Ends(packet) }
    }

    /// Where the packet is next, or how it ended.
    enum Progress {
        case arrives(NamespaceName, interface: String)
        case ends(Journey.Outcome)
    }

    init(_ plan: Plan, _ packet: Packet, _ dice: Dice, _ flows: Flows) {
        self.flows = flows
        self.plan = plan
        self.sent = packet
        self.packet = packet
        self.dice = dice
        connection = Connection(packet)
    }

    /// Walks to the end. Each forwarding takes one from the time to live, so that there is one.
    mutating func run(from namespace: NamespaceName) -> Journey.Outcome {
        var progress = send(from: namespace)
        while true {
            switch progress {
            case .arrives(let name, let interface): progress = arrive(in: name, by: interface)
            case .ends(let outcome):
                guard case .delivered(let server, _, _) = outcome else { return outcome }
                return lossOfAnswer(to: namespace, from: server) ?? outcome
            }
        }
    }

    mutating func record(_ action: Journey.Action, in name: NamespaceName, interface: String?) {
        hops.append(Journey.Hop(name, interface: interface, action, packet))
    }

    // MARK: The sender's own kernel

    private mutating func send(from name: NamespaceName) -> Progress {
        guard let namespace = plan.namespaces[name] else { return Walk.noNamespace(name) }
        if packet.source.address.isUnspecified,
            let source = namespace.sourceAddress(to: packet.destination.address)
        {
            packet.source.address = source
            sent = packet
            connection = Connection(packet)
        }
        // Routed first: an address without a route fails before any rule is asked.
        let asked = packet.destination.address
        let first = namespace.route(to: asked)
        if case .unreachable(let route) = first { return noRoute(name, route) }
        if let outcome = run(.output, in: name, namespace, out: first.interface) { return .ends(outcome) }
        let second = packet.destination.address == asked ? first : namespace.route(to: packet.destination.address)
        return leave(name, namespace, second, from: nil)
    }

    // MARK: A kernel on the way

    private mutating func arrive(in name: NamespaceName, by interface: String) -> Progress {
        guard let namespace = plan.namespaces[name] else { return Walk.noNamespace(name) }
        connection = Connection(packet)
        // Neither a mark nor a priority leaves its namespace.
        packet.mark = 0
        priority = 0
        record(.received, in: name, interface: interface)
        if let outcome = run(.prerouting, in: name, namespace, in: interface) { return .ends(outcome) }
        let decision = namespace.route(to: packet.destination.address)
        if case .local = decision { return deliver(name, namespace, by: interface) }
        return forward(name, namespace, decision, from: interface)
    }

    private mutating func forward(
        _ name: NamespaceName, _ namespace: NamespacePlan, _ decision: RoutingDecision, from interface: String
    ) -> Progress {
        guard namespace.forwards(packet.destination.address.family) else {
            return .ends(.dropped(name, Because("kernel", field: "\(name) forwards nothing")))
        }
        if case .unreachable(let route) = decision { return noRoute(name, route) }
        guard timeToLive > 1 else {
            return .ends(.dropped(name, Because("kernel", field: "the packet went in circles until its time ran out")))
        }
        timeToLive -= 1
        // `ip_forward` takes it from the type of service, which is 0.
        priority = 0
        if let outcome = run(.forward, in: name, namespace, in: interface, out: decision.interface) {
            return .ends(outcome)
        }
        return leave(name, namespace, decision, from: interface)
    }

    private mutating func deliver(
        _ name: NamespaceName, _ namespace: NamespacePlan, by interface: String
    ) -> Progress {
        record(.routedLocally, in: name, interface: interface)
        if let outcome = run(.input, in: name, namespace, in: interface) { return .ends(outcome) }
        keepTranslation(in: name)
        return .ends(.delivered(name, packet.destination, source: packet.source))
    }

    // MARK: The way out

    private mutating func leave(
        _ name: NamespaceName, _ namespace: NamespacePlan, _ decision: RoutingDecision, from incoming: String?
    ) -> Progress {
        switch decision {
        case .unreachable(let route): return noRoute(name, route)
        case .local:
            if let outcome = run(.postrouting, in: name, namespace, out: nil) { return .ends(outcome) }
            // Through lo the connection stays the same, so that prerouting has nothing left to translate.
            if let outcome = run(.prerouting, in: name, namespace, in: "lo") { return .ends(outcome) }
            return deliver(name, namespace, by: "lo")
        case .forward(let route, let interface, let nextHop):
            record(.routed(route), in: name, interface: interface.name)
            if let outcome = run(.postrouting, in: name, namespace, out: interface, towards: nextHop) {
                return .ends(outcome)
            }
            keepTranslation(in: name)
            return cross(name, namespace, interface, nextHop)
        }
    }

    /// Over the veth pair: the neighbour's hardware address must be known, or asked for and answered, and be the
    /// peer's.
    private mutating func cross(
        _ name: NamespaceName, _ namespace: NamespacePlan, _ interface: Interface, _ nextHop: Address
    ) -> Progress {
        guard let (_, peer) = plan.pair(of: LinkEnd(name, interface)) else {
            return .ends(.unreachable(name, reason: "\(interface.name) leads nowhere"))
        }
        if let neighbour = namespace.neighbours[nextHop], neighbour.interface == interface.name {
            guard neighbour.mac == peer.interface.mac else {
                let reason = "\(nextHop) is not at \(neighbour.mac), where the neighbour table says"
                return .ends(.dropped(peer.namespace, Because("kernel", field: reason)))
            }
        } else if plan.namespaces[peer.namespace]?.owns(nextHop) != true {
            return .ends(.unreachable(name, reason: "nobody on \(interface.name) answers for \(nextHop)"))
        }
        record(.sent, in: name, interface: interface.name)
        return .arrives(peer.namespace, interface: peer.interface.name)
    }

    private func noRoute(_ name: NamespaceName, _ route: Route?) -> Progress {
        .ends(.unreachable(name, reason: Walk.reason(noRoute: route, to: packet.destination.address)))
    }

    /// Why there is no way to an address: the route that says so, or that there is none.
    static func reason(noRoute route: Route?, to address: Address) -> String {
        guard let route else { return "no route to \(address)" }
        return "the route \(route.text) because of \(route.because)"
    }

    private static func noNamespace(_ name: NamespaceName) -> Progress {
        .ends(.unreachable(name, reason: "there is no such namespace"))
    }
}

extension RoutingDecision {
    /// The interface that the packet leaves by.
    fileprivate var interface: Interface? { if case .forward(_, let interface, _) = self { interface } else { nil } }
}
