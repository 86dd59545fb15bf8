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

    private var rules: [Place: [UInt64: Int]] = [:]

    /// None is known.
    public init() {}

    /// Notes the numbers of a chain's rules, in order. Numbers that the chain had before stay known, for what they meant
    /// may still be heard of.
    public mutating func learn(_ place: Place, _ handles: [UInt64]) {
        for (index, handle) in handles.enumerated() { rules[place, default: [:]][handle] = index }
    }

    /// Forgets a chain that was made anew.
    public mutating func forget(_ place: Place) { rules[place] = nil }

    /// Where in its chain the rule stands.
    public func index(of handle: UInt64, in place: Place) -> Int? { rules[place]?[handle] }
}

/// A rule of the plan that the kernel told of.
enum KnownRule {
    case nftables(Rule, Ruleset)
    case iptables(IPTablesRule, IPTablesChainName, Family)
}

extension NamespacePlan {
    /// The rule that a message tells of, if the plan has it.
    func rule(_ message: TraceMessage, _ handles: RuleHandles, in name: NamespaceName) -> KnownRule? {
        let place = RuleHandles.Place(name, message.family, table: message.table, chain: message.chain)
        guard let handle = message.handle, let index = handles.index(of: handle, in: place) else { return nil }
        if let ruleset = ruleset(message) {
            guard let rules = ruleset.chains.first(where: { $0.name == message.chain })?.rules, index < rules.count
            else { return nil }
            return .nftables(rules[index], ruleset)
        }
        guard let table = IPTablesTable(rawValue: message.table), let iptables = iptables[message.family] else {
            return nil
        }
        let chain = IPTablesChainName(table, message.chain)
        let rules = iptables.rules(of: chain)
        return index < rules.count ? .iptables(rules[index], chain, message.family) : nil
    }

    /// The hook that the message's chain is called at; nil for one that others jump to, or that the plan does not have.
    func hook(of message: TraceMessage) -> Hook? {
        if let ruleset = ruleset(message) {
            return ruleset.chains.first { $0.name == message.chain }?.base?.hook
        }
        return Hook.all.first { $0.builtInChain == message.chain }
    }

    private func ruleset(_ message: TraceMessage) -> Ruleset? {
        if let ruleset = rulesets[message.family], ruleset.table == message.table { return ruleset }
        return tables.first { $0.table == message.table && $0.family == message.family }
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
