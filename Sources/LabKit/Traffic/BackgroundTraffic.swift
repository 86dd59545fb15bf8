// SPDX-License-Identifier: Apache-2.0
internal import Linux
internal import Synchronization

/// Traffic that goes on while a test does other things; every answer is kept with its moment.
public final class BackgroundTraffic: Sendable {
    private struct State {
        var isStopped = false
        var hasEnded = false
        var ticket: TrafficClient.Ticket?
        var lookups: [LookupReply] = []
        var underWay = 0
    }

    private let lab: Lab
    private let log = ReplyLog()
    private let state = Mutex(State())
    /// What is sent.
    let traffic: Traffic

    init(_ lab: Lab, _ traffic: Traffic) {
        self.lab = lab
        self.traffic = traffic
    }

    /// Background traffic without a rate is this fast: enough to notice a failure of some milliseconds, and no load.
    static let rate = 100.0

    /// Waits until the first answer, or failure, is there: from then on it is known to be under way.
    public func isUnderWay(within time: Duration = .seconds(3)) async {
        let limit = lab.moment + time
        while lab.moment < limit, !Task.isCancelled, log.count == 0, state.withLock({ $0.lookups.isEmpty }) {
            try? await Task.sleep(for: .milliseconds(1))
        }
    }

    /// True once no more requests begin.
    public var isStopped: Bool { state.withLock { $0.isStopped || $0.hasEnded } }

    /// Begins new requests no more, and waits for those under way.
    public func stop() async {
        let ticket = state.withLock { state in
            state.isStopped = true
            return state.ticket
        }
        if let ticket { lab.client.stop(ticket) }
        await settle()
    }

    /// The replies that came since a moment of the lab's clock (`Lab.moment`), in order; those to requests under way now
    /// are waited for.
    public func replies(since moment: Duration = .zero) async -> [Reply] {
        await settle()
        return log.replies(since: moment)
    }

    /// The same of questions to DNS.
    public func lookups(since moment: Duration = .zero) async -> [LookupReply] {
        await settle()
        return state.withLock { $0.lookups.filter { $0.began + $0.latency >= moment } }
    }

    /// Waits until all requests have ended that have begun by now.
    private func settle() async {
        if let ticket = state.withLock({ $0.ticket }) {
            await withCheckedContinuation { continuation in
                lab.client.settle(ticket) { continuation.resume() }
            }
            return
        }
        // Twice a patient request's time at most.
        for _ in 0..<2000 where state.withLock({ $0.underWay > 0 && !$0.hasEnded }) {
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Finds out where the traffic goes, and begins.
    func begin() async throws {
        switch traffic {
        case .request(let request): try begin(try await lab.prepare(BackgroundTraffic.paced(request)))
        case .udp(var datagrams):
            datagrams.pace = BackgroundTraffic.paced(datagrams.pace)
            try begin(try await lab.prepare(datagrams))
        case .dns(var lookup):
            lookup.pace = BackgroundTraffic.paced(lookup.pace)
            let question = lookup
            spawn(question.pace) { [self] in
                var one = question
                one.pace = Pace()
                let found = (try? await lab.send(one)) ?? []
                state.withLock { $0.lookups += found }
            }
        }
    }

    private func begin(_ prepared: PreparedTraffic) throws {
        switch prepared {
        case .failed(_, _, let detail): throw LabFailure("background traffic has nowhere to go: \(detail)")
        case .order(let order):
            let ticket = lab.client.begin(order) { [log, lab] in
                log.add(lab.reply($0))
                lab.tell($0, of: order)
            } ended: { [self] in
                state.withLock { $0.hasEnded = true }
            }
            state.withLock { $0.ticket = ticket }
        case .secure(let secure):
            spawn(secure.pace) { [self] in log.add(await lab.ask(secure, log.count)) }
        }
    }

    private func spawn(_ pace: Pace, _ one: @escaping @Sendable () async -> Void) {
        Task {
            _ = await lab.paced(pace, isStopped: { [self] in state.withLock { $0.isStopped } }) { [self] _ in
                state.withLock { $0.underWay += 1 }
                await one()
                state.withLock { $0.underWay -= 1 }
            }
            state.withLock { $0.hasEnded = true }
        }
    }

    private static func paced(_ request: WebRequest) -> WebRequest {
        var request = request
        request.pace = paced(request.pace)
        return request
    }

    private static func paced(_ pace: Pace) -> Pace {
        var pace = pace
        if pace.rate == nil { pace.rate = rate }
        return pace
    }
}

extension Lab {
    /// Begins traffic that goes on until it is stopped, or the lab goes.
    public func background(_ traffic: Traffic) async throws -> BackgroundTraffic {
        let background = BackgroundTraffic(self, traffic)
        try await background.begin()
        return background
    }

    /// Begins GET requests that go on until they are stopped.
    /// - Parameter rate: how many begin in a second.
    public func background(_ url: String, from place: LabPlace, rate: Double = 100) async throws -> BackgroundTraffic {
        var request = WebRequest(from: place.location, url: url.contains("://") ? url : "http://\(url)")
        request.pace = Pace(count: nil, rate: rate)
        return try await background(.request(request))
    }

    /// Now, on the clock that replies have their moments from.
    public var moment: Duration { now }
}
