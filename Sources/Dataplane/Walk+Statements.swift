// SPDX-License-Identifier: Apache-2.0
internal import Net

extension Walk {
    /// Runs a rule's statements from left to right, and records the rule if it ran to its end.
    mutating func run(_ rule: Rule, _ context: RuleContext) -> RuleEnd {
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
        record(.matched(match), in: context.name, interface: context.interface)
        recordTranslation(from: before, context)
        if case .chain(.ended(.rejected)) = end {
            return .chain(.ended(.rejected(context.name, decisive(rule))))
        }
        return end
    }

    private mutating func element(of statement: Statement, _ context: RuleContext) -> Element? {
        guard let (selectors, set) = statement.lookup else { return nil }
        let key = selectors.map { read($0) }
        return context.ruleset.element(of: set, key: key)
    }

    private mutating func run(_ statement: Statement, _ found: Element?, _ context: RuleContext) -> RuleEnd {
        switch statement {
        case .within(let selector, let prefix, let negated):
            guard case .address(let address) = read(selector) else { return .broken }
            return prefix.contains(address) != negated ? .finished : .broken
        case .member(_, _, let negated): return (found != nil) != negated ? .finished : .broken
        case .newConnection: return .finished
        case .translated: return connection.isTranslated ? .finished : .broken
        case .setMark(let number):
            packet.mark = number
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
        case .masquerade: return masquerade(context)
        case .reject: return .chain(.ended(.rejected(context.name, Because("lab"))))
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
        case .originalDestinationAddress: .address(connection.originalDestination)
        }
    }

    private mutating func translateDestination(to element: Element?) -> RuleEnd {
        guard case .data(let data) = element?.value, data.count == 2, case .address(let address) = data[0],
            case .port(let port) = data[1]
        else { return .broken }
        let target = SocketAddress(address, port)
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

extension Element {
    /// The number that a map from anything to a number gives.
    fileprivate var number: UInt32? {
        guard case .data(let data) = value, case .number(let number) = data.first else { return nil }
        return number
    }
}
