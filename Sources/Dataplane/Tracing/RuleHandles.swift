// SPDX-License-Identifier: Apache-2.0
public import Net

/// Which rule of the plan the kernel means by a number: rules stand in their chains in the plan's order.
public struct RuleHandles: Sendable, Hashable {
    /// A chain in a kernel.
    public struct Place: Sendable, Hashable {
        /// Whose kernel.
        public var namespace: NamespaceName
        /// The family of the table.
        public var family: Family
        /// The table: `lab`, or one of iptables'.
        public var table: String
        /// The chain.
        public var chain: String

        /// Puts one together from its parts.
        public init(_ namespace: NamespaceName, _ family: Family, table: String, chain: String) {
            self.namespace = namespace
            self.family = family
            self.table = table
            self.chain = chain
        }
    }

    private var rules: [Place: [UInt64: PlanRule]] = [:]

    /// None is known.
    public init() {}

    /// Notes the numbers of rules of a chain. Numbers that the chain had before stay known, for what they meant may still
    /// be heard of.
    public mutating func learn(_ place: Place, _ known: some Sequence<(handle: UInt64, rule: PlanRule)>) {
        for (handle, rule) in known { rules[place, default: [:]][handle] = rule }
    }

    /// Forgets the rules of a namespace's table, which was made anew.
    public mutating func forget(_ namespace: NamespaceName, _ family: Family, table: String) {
        rules = rules.filter { place, _ in
            place.namespace != namespace || place.family != family || place.table != table
        }
    }

    /// The rule that a message tells of.
    public func rule(_ message: TraceMessage, in namespace: NamespaceName) -> PlanRule? {
        guard let handle = message.handle else { return nil }
        return rules[Place(namespace, message)]?[handle]
    }
}

extension RuleHandles.Place {
    /// The chain of a message.
    public init(_ namespace: NamespaceName, _ message: TraceMessage) {
        self.init(namespace, message.family, table: message.table, chain: message.chain)
    }
}

/// A rule of the plan, of whichever engine.
public enum PlanRule: Sendable, Hashable {
    case nftables(Rule)
    case iptables(IPTablesRule)

    /// The rule in a chain, as a journey tells of it.
    public func text(in chain: String, _ family: Family) -> String {
        switch self {
        case .nftables(let rule): rule.text(family)
        case .iptables(let rule): rule.match(in: IPTablesChainName(.nat, chain), family).rule
        }
    }

    /// Words that the kernel keeps with it, by which it can be told from others; may be cut by the kernel.
    public var comment: String {
        switch self {
        case .nftables(let rule): return rule.because.description
        case .iptables(let rule):
            for case .comment(let text) in rule.matches { return text }
            return ""
        }
    }
}

extension NamespacePlan {
    /// The rules that a chain should have, in order; none for one that the plan does not have.
    public func rules(of place: RuleHandles.Place) -> [PlanRule] {
        if let ruleset = ruleset(place.table, place.family) {
            return ruleset.chains.first { $0.name == place.chain }?.rules.map { .nftables($0) } ?? []
        }
        guard let table = IPTablesTable(rawValue: place.table), let iptables = iptables[place.family] else { return [] }
        return iptables.rules(of: IPTablesChainName(table, place.chain)).map { .iptables($0) }
    }

    /// The hook that the message's chain is called at; nil for one that others jump to, or that the plan does not have.
    func hook(of message: TraceMessage) -> Hook? {
        if let ruleset = ruleset(message.table, message.family) {
            return ruleset.chains.first { $0.name == message.chain }?.base?.hook
        }
        return Hook.all.first { $0.builtInChain == message.chain }
    }

    /// The nftables table of a name.
    func ruleset(_ table: String, _ family: Family) -> Ruleset? {
        if let ruleset = rulesets[family], ruleset.table == table { return ruleset }
        return tables.first { $0.table == table && $0.family == family }
    }
}

extension Hook {
    fileprivate static let all: [Hook] = [.prerouting, .input, .forward, .output, .postrouting]
}

extension IPTables {
    /// Our rules in a chain, in the order in which the kernel has them; none for a chain that is not ours.
    public func rules(of chain: IPTablesChainName) -> [IPTablesRule] {
        if chain.isBuiltIn { return builtInRules(chain) }
        if let rules = fixedChains[chain] ?? IPTables.hostPortChains[chain] { return rules }
        if IPTablesChainName.shared.contains(chain) || chain == .hostPorts { return rules(ofShared: chain) }
        return parts.values.lazy.compactMap { $0.own[chain] }.first ?? []
    }
}
