// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Which chain of a table is being run, and where.
struct ChainContext {
    var place: RuleContext
    var ruleset: Ruleset
    var chain: Chain
    /// How deep the calls are; the kernel refuses more than 16 when the rules are loaded.
    var depth = 0

    static let deepest = 16
}

/// How a rule of nftables' ended.
enum RuleEnd {
    /// A condition did not hold, or a map had no such key.
    case broken
    /// All statements ran: the next rule follows.
    case finished
    case verdict(Verdict)
    case chain(ChainEnd)
}

extension Walk {
    /// Runs a chain's rules, in order.
    mutating func run(_ context: ChainContext) -> ChainEnd {
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
    private mutating func follow(_ verdict: Verdict, of rule: Rule, _ context: ChainContext) -> ChainEnd? {
        switch verdict {
        case .accept: return .accepted
        case .drop: return .ended(.dropped(context.place.name, decisive(rule.because)))
        case .return: return .reached
        case .goto(let target): return call(target, context)
        case .jump(let target):
            let end = call(target, context)
            if case .reached = end { return nil }
            return end
        }
    }

    private mutating func call(_ target: String, _ context: ChainContext) -> ChainEnd {
        guard context.depth < ChainContext.deepest,
            let chain = context.ruleset.chains.first(where: { $0.name == target })
        else { return .reached }
        var inner = context
        inner.chain = chain
        inner.depth += 1
        return run(inner)
    }
}
