// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Where in a namespace rules are being run.
struct RuleContext {
    var name: NamespaceName
    var namespace: NamespacePlan
    var hook: Hook
    var incoming: String?
    var outgoing: Interface?
    var nextHop: Address?

    /// The interface to name in a hop.
    var interface: String? { outgoing?.name ?? incoming }
}

/// How a chain ended.
enum ChainEnd {
    /// At its last rule, or by `return`: the caller goes on.
    case reached
    /// `accept`, or a translation: the base chain is done with the packet, other base chains are not.
    case accepted
    case ended(Journey.Outcome)
}

/// What the kernel calls at a hook, of nftables or of iptables.
private enum HookedChain {
    case nftables(Ruleset, Chain, Base)
    case iptables(IPTables, IPTablesTable)

    var isTranslating: Bool {
        switch self {
        case .nftables(_, _, let base): base.kind == .nat
        case .iptables(_, let table): table == .nat
        }
    }
}

extension Walk {
    /// Runs what is called at the hook, nftables' base chains and iptables' built-in ones, in the order of their
    /// priorities; returns how the journey ends, if it ends here.
    mutating func run(
        _ hook: Hook, in name: NamespaceName, _ namespace: NamespacePlan, in incoming: String? = nil,
        out outgoing: Interface? = nil, towards nextHop: Address? = nil
    ) -> Journey.Outcome? {
        let context = RuleContext(
            name: name, namespace: namespace, hook: hook, incoming: incoming, outgoing: outgoing, nextHop: nextHop)
        for chain in Walk.chains(of: namespace, at: hook, packet.destination.address.family)
        where !chain.isTranslating || !isSettled(hook) {
            if case .ended(let outcome) = run(chain, context) { return outcome }
        }
        settle(hook)
        return nil
    }

    private mutating func run(_ chain: HookedChain, _ context: RuleContext) -> ChainEnd {
        switch chain {
        case .nftables(let ruleset, let chain, _): run(ChainContext(place: context, ruleset: ruleset, chain: chain))
        case .iptables(let iptables, let table):
            run(iptables, IPTablesChainName(table, context.hook.builtInChain), context)
        }
    }

    private static func chains(of namespace: NamespacePlan, at hook: Hook, _ family: Family) -> [HookedChain] {
        var found: [(priority: Int32, chain: HookedChain)] = []
        func add(_ ruleset: Ruleset) {
            for chain in ruleset.chains {
                guard let base = chain.base, base.hook == hook else { continue }
                found.append((base.priority, .nftables(ruleset, chain, base)))
            }
        }
        if let ruleset = namespace.rulesets[family] { add(ruleset) }
        for table in namespace.tables where table.family == family { add(table) }
        if let iptables = namespace.iptables[family] {
            for table in IPTablesTable.allCases {
                guard let priority = table.priority(at: hook) else { continue }
                found.append((priority, .iptables(iptables, table)))
            }
        }
        return found.sorted { $0.priority < $1.priority }.map(\.chain)
    }

    /// Sources are translated at postrouting and input, destinations at prerouting and output.
    private func isSettled(_ hook: Hook) -> Bool {
        switch hook {
        case .prerouting, .output: connection.isDestinationSettled
        case .postrouting, .input: connection.isSourceSettled
        case .forward: true
        }
    }

    private mutating func settle(_ hook: Hook) {
        switch hook {
        case .prerouting, .output: connection.isDestinationSettled = true
        case .postrouting, .input: connection.isSourceSettled = true
        case .forward: break
        }
    }

    /// The reason to give for an end: the element that led to it, if the last match was one; else the rule's own.
    func decisive(_ reason: Because) -> Because { hops.decisive(reason) }
}

extension [Journey.Hop] {
    /// The reason to give for an end that comes after these hops, as `Walk.decisive`.
    func decisive(_ reason: Because) -> Because {
        for hop in reversed() {
            guard case .matched(let match) = hop.action else { break }
            if match.element != nil { return match.because }
            guard match.because == reason else { break }
        }
        return reason
    }
}

extension Hook {
    /// What iptables calls its chain at the hook.
    var builtInChain: String {
        switch self {
        case .prerouting: "PREROUTING"
        case .input: "INPUT"
        case .forward: "FORWARD"
        case .output: "OUTPUT"
        case .postrouting: "POSTROUTING"
        }
    }
}

extension IPTablesTable {
    /// The priority of the table's chain at a hook; nil where it has none.
    fileprivate func priority(at hook: Hook) -> Int32? {
        switch (self, hook) {
        case (.mangle, _): -150
        case (.filter, .input), (.filter, .forward), (.filter, .output): 0
        case (.nat, .prerouting), (.nat, .output): -100
        case (.nat, .postrouting), (.nat, .input): 100
        case (.filter, _), (.nat, .forward): nil
        }
    }
}
