// SPDX-License-Identifier: Apache-2.0
internal import Linux
internal import Synchronization

extension Lab {
    /// Does something as often and as fast as a pace says, for what the traffic thread cannot do by itself.
    /// - Parameters:
    ///   - isStopped: asked before each.
    func paced<Result: Sendable>(
        _ pace: Pace, isStopped: @escaping @Sendable () -> Bool = { false },
        _ one: @escaping @Sendable (Int) async -> Result
    ) async -> [Result] {
        let turns = PacedTurns(pace)
        return await withTaskGroup(of: [(Int, Result)].self) { group in
            for _ in 0..<turns.lanes {
                group.addTask {
                    var results: [(Int, Result)] = []
                    while !isStopped(), !Task.isCancelled, let turn = turns.next() {
                        if turn.wait > 0 { try? await Task.sleep(for: .microseconds(Int64(turn.wait * 1000))) }
                        if isStopped() || Task.isCancelled { break }
                        results.append((turn.number, await one(turn.number)))
                    }
                    return results
                }
            }
            var all: [(Int, Result)] = []
            for await results in group { all += results }
            return all.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

/// Whose turn is when.
private final class PacedTurns: Sendable {
    private let pace: Pace
    private let started = Program.milliseconds()
    private let begun = Mutex(0)

    init(_ pace: Pace) { self.pace = pace }

    /// How many may be under way: with a rate as many as it takes.
    var lanes: Int {
        let wanted = pace.rate == nil ? pace.concurrency : max(pace.concurrency, 64)
        return max(1, min(wanted, pace.count ?? wanted, 256))
    }

    /// The next number, and how long to wait until it is due, in milliseconds; nil after the last.
    func next() -> (number: Int, wait: Double)? {
        let number = begun.withLock { begun in
            defer { begun += 1 }
            return begun
        }
        if let count = pace.count, number >= count { return nil }
        let now = Program.milliseconds()
        let due = pace.rate.map { started + Double(number) * 1000 / $0 } ?? now
        if let duration = pace.duration, max(due, now) - started >= duration.milliseconds { return nil }
        return (number, due - now)
    }
}
