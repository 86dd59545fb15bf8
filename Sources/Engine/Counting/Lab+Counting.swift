// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// Counters of the dataplane. They are there while somebody looks, and cost nothing else.
extension Lab {
    /// Starts to count for one more watcher; `endCounting` must follow.
    /// - Returns: the watcher's name.
    func beginCounting() throws(KernelError) -> String {
        let name = counting.nextName()
        try startCounting()
        counting.add(name, deadline: nil)
        return name
    }

    /// A watcher looks no more. With the last one the count ends.
    func endCounting(_ name: String) {
        counting.watchers.removeValue(forKey: name)?.sink?.finish()
        guard counting.watchers.isEmpty, let reader = counting.reader else { return }
        reader.stop()
        countBatches(of: reader)
        counting.end()
    }

    /// What was counted since a watcher began; nothing for one that does not look.
    func counters(_ name: String) async -> CounterSample {
        await readCounters()
        return counting.sample(for: name) ?? CounterSample()
    }

    /// What was counted since someone asked first. Whoever does not ask again for so many seconds is forgotten.
    func counters(asked name: String, seconds: Int) async throws(KernelError) -> CounterSample {
        let deadline = Program.milliseconds() + Double(seconds * 1000)
        try startCounting()
        if counting.watchers[name] == nil { counting.add(name, deadline: deadline) }
        counting.watchers[name]?.deadline = deadline
        expireWatchers()
        return await counters(name)
    }

    /// Samples every tenth of a second, as long as there is something new, until the reader goes.
    func counterSamples() throws(KernelError) -> AsyncStream<CounterSample> {
        let name = try beginCounting()
        let (stream, sink) = AsyncStream.makeStream(of: CounterSample.self, bufferingPolicy: .bufferingNewest(4))
        counting.watchers[name]?.sink = sink
        sink.onTermination = { [weak self] _ in Task { await self?.endCounting(name) } }
        if !counting.isTicking {
            counting.isTicking = true
            Task { await tick() }
        }
        return stream
    }

    /// How often samples are sent, in milliseconds.
    private static let samplePause = 100

    private func tick() async {
        while counting.watchers.values.contains(where: { $0.sink != nil }) {
            let started = Program.milliseconds()
            await readCounters()
            counting.send()
            // A lab of very many nodes is looked at less often.
            let pause = max(Lab.samplePause, Int(4 * (Program.milliseconds() - started)))
            try? await Task.sleep(for: .milliseconds(pause))
        }
        counting.isTicking = false
    }

    private func startCounting() throws(KernelError) {
        guard counting.reader == nil else { return }
        let reader = try CounterReader(cluster.configuration, kernel.edge)
        countBatches(of: reader)
        counting.begin(reader, limit: (try? ConntrackSocket.limit()) ?? 0)
    }

    /// What the count changes in nftables is nobody else's doing.
    private func countBatches(of reader: CounterReader) {
        for (name, count) in reader.batches {
            for _ in 0..<count { rules.tables.sockets.count(name) }
        }
    }

    private func readCounters() async {
        guard let reader = counting.reader else { return }
        let readings = await reader.read()
        // Meanwhile the count may have ended, and another begun.
        guard counting.reader === reader else { return }
        counting.take(readings, cluster)
    }

    /// Forgets those who have not asked for too long, and looks to the next.
    func expireWatchers() {
        let now = Program.milliseconds()
        for (name, watcher) in counting.watchers {
            if let deadline = watcher.deadline, deadline <= now { endCounting(name) }
        }
        guard !counting.isExpiring, let next = counting.watchers.values.compactMap(\.deadline).min() else { return }
        counting.isExpiring = true
        kernel.later(max(Int(next - now), 1) + 100, .expireWatchers)
    }

    /// Services or Pods changed: what was counted so far is those' that were.
    func noteAddresses(_ events: [StoreEvent]) {
        guard counting.reader != nil else { return }
        let isService = events.contains { $0.key.kind == "Service" }
        guard isService || events.contains(where: { $0.key.kind == "Pod" }) else { return }
        counting.addressesChanged(cluster, isService: isService)
    }
}
