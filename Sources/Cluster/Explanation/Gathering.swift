// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// Journeys on their way into an explanation: those that end alike are counted together, one of them is kept.
struct Gathering {
    let question: Question
    let origin: Origin
    let goal: Goal
    let cluster: Cluster
    /// What each address is that was asked for.
    let targets: [Explanation.Target]
    private(set) var outcomes: [OutcomeKey: Explanation.Outcome] = [:]
    private(set) var ways: [Journey.Outcome: Explanation.Way] = [:]
    private var journeys: [Journey] = []
    /// More journeys than anybody reads.
    private static let journeyLimit = 1000
    /// The places that put their own address in the client's stead, on delivered journeys.
    private(set) var masquerading: Set<NamespaceName> = []
    private(set) var sources: Set<Address> = []

    /// What journeys of one outcome share.
    struct OutcomeKey: Hashable {
        var answer: Explanation.Answer
        var place: NamespaceName?
        var reason: Because?
        var isMasqueraded = false
    }

    init(_ question: Question, _ origin: Origin, _ goal: Goal, _ cluster: Cluster) {
        self.question = question
        self.origin = origin
        self.goal = goal
        self.cluster = cluster
        targets = goal.sockets.map {
            Explanation.Target(socket: $0, destination: cluster.destination($0, goal.transport.transport))
        }
    }

    /// Takes one journey in.
    mutating func add(_ journey: Journey, keeps: Bool) {
        let journey = journey.cut(at: silentNode(on: journey))
        let share = Share(journey.probability, among: max(1, goal.sockets.count))
        let key = OutcomeKey(journey, answer: answer(journey))
        if keeps, journeys.count < Gathering.journeyLimit { journeys.append(journey) }
        if outcomes[key] == nil {
            outcomes[key] = Explanation.Outcome(answer: key.answer, share: share, count: 1, example: journey)
        } else {
            outcomes[key]?.share += share
            outcomes[key]?.count += 1
        }
        if ways[journey.outcome] == nil {
            ways[journey.outcome] = way(journey, share)
        } else {
            ways[journey.outcome]?.share += share
        }
        note(journey)
    }

    private mutating func note(_ journey: Journey) {
        guard case .delivered(_, _, let source) = journey.outcome else { return }
        sources.insert(source.address)
        for hop in journey.hops {
            if case .masquerade(let from, let to) = hop.action, from.address != to.address {
                masquerading.insert(hop.namespace)
            }
        }
    }

    /// A node that does not answer, if the journey needs its link.
    private func silentNode(on journey: Journey) -> NamespaceName? {
        guard !cluster.nodes.silent.isEmpty else { return nil }
        for (hop, next) in zip(journey.hops, journey.hops.dropFirst()) where hop.namespace != next.namespace {
            let pair = [hop.namespace, next.namespace]
            guard pair.contains(.edge) else { continue }
            if let node = pair.first(where: { cluster.nodes.silent.contains($0.text) }) { return node }
        }
        return nil
    }

    private func answer(_ journey: Journey) -> Explanation.Answer {
        switch journey.outcome {
        case .delivered: nothingListens(journey) ? .refused : .delivered
        case .rejected: .refused
        case .dropped: .dropped
        case .unreachable: journey.isUnanswered ? .dropped : .unreachable
        }
    }

    private func way(_ journey: Journey, _ share: Share) -> Explanation.Way {
        var pod: ObjectKey?
        var node: String? = journey.destination.text
        if case .delivered(let name, let socket, _) = journey.outcome {
            pod = cluster.pod(in: name, socket, journey.packet.transport)
            node = pod.flatMap { cluster.nodes.placements[$0]?.node } ?? node
        }
        return Explanation.Way(
            outcome: journey.outcome, share: share, pod: pod, node: node, isMasqueraded: journey.isMasqueraded)
    }

