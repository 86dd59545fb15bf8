// SPDX-License-Identifier: Apache-2.0

// What becomes of packets is in rules that all Services share, and these are different things in the two engines.

extension Ruleset {
    /// The table with its rules broken.
    public func spoiled(by sabotage: Sabotage) -> Ruleset {
        var spoiled = self
        for index in chains.indices { spoiled.chains[index].rules = sabotage.spoil(chains[index]) }
        return spoiled
    }
}

extension Sabotage {
    fileprivate func spoil(_ chain: Chain) -> [Rule] {
        switch self {
        case .dropInsteadOfReject: return chain.rules.map { $0.replacing(.reject, with: .verdict(.drop)) }
        case .rejectInsteadOfDrop:
            let silent = [SetName.noLocalEndpointServices, SetName.noLocalEndpointNodePorts]
            return chain.rules.map { rule in
                rule.asks(of: silent) ? rule.replacing(.verdict(.drop), with: .reject) : rule
            }
        case .brokenHairpin: return chain.rules.filter { !$0.asks(of: [SetName.hairpin]) }
        case .forgottenMasquerade: return chain.rules.filter { !$0.statements.contains(.masquerade) }
        case .masqueradeForAll where chain.name == "masquerading":
            return [Rule([.masquerade], because: Ruleset.lab("everybody is masqueraded"))]
        default: return chain.rules
        }
    }

    /// The rules of one Service in iptables.
    func spoil(_ part: inout IPTables.Part) {
        switch self {
        case .dropInsteadOfReject: part.shared = part.shared.mapValues { $0.map { $0.replacing(.reject, with: .drop) } }
        case .rejectInsteadOfDrop:
            for chain in [IPTablesChainName.externalServicesFilter, .servicesFilter] {
                part.shared[chain] = part.shared[chain]?.map { $0.replacing(.drop, with: .reject) }
            }
        case .brokenHairpin:
            for (chain, rules) in part.own where chain.name.hasPrefix("KUBE-SEP-") {
                part.own[chain] = rules.filter { $0.target != .jump(IPTables.markMasquerade) }
            }
        case .skewedShare:
            for (chain, rules) in part.own { part.own[chain] = skewed(rules) }
        default: break
        }
    }

    /// The first draw takes an eighth of what it should.
    private func skewed(_ rules: [IPTablesRule]) -> [IPTablesRule] {
        guard let first = rules.firstIndex(where: { $0.draws != nil }), let draws = rules[first].draws else {
            return rules
        }
        var rules = rules
        rules[first].matches = rules[first].matches.map { $0 == .oneOf(draws) ? .oneOf(8 * draws) : $0 }
        return rules
    }

    /// The chains of iptables that no object changes.
    func spoil(_ chains: inout [IPTablesChainName: [IPTablesRule]]) {
        let last = IPTablesChainName(.nat, "KUBE-POSTROUTING")
        switch self {
        case .forgottenMasquerade: chains[last] = chains[last]?.filter { !$0.masquerades }
        case .masqueradeForAll:
            chains[last] = chains[last]?.filter(\.masquerades).map { rule in
                var rule = rule
                rule.matches.append(.state([.translated]))
                return rule
            }
        default: break
        }
    }
}

extension Rule {
    fileprivate func asks(of sets: [String]) -> Bool {
        statements.contains {
            if case .member(_, of: let set, negated: false) = $0 { sets.contains(set) } else { false }
        }
    }

    fileprivate func replacing(_ old: Statement, with new: Statement) -> Rule {
        Rule(statements.map { $0 == old ? new : $0 }, because: because)
    }
}

extension IPTablesRule {
    fileprivate func replacing(_ old: IPTablesTarget, with new: IPTablesTarget) -> IPTablesRule {
        IPTablesRule(matches, target == old ? new : target, because: because)
    }

    fileprivate var masquerades: Bool { if case .masquerade = target { true } else { false } }

    /// One of how many packets it takes; nil for a rule that takes all.
    fileprivate var draws: UInt32? {
        for case .oneOf(let number) in matches { return number }
        return nil
    }
}
