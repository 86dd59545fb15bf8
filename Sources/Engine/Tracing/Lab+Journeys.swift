// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Synchronization
internal import Net

/// From what was heard to what is told.
extension Lab {
    /// Reads what was heard of a connection, and holds it against the walker.
    func read(_ flow: SeenFlow, of session: TraceSession) -> TracedJourney? {
        let handles = session.listening.withLock { listening in
            learn(flow, &listening)
            return listening.handles
        }
        var flow = flow
        let taps = session.listening.withLock(\.taps)
        flow.tracked = flow.passages.compactMap { taps[$0.namespace]?.tracked($0.entry) }
        guard let seen = TraceReading.read(flow, in: cluster.plan, handles) else { return nil }
        var traced = seen.traced
        let predicted = cluster.honest.plan.walk(
            traced.journey.packet, from: traced.journey.origin, flows: seen.remembered)
        traced.compare(with: predicted)
        let changed = session.listening.withLock(\.changed)
        if case .differs(let difference) = traced.agreement, changed >= flow.passages.first?.time ?? 0 {
            traced.agreement = .notPredicted("the rules changed while it was under way (\(difference))")
        }
        return traced
    }

    /// Learns the kernels' numbers of the rules that a connection met.
    private func learn(_ flow: SeenFlow, _ listening: inout TraceSession.Listening) {
        for passage in flow.passages {
            guard let tap = listening.taps[passage.namespace], let plan = cluster.plan.namespaces[passage.namespace]
            else { continue }
            forgetOld(passage.namespace, tap, plan, &listening)
            for message in passage.messages where message.handle != nil {
                guard listening.handles.rule(message, in: passage.namespace) == nil else { continue }
                learn(RuleHandles.Place(passage.namespace, message), tap, plan, &listening.handles)
            }
        }
    }

    /// Numbers of a table's rules may mean others once the table was made anew; iptables' tables never are.
    private func forgetOld(
        _ name: NamespaceName, _ tap: TraceTap, _ plan: NamespacePlan, _ listening: inout TraceSession.Listening
    ) {
        let generation = try? tap.rules?.generation()
        guard listening.generations[name] != generation else { return }
        listening.generations[name] = generation
        for (family, ruleset) in plan.rulesets { listening.handles.forget(name, family, table: ruleset.table) }
    }

    private func learn(
        _ place: RuleHandles.Place, _ tap: TraceTap, _ plan: NamespacePlan, _ handles: inout RuleHandles
    ) {
        let expected = plan.rules(of: place)
        guard !expected.isEmpty,
            let found = try? tap.rules?.rules(family: place.family, table: place.table, chain: place.chain),
            found.count >= expected.count
        else { return }
        // Others may have added rules at a built-in chain's end; the plan's stand first, and say the same.
        let known = zip(found, expected).filter { found, rule in found.holds(String(rule.comment.prefix(40))) }
        handles.learn(place, known.map { (handle: $0.0.handle, rule: $0.1) })
    }
}
