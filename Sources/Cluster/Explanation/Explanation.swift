// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Kubernetes
public import Net

/// What becomes of a connection, and why: in plain words, with the facts behind each, and hop by hop.
///
///     let explanation = try cluster.explain(Question(from: "pod/web-1", to: "http://hello:8080"))
///     explanation.headline      // delivered: to one of 3 Pods of Service default/hello (…)
public struct Explanation: Sendable {
    /// How it ends on the whole. Raw values are the words that are printed.
    public enum Answer: String, Sendable, Hashable {
        /// Every connection arrives.
        case delivered
        /// Some arrive.
        case partly
        /// The client is told at once.
        case refused
        /// The client waits in vain.
        case dropped
        /// The client is told that there is no way.
        case unreachable
        /// There is no address to send to.
        case unanswered
    }

    /// An address that was asked for, and what it is.
    public struct Target: Sendable, Hashable {
        /// The address and port.
        public var socket: SocketAddress
        /// What they are within the lab.
        public var destination: Destination
    }

    /// One end that connections may come to.
    public struct Way: Sendable, Hashable {
        /// How it ends.
        public var outcome: Journey.Outcome
        /// How many of all connections.
        public var share: Share
        /// The Pod that gets them; nil for a place that is no Pod.
        public var pod: ObjectKey?
        /// The Pod's node, or the place itself.
        public var node: String?
        /// True if the client's address was translated.
        public var isMasqueraded: Bool
    }

    /// Journeys that end for the same reason.
    public struct Outcome: Sendable {
        /// How they end.
        public var answer: Answer
        /// How many of all connections.
        public var share: Share
        /// How many journeys.
        public var count: Int
        /// One of them: the first of the most likely ones.
        public var example: Journey
    }

    /// What was asked.
    public var question: Question
    /// Where the connection begins.
    public var origin: NamespaceName
    /// What is spoken.
    public var transport: AskedProtocol
    /// What cluster DNS answers, if a name was asked for.
    public var steps: [NameStep]
    /// The addresses that are asked for.
    public var targets: [Target]
    /// How it ends on the whole.
    public var answer: Answer
    /// What is to be said, the result or the cause of the failure first.
    public var remarks: [Remark]
    /// The distinct outcomes, the likeliest first.
    public var outcomes: [Outcome]
    /// The distinct ends, sorted.
    public var ways: [Way]
    /// The journeys, a thousand at most; empty unless they were asked for.
    public var journeys: [Journey]

    /// The result in a sentence: `dropped: externalTrafficPolicy Local at hello.yaml:14, and node-2 has no …`.
    public var headline: String {
        guard let first = remarks.first else { return answer.rawValue }
        if answer == .partly {
            let share = outcomes.filter { $0.answer == .delivered }.reduce(into: Share.none) { $0 += $1.share }
            return "\(share) of all connections are delivered; the others: \(first.text)"
        }
        return "\(answer.rawValue): \(first.text)"
    }
}

extension Cluster {
    /// Tells what becomes of a connection, by carrying its first packet through the plan.
    /// - Parameters:
    ///   - flows: what kernels remember of earlier connections.
    ///   - keepsJourneys: whether `journeys` is wanted.
    ///   - limit: at most so many journeys are walked.
    /// - Throws: if a place in the question is none.
    public func explain(
        _ question: Question, flows: Flows = Flows(), keepsJourneys: Bool = false, limit: Int = 10_000
    ) throws(QuestionError) -> Explanation {
        let origin = try origin(question.from)
        var goal = try goal(GoalRequest(question, from: origin))
        if goal.sockets.contains(where: { hasRoute($0, from: origin) }) {
            // Of a name's addresses, clients take one of a family that they have a way to.
            goal.sockets = goal.sockets.filter { hasRoute($0, from: origin) }
        }
        var gathering = Gathering(question, origin, goal, self)
        for socket in goal.sockets.prefix(limit) {
            walk(to: socket, goal, from: origin, flows, limit) { gathering.add($0, keeps: keepsJourneys) }
        }
        return gathering.explanation
    }

    /// Carries a connection's first packet through the plan and explains nothing: the quick answer. Of a name's
    /// addresses, the first is taken.
    /// - Throws: if a place in the question is none.
    public func journeys(
        _ question: Question, flows: Flows = Flows(), limit: Int = 10_000
    ) throws(QuestionError) -> [Journey] {
        let origin = try origin(question.from)
        let goal = try goal(GoalRequest(question, from: origin))
        guard let socket = goal.sockets.first else { return [] }
        var journeys: [Journey] = []
        walk(to: socket, goal, from: origin, flows, limit) { journeys.append($0) }
        return journeys
    }

    func walk(
        to socket: SocketAddress, _ goal: Goal, from origin: Origin, _ flows: Flows, _ limit: Int,
        _ body: (Journey) -> Void
    ) {
        let source = SocketAddress(Address(0, socket.address.family), goal.transport == .icmp ? 0 : 40_000)
        let packet = Packet(goal.transport.transport, from: source, to: socket)
        let most = max(1, limit / max(1, goal.sockets.count))
        plan.forEachJourney(packet, from: origin.namespace, flows: flows, limit: most, body)
    }

    private func hasRoute(_ socket: SocketAddress, from origin: Origin) -> Bool {
        plan.namespaces[origin.namespace]?.sourceAddress(to: socket.address) != nil
    }
}
