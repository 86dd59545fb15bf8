// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Synchronization

extension Lab {
    /// How often those who trace are told what was heard, in milliseconds: while connections are under way, and else.
    private static let tracePause = (busy: 15, idle: 50)
    /// How long what is under way at the end is waited for, in milliseconds.
    private static let traceEnd = 1500.0
    /// How long at the end something may still be read of what came before it, in milliseconds.
    private static let traceSettling = 100.0

    /// Traces connections, as a request of the verb `trace` asks (see `TracedJourney.value`), until it is over.
    /// - Parameters:
    ///   - hear: is told `{"ready": …}` and each `{"journey": …}`.
    ///   - isOver: true when nobody listens any more.
    /// - Returns: what the verb is done with.
    nonisolated func trace(
        _ request: Value, hear: @Sendable (Value) -> Void, isOver: @Sendable () -> Bool
    ) async throws -> Value {
        let session = try await beginTrace(request)
        let watched = Value.array(session.listening.withLock { $0.taps.keys.sorted() }.map { .string($0.text) })
        hear(["ready": ["from": .string(session.origin.text), "watched": watched]])
        let most = request["count"]?.int ?? .max
        let (everyRule, frames) = (request["rules"]?.bool ?? false, request["frames"]?.bool ?? false)
        let end = request["seconds"]?.int.map { Program.milliseconds() + Double($0) * 1000 } ?? .infinity
        var told = 0
        var last = Double.infinity
        while told < most {
            let now = Program.milliseconds()
            if last == .infinity, now >= end || isOver() { last = now + Lab.traceEnd }
            let isSettled = now >= last - Lab.traceEnd + Lab.traceSettling
            let isLast = now >= last || isSettled && session.isIdle
            for flow in session.take(isLast: isLast) where told < most {
                guard let traced = await read(flow, of: session) else { continue }
                told += 1
                await tellStory(traced)
                hear(["journey": traced.value(everyRule: everyRule, frames: frames)])
            }
            if isLast { break }
            if session.listening.withLock(\.isStale) { await refreshTrace(session) }
            // To look costs the processor time that others could have.
            let pause = session.isIdle && last == .infinity ? Lab.tracePause.idle : Lab.tracePause.busy
            try? await Task.sleep(for: .milliseconds(pause))
        }
        await endTrace(session)
        return ["journeys": .int(Int64(told)), "lost": .int(Int64(session.losses)), "watched": watched]
    }
}
