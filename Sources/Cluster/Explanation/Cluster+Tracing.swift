// SPDX-License-Identifier: Apache-2.0
public import Dataplane
internal import Net

/// What is to be listened to so that connections from a place are seen on all their way.
public struct TraceScope: Sendable {
    /// Where the connections begin.
    public var origin: NamespaceName
    /// What they look like.
    public var flows: TracedFlows
    /// Where they may come by.
    public var namespaces: Set<NamespaceName>
    /// True if some never leave the place where they begin.
    public var isWithin = false

    /// Looks for the connections wherever rules may send them: to Pods that they should not go to, too.
    public mutating func followAnywhere(in plan: borrowing Plan) {
        flows.goAnywhere = true
        namespaces.formUnion(plan.namespaces.keys.filter { $0.text.contains("/") })
    }

    /// What either is.
    public func union(_ other: TraceScope) -> TraceScope {
        var union = self
        union.flows = flows.union(other.flows)
        union.namespaces.formUnion(other.namespaces)
        union.isWithin = isWithin || other.isWithin
        return union
    }
}

extension Cluster {
    /// Where a connection that the question names may come by; without a goal, every connection that begins in the place.
    /// - Throws: if a place in the question is none, or if nothing can be sent there.
    public func traceScope(from: String, to: Question?) throws(QuestionError) -> TraceScope {
        let origin = try origin(from)
        var scope = TraceScope(origin: origin.namespace, flows: TracedFlows(), namespaces: [origin.namespace])
        for (name, namespace) in plan.namespaces where name != .host {
            if namespace.forwards(.v4) || namespace.forwards(.v6) { scope.namespaces.insert(name) }
        }
        guard let question = to else {
            scope.flows = TracedFlows(allFrom: origin.namespace, in: plan)
            scope.namespaces.formUnion(plan.namespaces.keys.filter { $0 != .host })
            return scope
        }
        let goal = try goal(GoalRequest(question, from: origin))
        guard !goal.sockets.isEmpty else {
            throw QuestionError("\(question.to) leads to no address, so that nothing can be sent there; ask lab why")
        }
        guard goal.transport != .icmp else {
            throw QuestionError("a ping has no ports, and is not traced: ask for tcp, udp or sctp")
        }
        for socket in goal.sockets.prefix(100) {
            walk(to: socket, goal, from: origin, Flows(), 10_000) { scope.add($0) }
        }
        return scope
    }
}

extension TraceScope {
    fileprivate mutating func add(_ journey: Journey) {
        flows.add(journey)
        for hop in journey.hops { namespaces.insert(hop.namespace) }
        if !journey.hops.contains(where: { $0.action == .sent }) { isWithin = true }
    }
}
