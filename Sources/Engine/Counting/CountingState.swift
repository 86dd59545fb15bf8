// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Linux
internal import Net

/// What is counted while somebody looks, and who looks.
struct CountingState {
    /// Somebody who looks: what was counted when they began is not theirs.
    struct Watcher {
        var baseline: CounterSample
        /// When they are forgotten unless they ask again, in the milliseconds of the machine's clock; nil for one who
        /// will say when they end.
        var deadline: Double?
        /// Where samples go as they come.
        var sink: AsyncStream<CounterSample>.Continuation?
        /// The number of connections and refusals when the last sample went there.
        var lastSent = -1
    }

    /// Nil while nobody looks.
    private(set) var reader: CounterReader?
    var watchers: [String: Watcher] = [:]
    /// True while samples are taken by themselves, for those who have them sent.
    var isTicking = false
    /// True while something waits for watchers that do not ask any more.
    var isExpiring = false
    private var lastNumber = 0
    private var totals = CounterSample()
    private var started = 0.0
    /// What the kernel said of losses when the count began, and of refusals when it was last asked.
    private var former: [String: CounterReader.Reading] = [:]
    /// Whose the addresses are, or were, if nobody else has them.
    private var book = AddressBook()
    private var isStale = true

    /// A name for one more watcher.
    mutating func nextName() -> String {
        lastNumber += 1
        return "watcher \(lastNumber)"
    }

    /// Starts to count.
    mutating func begin(_ reader: CounterReader, limit: Int) {
        self = CountingState(lastNumber: lastNumber)
        self.reader = reader
        former = reader.readNow()
        started = Program.milliseconds()
        totals.limit = limit
        totals.remarks = reader.remarks
    }

    /// Ends the count: nobody looks any more.
    mutating func end() { self = CountingState(lastNumber: lastNumber) }

    init() {}

    private init(lastNumber: Int) { self.lastNumber = lastNumber }

    // MARK: Taking in

    /// Whose addresses are whose may be another from now on: what was counted until now is told of those that were.
    /// - Parameter isService: whether a Service changed: one that is soon gone again is to be known by its connections.
    mutating func addressesChanged(_ cluster: borrowing Cluster, isService: Bool) {
        takeConnections(cluster)
        isStale = true
        if isService { _ = addresses(cluster) }
    }

    /// Takes in what connections began.
    mutating func takeConnections(_ cluster: borrowing Cluster) {
        guard let contents = reader?.tally.take(), !contents.counts.isEmpty || !contents.hasLost.isEmpty else { return }
        let book = addresses(cluster)
        for (path, count) in contents.counts {
            guard let counted = book.path(path) else { continue }
            totals.nodes[path.namespace, default: .init()].connections[counted, default: 0] += count
        }
        for name in contents.hasLost.sorted() { remark("\(name): some connections came too fast to be counted") }
        totals.seen = book.seen(contents.seen)
    }

    /// Takes in what the kernel said.
    mutating func take(_ readings: [String: CounterReader.Reading], _ cluster: borrowing Cluster) {
        takeConnections(cluster)
        totals.milliseconds = Program.milliseconds() - started
        for (name, reading) in readings {
            var losses = reading.losses
            losses.subtract(former[name]?.losses ?? CountedLosses())
            totals.nodes[name, default: .init()].losses = losses
            totals.nodes[name, default: .init()].tracked = reading.tracked
            let news =
                reading.unanswered.news(since: former[name]?.unanswered).map { ($0, $1, false) }
                + reading.withheld.news(since: former[name]?.withheld).map { ($0, $1, true) }
            for (destination, packets, isWithheld) in news {
                guard let refusal = refusal(destination, at: name, isWithheld, cluster) else { continue }
                totals.nodes[name, default: .init()].unanswered[refusal, default: 0] += packets
            }
            former[name]?.unanswered = reading.unanswered
            former[name]?.withheld = reading.withheld
        }
    }

    /// Why connections to a destination got nowhere, as it is by now; nil for what is no Service's affair.
    private mutating func refusal(
        _ destination: CountedDestination, at name: String, _ isWithheld: Bool, _ cluster: borrowing Cluster
    ) -> CountedRefusal? {
        let book = addresses(cluster)
        guard var found = cluster.unanswered(destination.socket, destination.transport, on: name, book) else {
            return nil
        }
        if isWithheld { found.reason = .sourceRange }
        return CountedRefusal(
            transport: destination.transport, destination: destination.socket, service: found.service, port: found.port,
            reason: found.reason)
    }

    private mutating func remark(_ text: String) {
        if !totals.remarks.contains(text) { totals.remarks.append(text) }
    }

    private mutating func addresses(_ cluster: borrowing Cluster) -> AddressBook {
        if isStale { book.merge(cluster.addressBook) }
        isStale = false
        return book
    }

    // MARK: Giving out

    /// The Pod that an endpoint is, or was.
    mutating func pod(at endpoint: SocketAddress, _ cluster: borrowing Cluster) -> ObjectKey? {
        addresses(cluster).pod(at: endpoint.address)
    }

    /// What was counted since a watcher began.
    func sample(for name: String) -> CounterSample? {
        watchers[name].map { totals.since($0.baseline) }
    }

    /// Begins to look.
    mutating func add(_ name: String, deadline: Double?) {
        watchers[name] = Watcher(baseline: totals, deadline: deadline)
    }

    /// Sends a sample to everyone who has them sent, if there is something new in it.
    mutating func send() {
        for (name, watcher) in watchers {
            guard let sink = watcher.sink, let sample = sample(for: name) else { continue }
            var hasher = Hasher()
            hasher.combine(sample.nodes)
            let digest = hasher.finalize()
            guard digest != watcher.lastSent || !sample.seen.isEmpty else { continue }
            watchers[name]?.lastSent = digest
            sink.yield(sample)
        }
        totals.seen = []
    }
}

extension [CountedDestination: Int] {
    /// What came since an earlier count.
    fileprivate func news(since earlier: [CountedDestination: Int]?) -> [CountedDestination: Int] {
        var news = self
        for (destination, count) in earlier ?? [:] {
            guard let own = news[destination] else { continue }
            news[destination] = own > count ? own - count : nil
        }
        return news
    }
}