    /// True for what a node or the edge gets itself, at a port where no program of the lab listens.
    func nothingListens(_ journey: Journey) -> Bool {
        guard case .delivered(let name, let socket, _) = journey.outcome, goal.transport != .icmp else { return false }
        if let system = cluster.outsideSystem(name) {
            return !system.ports.contains(ExternalSystem.Port(socket.port, journey.packet.transport))
        }
        guard
            cluster.nodes.states[name.text] != nil || name == .edge,
            cluster.pod(in: name, socket, journey.packet.transport) == nil
        else { return false }
        // Without a proxy, nobody takes what the edge sends to a node port.
        let hasProxy = cluster.configuration.proxyMode != .none
        let isTranslated = journey.hops.contains { hop in
            if case .dnat = hop.action { hasProxy || hop.namespace != .edge } else { false }
        }
        return !isTranslated && !cluster.listens(onNodePort: socket.port)
    }

    /// The explanation of all that was taken in.
    var explanation: Explanation {
        let sorted = outcomes.values.sorted { left, right in
            (right.share.value, left.answer.rawValue, left.example.destination)
                < (left.share.value, right.answer.rawValue, right.example.destination)
        }
        let answers = Set(sorted.map(\.answer))
        let answer: Explanation.Answer =
            answers.count > 1 && answers.contains(.delivered) ? .partly : sorted.first?.answer ?? .unanswered
        var explanation = Explanation(
            question: question, origin: origin.namespace, transport: goal.transport, steps: goal.steps,
            targets: targets, answer: isPingOfRule ? .unanswered : answer, remarks: [], outcomes: sorted,
            ways: ways.values.sorted(), journeys: journeys)
        explanation.remarks = remarks(sorted)
        if case .outside = explanation.remarks.first { explanation.answer = .unanswered }
        return explanation
    }

    /// True for a ping of an address that is only a rule.
    var isPingOfRule: Bool { goal.transport == .icmp && targets.contains { $0.destination.isRuleOnly } }
}

extension Gathering.OutcomeKey {
    init(_ journey: Journey, answer: Explanation.Answer) {
        self.answer = answer
        switch journey.outcome {
        case .delivered(let name, _, _):
            isMasqueraded = journey.isMasqueraded
            if answer != .delivered { place = name }
        case .rejected(let name, let because), .dropped(let name, let because): (place, reason) = (name, because)
        // The text tells of the address too, of which there may be thousands.
        case .unreachable(let name, _): place = name
        }
    }
}

extension Explanation.Way: Comparable {
    /// The likeliest first, then by where they end.
    public static func < (left: Self, right: Self) -> Bool {
        (right.share.value, left.place, left.outcome.text) < (left.share.value, right.place, right.outcome.text)
    }

    private var place: String { pod.map { "\($0.namespace)/\($0.name)" } ?? node ?? "" }
}

extension Journey {
    /// True if the packet arrives and its answer is lost: the client waits in vain.
    var isUnanswered: Bool {
        guard case .unreachable(_, let reason) = outcome else { return false }
        return reason.hasPrefix("the answer ")
    }

    /// The journey as far as a node that does not answer.
    fileprivate func cut(at node: NamespaceName?) -> Journey {
        guard let node else { return self }
        var journey = self
        let index = hops.indices.first { index in
            index > hops.startIndex && hops[index].namespace != hops[index - 1].namespace
                && [hops[index].namespace, hops[index - 1].namespace].contains(node)
        }
        journey.hops = Array(hops[..<(index ?? hops.endIndex)])
        journey.outcome = .dropped(node, Because("Node \(node)", field: "the node does not answer"))
        return journey
    }
}

extension Cluster {
    /// The Pod whose program gets what arrives in a namespace at a port.
    func pod(in name: NamespaceName, _ socket: SocketAddress, _ transport: TransportProtocol) -> ObjectKey? {
        let parts = name.text.split(separator: "/").map(String.init)
        if parts.count == 2 { return ObjectKey("Pod", parts[0], parts[1]) }
        guard nodes.states[name.text] != nil else { return nil }
        return nodes.placements.first { _, placement in
            placement.node == name.text && placement.link == nil
                && placement.hostPorts.contains { $0.port == socket.port && $0.transport == transport }
        }?.key
    }

    /// True for the ports at which every node answers itself: the proxy's health and metrics (D84), and the health
    /// checks of Services (D82).
    func listens(onNodePort port: UInt16) -> Bool {
        [10249, 10256].contains(port)
            || store.objects("Service").contains { Service($0).healthCheckNodePort == port }
    }
}
