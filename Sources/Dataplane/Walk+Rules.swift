// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Where in a namespace rules are being run, and on what.
struct RuleContext {
    var name: NamespaceName
    var namespace: NamespacePlan
    var ruleset: Ruleset
    var incoming: String?
    var outgoing: Interface?
    var nextHop: Address?
    var chain: Chain
    /// How deep the calls are; the kernel refuses more than 16 when the rules are loaded.
    var depth = 0

    static let deepest = 16

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

/// How a rule ended.
enum RuleEnd {
    /// A condition did not hold, or a map had no such key.
    case broken
    /// All statements ran: the next rule follows.
    case finished
    case verdict(Verdict)
    case chain(ChainEnd)
}

extension Walk {
    /// Runs the hook's base chains in the order of their priorities; returns how the journey ends, if it ends here.
    mutating func run(
        _ hook: Hook, in name: NamespaceName, _ namespace: NamespacePlan, in incoming: String? = nil,
        out outgoing: Interface? = nil, towards nextHop: Address? = nil
    ) -> Journey.Outcome? {
        guard let ruleset = namespace.rulesets[packet.destination.address.family] else { return nil }
        let chains = ruleset.chains.filter { $0.base?.hook == hook }
            .sorted { ($0.base?.priority ?? 0) < ($1.base?.priority ?? 0) }
        for chain in chains where chain.base?.kind != .nat || !isSettled(hook) {
            let context = RuleContext(
                name: name, namespace: namespace, ruleset: ruleset, incoming: incoming, outgoing: outgoing,
                nextHop: nextHop, chain: chain)
            if case .ended(let outcome) = run(context) { return outcome }
        }
        settle(hook)
        return nil
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

    private mutating func run(_ context: RuleContext) -> ChainEnd {
        for rule in context.chain.rules {
            switch run(rule, context) {
            case .broken, .finished: continue
            case .chain(let end): return end
            case .verdict(let verdict):
                if let end = follow(verdict, of: rule, context) { return end }
            }
        }
        return .reached
    }

    /// What a verdict leads to; nil to go on with the next rule.
    private mutating func follow(_ verdict: Verdict, of rule: Rule, _ context: RuleContext) -> ChainEnd? {
        switch verdict {
        case .accept: return .accepted
        case .drop: return .ended(.dropped(context.name, decisive(rule)))
        case .return: return .reached
        case .goto(let target): return call(target, context)
        case .jump(let target):
            let end = call(target, context)
            if case .reached = end { return nil }
            return end
        }
    }

    private mutating func call(_ target: String, _ context: RuleContext) -> ChainEnd {
        guard context.depth < RuleContext.deepest,
            let chain = context.ruleset.chains.first(where: { $0.name == target })
        else { return .reached }
        var inner = context
        inner.chain = chain
        inner.depth += 1
        return run(inner)
    }

    /// The reason to give for an end: the element that led to it, if the last match was one; else the rule.
    func decisive(_ rule: Rule) -> Because {
        for hop in hops.reversed() {
            guard case .matched(let match) = hop.action else { break }
            if match.element != nil { return match.because }
            guard match.because == rule.because else { break }
        }
        return rule.because
    }
}
