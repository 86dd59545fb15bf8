// SPDX-License-Identifier: Apache-2.0
internal import Net

extension Walk {
    /// Runs a rule's statements from left to right, and records the rule if it ran to its end.
    mutating func run(_ rule: Rule, _ context: ChainContext) -> RuleEnd {
        var telling: Element?
        var end = RuleEnd.finished
        let before = packet
        for statement in rule.statements {
            let found = element(of: statement, context)
            if let found, telling == nil || !found.because.isOfLab { telling = found }
            end = run(statement, found, context)
            guard case .finished = end else { break }
        }
        if case .broken = end { return end }
        let match = RuleMatch(
            chain: context.chain.name, rule: rule.text(context.ruleset.family),
            element: telling?.text, because: telling?.because ?? rule.because)
        record(.matched(match), in: context.place.name, interface: context.place.interface)
        recordTranslation(from: before, context.place)
        if case .chain(.ended(.rejected)) = end {
            return .chain(.ended(.rejected(context.place.name, decisive(rule.because))))
        }
        return end
    }

    private mutating func element(of statement: Statement, _ context: ChainContext) -> Element? {
        guard let (selectors, set) = statement.lookup else { return nil }
        let key = selectors.map { read($0) }
        if set.hasPrefix(SetName.affinityPrefix) { return remembered(key, context) }
        return context.ruleset.element(of: set, key: key)
    }

    private mutating func run(_ statement: Statement, _ found: Element?, _ context: ChainContext) -> RuleEnd {
        switch statement {
        case .within(let selector, let prefix, let negated):
            guard case .address(let address) = read(selector) else { return .broken }
            return prefix.contains(address) != negated ? .finished : .broken
        case .member(_, _, let negated): return (found != nil) != negated ? .finished : .broken
        case .equals(let selector, let number): return read(selector) == .number(number) ? .finished : .broken
        case .incoming(let name, let negated):
            return (context.place.incoming == name) != negated ? .finished : .broken
        case .newConnection: return .finished
        case .translated: return connection.isTranslated ? .finished : .broken
        case .setMark(let number):
            packet.mark = number
            return .finished
        case .setConnectionMark(let number):
            connection.mark = number
            return .finished
        case .setMarkFromMap:
            guard let number = found?.number else { return .broken }
            packet.mark = number
            return .finished
        case .setPriority(let selector):
            guard case .number(let number) = read(selector) else { return .broken }
            priority = number
            return .finished
        case .setPriorityFromMap:
            guard let number = found?.number else { return .broken }
            priority = number
            return .finished
        case .verdictMap:
            guard case .verdict(let verdict) = found?.value else { return .broken }
            return .verdict(verdict)
        case .dnatFromMap: return translateDestination(to: found)
        case .update(_, let key, let value):
            remember(key.map { read($0) }, read(value), context)
            return .finished
        // The element that follows takes its place; who is traced, or waits, goes the same way.
        case .delete, .trace, .queue: return .finished
        case .masquerade: return masquerade(context.place)
        case .reject: return .chain(.ended(.rejected(context.place.name, Because("lab"))))
        case .verdict(let verdict): return .verdict(verdict)
        }
    }

    private mutating func read(_ selector: Selector) -> Datum {
        switch selector {
        case .sourceAddress: .address(packet.source.address)
        case .destinationAddress: .address(packet.destination.address)
        case .transport: .transport(packet.transport)
        case .sourcePort: .port(packet.source.port)
        case .destinationPort: .port(packet.destination.port)
        case .mark: .number(packet.mark)
        case .priority: .number(priority)
        case .random(let modulus): .number(dice.draw(modulus))
        case .originalDestinationAddress: .address(connection.original.destination.address)
        case .connectionMark: .number(connection.mark)
        }
    }

    private mutating func translateDestination(to element: Element?) -> RuleEnd {
        guard let target = element?.socket else { return .broken }
        // The kernel calls a connection translated only if that changed something.
        connection.isTranslated = target != packet.destination
        connection.isDestinationSettled = true
        packet.destination = target
        return .chain(.accepted)
    }

    private mutating func masquerade(_ context: RuleContext) -> RuleEnd {
        let family = packet.source.address.family
        guard
            let address = context.namespace.address(on: context.outgoing, towards: context.nextHop, family: family)
        else {
            let reason = Because("kernel", field: "\(context.name) has no address to masquerade with")
            return .chain(.ended(.dropped(context.name, reason)))
        }
        packet.source.address = address
        connection.isSourceSettled = true
        return .chain(.accepted)
    }

    private mutating func recordTranslation(from before: Packet, _ context: RuleContext) {
        if packet.destination != before.destination {
            let action = Journey.Action.dnat(from: before.destination, to: packet.destination)
            record(action, in: context.name, interface: context.interface)
        }
        if packet.source != before.source {
            let action = Journey.Action.masquerade(from: before.source, to: packet.source)
            record(action, in: context.name, interface: context.interface)
        }
    }
}

// MARK: What the kernel remembers

extension Walk {
    /// The element of a dynamic map from pool and client to the client's endpoint's number.
    private func remembered(_ key: [Datum], _ context: ChainContext) -> Element? {
        guard case .number(let pool) = key.first, case .address(let address) = key.last else { return nil }
        let client = Flows.Client(namespace: context.place.name, pool: pool, address: address)
        guard let endpoint = remembered.endpoints[client] ?? flows.endpoints[client] else { return nil }
        // Those whose number another one has follow it closely.
        let first = EndpointPool.number(of: endpoint)
        for number in [first, first &+ 1, first &+ 2] {
            let found = context.ruleset.element(of: SetName.endpoints, key: [.number(pool), .number(number)])
            guard let found, found.socket == endpoint else { continue }
            return Element(key, .data([.number(number)]), because: found.because)
        }
        return nil
    }

    private mutating func remember(_ key: [Datum], _ value: Datum, _ context: ChainContext) {
        guard case .number(let pool) = key.first, case .address(let address) = key.last,
            let endpoint = context.ruleset.element(of: SetName.endpoints, key: [.number(pool), value])?.socket
        else { return }
        let client = Flows.Client(namespace: context.place.name, pool: pool, address: address)
        remembered.endpoints[client] = endpoint
    }
}

extension Element {
    /// The endpoint that a map gives.
    var socket: SocketAddress? {
        guard case .data(let data) = value, data.count == 2, case .address(let address) = data[0],
            case .port(let port) = data[1]
        else { return nil }
        return SocketAddress(address, port)
    }

    /// The number that a map from anything to a number gives.
    var number: UInt32? {
        guard case .data(let data) = value, case .number(let number) = data.first else { return nil }
        return number
    }
}
