// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Does the same work for many things on a few short-lived threads, the caller's among them, and waits for all of it.
public enum Parallel {
    /// The results, in the order of the items.
    /// - Parameter threads: how many work at one time; with 1, or one item, all is done in place.
    public static func map<Item: Sendable, Result: Sendable>(
        _ items: [Item], threads: Int, _ body: @escaping @Sendable (Item) -> Result
    ) -> [Result] {
        guard threads > 1, items.count > 1, let ended = try? Semaphore() else { return items.map(body) }
        let work = ParallelWork(items, body)
        var helpers = 0
        for _ in 1..<min(threads, items.count) {
            do throws(KernelError) {
                try ShortThread.detach("parallel") {
                    work.run()
                    ended.signal()
                }
                helpers += 1
            } catch { break }  // The caller does it all the same.
        }
        work.run()
        for _ in 0..<helpers { ended.wait() }
        return work.results
    }
}

/// Items that several threads take one by one.
private final class ParallelWork<Item: Sendable, Result: Sendable>: Sendable {
    private struct State: Sendable {
        var next = 0
        var results: [Result?]
    }
    private let items: [Item]
    private let body: @Sendable (Item) -> Result
    private let state: Mutex<State>

    init(_ items: [Item], _ body: @escaping @Sendable (Item) -> Result) {
        self.items = items
        self.body = body
        state = Mutex(State(results: Array(repeating: nil, count: items.count)))
    }

    func run() {
        while let index = take() {
            let result = body(items[index])
            state.withLock { $0.results[index] = result }
        }
    }

    private func take() -> Int? {
        state.withLock { state in
            guard state.next < items.count else { return nil }
            state.next += 1
            return state.next - 1
        }
    }

    /// All results, once all threads have ended.
    var results: [Result] { state.withLock { $0.results.compactMap { $0 } } }
}
