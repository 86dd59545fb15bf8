// SPDX-License-Identifier: Apache-2.0
internal import Net

extension Walk {
    /// Runs a chain of iptables' on the packet, the first one of its connection.
    ///
    /// `statistic` is taken for what kube-proxy means by it, one in N; the kernel's own share, a number of 31 bits, is
    /// less than 10⁻⁹ away from that.
    mutating func run(_ iptables: IPTables, _ chain: IPTablesChainName, _ context: RuleContext) -> ChainEnd {
        run(iptables, chain, context, depth: 0)
    }

    /// How deep jumps may go: deeper ones than the kernel takes are none of kube-proxy's.
    private static let deepestJump = 16

    private mutating func run(
        _ iptables: IPTables, _ chain: IPTablesChainName, _ context: RuleContext, depth: Int
    ) -> ChainEnd {
        guard depth <= Walk.deepestJump else { return .reached }
        let rules = iptables.rules(of: chain, for: packet)
        var next = 0
        while next < rules.count {
            let drawn = draw(rules, from: next)
            let rule = rules[drawn ?? next]
            next = (drawn ?? next) + 1
            guard meets(rule, context, isDrawn: drawn != nil) else { continue }
            record(.matched(rule.match(in: chain, iptables.family)), in: context.name, interface: context.interface)
            switch rule.target {
            case nil: continue
            case .jump(let target):
                let end = run(iptables, IPTablesChainName(chain.table, target), context, depth: depth + 1)
                guard case .reached = end else { return end }
            case .accept: return .accepted
            case .drop: return .ended(.dropped(context.name, rule.because))
            case .reject: return .ended(.rejected(context.name, rule.because))
            case .return: return .reached
            case .mark(let value, let mask): packet.mark = packet.mark & ~mask ^ value
            case .masquerade: return masqueradeSource(context)
            case .translate(let target): return translate(to: target, context)
            }
        }
        return .reached
    }

    // MARK: Matches

    /// Where rules begin that share connections out (one in N, one in N - 1 of the rest, …, all that is left): the place of
    /// the one that is drawn. One draw among N stands for them all, so that thousands of endpoints are soon walked.
    private mutating func draw(_ rules: [IPTablesRule], from first: Int) -> Int? {
        guard let cases = rules[first].share, cases > 1, first + Int(cases) <= rules.count,
            rules[first + Int(cases) - 1].share == nil, cases == 2 || rules[first + 1].share == cases - 1
        else { return nil }
        return first + Int(dice.draw(cases))
    }

    /// True if all that the rule asks for is so; asks from left to right, and no further than the first that is not.
    private mutating func meets(_ rule: IPTablesRule, _ context: RuleContext, isDrawn: Bool) -> Bool {
        for match in rule.matches {
            if isDrawn, case .oneOf = match { continue }
            guard meets(match, context) else { return false }
        }
        return true
    }

    private mutating func meets(_ match: IPTablesMatch, _ context: RuleContext) -> Bool {
        switch match {
        case .local(.source): return context.namespace.owns(packet.source.address)
        case .local(.destination): return context.namespace.owns(packet.destination.address)
        case .state(let states, let negated):
            let present: Set<IPTablesMatch.ConnectionState> = connection.isTranslated ? [.new, .translated] : [.new]
            return states.isDisjoint(with: present) == negated
        case .mark(let value, let mask, let negated): return (packet.mark & mask == value) != negated
        case .oneOf(let cases): return dice.happens(Probability(1, of: UInt64(cases)))
        case .seen(_, let name):
            let list = Flows.RecentList(namespace: context.name, name: name)
            return flows.recent[list]?.contains(packet.source.address) == true
        case .remember(let name):
            let list = Flows.RecentList(namespace: context.name, name: name)
            remembered.recent[list, default: []].insert(packet.source.address)
            return true
        default: return match.admits(packet)
        }
    }

    // MARK: Translations

    private mutating func translate(to target: SocketAddress, _ context: RuleContext) -> ChainEnd {
        let before = packet.destination
        // The kernel calls a connection translated only if that changed something.
        connection.isTranslated = target != before
        connection.isDestinationSettled = true
        packet.destination = target
        if target != before { record(.dnat(from: before, to: target), in: context.name, interface: context.interface) }
        return .accepted
    }

    private mutating func masqueradeSource(_ context: RuleContext) -> ChainEnd {
        let before = packet.source
        guard
            let address = context.namespace.address(
                on: context.outgoing, towards: context.nextHop, family: before.address.family)
        else {
            return .ended(
                .dropped(context.name, Because("kernel", field: "\(context.name) has no address to masquerade with")))
        }
        packet.source.address = address
        connection.isSourceSettled = true
        if packet.source != before {
            record(.masquerade(from: before, to: packet.source), in: context.name, interface: context.interface)
        }
        return .accepted
    }
}

extension IPTablesMatch {
    /// What the packet alone tells: false only if the match cannot be met.
    fileprivate func admits(_ packet: Packet) -> Bool {
        switch self {
        case .source(let prefix, let negated): prefix.contains(packet.source.address) != negated
        case .destination(let prefix, let negated): prefix.contains(packet.destination.address) != negated
        case .transport(let transport), .anyPort(let transport): packet.transport == transport
        case .port(let transport, let port): packet.transport == transport && packet.destination.port == port
        case .ports(let ports): ports.contains(packet.destination.port)
        case .comment, .count, .local, .state, .mark, .oneOf, .seen, .remember: true
        }
    }
}

extension IPTables {
    /// The rules of a chain that a packet may meet; of a chain that all Services share, only those of Services that have
    /// one for it: there may be thousands of others.
    fileprivate func rules(of chain: IPTablesChainName, for packet: Packet) -> [IPTablesRule] {
        if chain.isBuiltIn { return builtInRules(chain) }
        if let rules = fixedChains[chain] ?? IPTables.hostPortChains[chain] { return rules }
        guard IPTablesChainName.shared.contains(chain) || chain == .hostPorts else {
            return parts.values.lazy.compactMap { $0.own[chain] }.first ?? []
        }
        var pieces: [(name: String, rules: [IPTablesRule])] = []
        for (name, part) in parts {
            guard let rules = part.shared[chain],
                rules.contains(where: { $0.matches.allSatisfy { $0.admits(packet) } })
            else { continue }
            pieces.append((name, rules))
        }
        pieces.sort { $0.name < $1.name }
        return pieces.flatMap(\.rules) + IPTables.lastRules(of: chain, family)
    }
}

extension IPTablesRule {
    /// Of how many packets the rule takes one; nil for a rule that leaves nothing to chance.
    fileprivate var share: UInt32? {
        for case .oneOf(let cases) in matches { return cases }
        return nil
    }

    /// The rule as a journey tells of it.
    func match(in chain: IPTablesChainName, _ family: Family) -> RuleMatch {
        RuleMatch(chain: chain.name, rule: "-A \(chain.name)" + text(family), because: because)
    }
}
