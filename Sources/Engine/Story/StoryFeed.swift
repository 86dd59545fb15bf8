// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Linux
internal import Synchronization

/// Where a lab's story is told, and who listens to it.
///
/// A line is put into words once, for all who listen; while nobody does, nothing is. Whoever has something to tell asks
/// `isHeard` first.
final class StoryFeed: Sendable {
    private struct State {
        var listeners: [Int: StoryListener] = [:]
        var nextListener = 1
        /// The number of the last line.
        var number = 0
        /// When the story began, on the machine's clock.
        var began: Double?
        var remembered: [RememberedLine] = []
        var rememberedBytes = 0

        mutating func remember(_ line: RememberedLine) {
            remembered.append(line)
            rememberedBytes += line.bytes.count
            guard rememberedBytes > StoryFeed.memory else { return }
            // Half of it goes at a time, so that no line pays for many others.
            var kept = remembered[...]
            while let first = kept.first, rememberedBytes > StoryFeed.memory / 2 {
                rememberedBytes -= first.bytes.count
                kept = kept.dropFirst()
            }
            remembered = Array(kept)
        }
    }

    private let state = Mutex(State())
    private let listenerCount = Atomic(0)

    /// About how many bytes of lines are remembered for those who come again.
    private static let memory = 4 << 20

    /// True if somebody listens.
    var isHeard: Bool { listenerCount.load(ordering: .relaxed) > 0 }

    // MARK: Telling

    /// Tells all who listen.
    func tell(_ kind: StoryLine.Kind, _ fields: @autoclosure () -> Value) {
        guard isHeard else { return }
        tell(kind, rest: StoryLine.rest(fields()))
    }

    /// Tells all who listen what is in words already.
    func tell(_ kind: StoryLine.Kind, rest: [UInt8]) {
        guard isHeard else { return }
        let listeners = state.withLock { state -> [StoryListener] in
            let line = StoryFeed.next(kind, rest, &state)
            state.remember(line)
            for listener in state.listeners.values { listener.add(line) }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.wake() }
    }

    /// Tells one listener what the others know.
    func tell(_ listener: StoryListener, _ kind: StoryLine.Kind, _ fields: Value) {
        let rest = StoryLine.rest(fields)
        state.withLock { state in listener.add(StoryFeed.next(kind, rest, &state)) }
        listener.wake()
    }

    private static func next(_ kind: StoryLine.Kind, _ rest: [UInt8], _ state: inout State) -> RememberedLine {
        state.number += 1
        let now = Program.milliseconds()
        let began = state.began ?? now
        state.began = began
        let lead = StoryLine.lead(kind.rawValue, milliseconds: now - began, number: state.number)
        return RememberedLine(number: state.number, milliseconds: now - began, bytes: lead + rest)
    }

    // MARK: Listening

    /// Takes in a listener.
    /// - Parameter number: the last line that it has; nil for none.
    /// - Returns: true if it has been told all that came after that line; false if it needs an opening.
    func open(_ listener: StoryListener, after number: Int?) -> Bool {
        let goesOn = state.withLock { state -> Bool in
            listener.number = state.nextListener
            state.nextListener += 1
            state.listeners[listener.number] = listener
            guard let number, let place = state.remembered.lastIndex(where: { $0.number == number }) else {
                return false
            }
            for line in state.remembered[(place + 1)...] { listener.add(line) }
            return true
        }
        listenerCount.add(1, ordering: .relaxed)
        listener.wake()
        return goesOn
    }

    /// Forgets a listener; true if it was the last one.
    func close(_ listener: StoryListener) -> Bool {
        let (wasThere, isLast) = state.withLock { state in
            let wasThere = state.listeners.removeValue(forKey: listener.number) != nil
            if state.listeners.isEmpty { (state.remembered, state.rememberedBytes) = ([], 0) }
            return (wasThere, state.listeners.isEmpty)
        }
        if wasThere { listenerCount.subtract(1, ordering: .relaxed) }
        return wasThere && isLast
    }
}

/// A line in words, with its number.
struct RememberedLine: Sendable {
    let number: Int
    let milliseconds: Double
    let bytes: [UInt8]
}
