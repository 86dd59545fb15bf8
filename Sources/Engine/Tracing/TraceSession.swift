// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Linux
internal import Net
internal import Synchronization

/// One client's tracing. A thread hears; what it hears is put together here, and told when the client's turn comes.
final class TraceSession: Sendable {
    /// What is listened to, which the lab's actor alone changes.
    struct Listening {
        var scope: TraceScope
        /// The tables of the tracer's own, of each family.
        var tables: [Ruleset]
        var filter: FrameFilter
        var taps: [NamespaceName: TraceTap] = [:]
        /// What each namespace's tables were counted at when its rules' numbers were last read.
        var generations: [NamespaceName: UInt32] = [:]
        var handles = RuleHandles()
        /// When the lab's rules last changed, in nanoseconds since 1970.
        var changed: UInt64 = 0
        var isStale = false
        var state = State.idle
        /// Where first packets wait: the first namespaces with rules that they come to. None where packets cannot wait: the
        /// kernels tell of chosen packets all the time.
        var waiting: [NamespaceName: Tracer.Waiting]
        /// How long the kernels tell at least, in milliseconds, and when they last ceased to, since 1970.
        var linger = Lab.shortestTelling
        var closed: UInt64 = 0
    }

    /// Whether the kernels tell of chosen packets. Moments are nanoseconds since 1970.
    enum State: Equatable {
        /// They do not: who begins a connection waits until they do.
        case idle
        /// They do.
        case telling(since: UInt64)
        /// They still do, of what is on its way; who begins a connection waits again.
        case closing(since: UInt64)
        /// The same, and what they told by a moment (`TraceWatch.mark`) is being taken in.
        case ending(mark: Int)
    }

    private struct Heard {
        var joiner: TraceJoiner
        var losses = 0
    }

    /// Which of those that trace at the same time.
    let number: Int
    let origin: NamespaceName
    let listening: Mutex<Listening>
    private let heard: Hearing
    let watch: TraceWatch
    /// Shared with the listening thread, which must not keep the session itself.
    private final class Hearing: Sendable {
        let state: Mutex<Heard>
        init(_ joiner: TraceJoiner) { state = Mutex(Heard(joiner: joiner)) }
    }

    init(
        _ number: Int, _ scope: TraceScope, _ families: [Family], links: [LinkPoint: LinkPoint],
        tellers: Set<NamespaceName>, _ waiting: [NamespaceName: Tracer.Waiting],
        wait: @escaping @Sendable (WaitingPackets, UInt32) -> Void
    ) throws(KernelError) {
        self.number = number
        origin = scope.origin
        let name = Tracer.table(number)
        let heard = Hearing(TraceJoiner(from: scope.origin, scope.flows, links: links, tellers: tellers, table: name))
        self.heard = heard
        listening = Mutex(
            Listening(
                scope: scope, tables: families.map { .tracer($0, scope.flows, isOrigin: true, table: name) },
                filter: FrameFilter(scope.flows), waiting: waiting))
        watch = try TraceWatch(
            { sightings, losses in
                heard.state.withLock { heard in
                    for sighting in sightings { heard.joiner.add(sighting) }
                    heard.losses += losses
                }
            }, wait: wait)
    }

    /// How much of what the kernels told was thrown away, for it came too fast.
    var losses: Int { heard.state.withLock { $0.losses + $0.joiner.skipped } }

    /// True if no connection is under way.
    var isIdle: Bool { heard.state.withLock { $0.joiner.isIdle } }

    /// True if something was heard since a moment, and the first packets of all connections under way are where they went.
    func isQuiet(since: UInt64) -> Bool {
        let now = Program.nanoseconds()
        return heard.state.withLock { $0.joiner.isQuiet(since: since, now: now) }
    }

    /// The connections of which nothing more is to be expected.
    /// - Parameter isLast: also those that are under way.
    func take(isLast: Bool = false) -> [SeenFlow] {
        let now = Program.nanoseconds()
        return heard.state.withLock { $0.joiner.take(now: now, isLast: isLast) }
    }

    /// Follows other connections from now on, over other links.
    func follow(_ flows: TracedFlows, _ links: [LinkPoint: LinkPoint], tellers: Set<NamespaceName>) {
        heard.state.withLock { heard in
            heard.joiner.tellers = tellers
            heard.joiner.flows = flows
            heard.joiner.links = links
        }
    }
}

extension TraceSession.Listening {
    /// What is to become of chosen packets in a namespace.
    func action(in name: NamespaceName, _ state: TraceSession.State) -> Tracer.Action {
        guard !waiting.isEmpty else { return .trace }
        return switch (state, waiting[name]) {
        case (.telling, _), (.closing, nil), (.ending, nil): .trace
        case (.closing, let waiting?), (.ending, let waiting?): .waitOrTrace(waiting)
        case (.idle, let waiting?): .wait(waiting)
        case (.idle, nil): .pass
        }
    }
}

extension FrameFilter {
    /// The frames of connections, and of their answers.
    init(_ flows: TracedFlows) {
        guard flows.sources.isEmpty else {
            self.init(addresses: flows.sources)
            return
        }
        self.init(
            addresses: Set(flows.looks.map(\.source)),
            ports: flows.goAnywhere ? [] : Set(flows.looks.map(\.destination.port)))
    }
}
