// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import Synchronization

/// The connections in one place: when there are too many, the one goes that has asked nothing for the longest time
/// (RFC 7766, 6.2.3).
final class NameConnections: Sendable {
    private struct Entry {
        let channel: any Channel
        var last: NIODeadline
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var isClosed = false
    }

    let limits: NameServerLimits
    private let state = Mutex(State())

    init(_ limits: NameServerLimits) { self.limits = limits }

    /// Counts a new connection; false if there are to be no more at all.
    func take(_ channel: any Channel) -> Bool {
        let key = ObjectIdentifier(channel)
        let (isTaken, surplus) = state.withLock { state -> (Bool, (any Channel)?) in
            guard !state.isClosed else { return (false, nil) }
            let oldest =
                state.entries.count < limits.connections ? nil : state.entries.min { $0.value.last < $1.value.last }
            if let oldest { state.entries[oldest.key] = nil }
            state.entries[key] = Entry(channel: channel, last: .now())
            return (true, oldest?.value.channel)
        }
        surplus?.close(promise: nil)
        if isTaken {
            channel.closeFuture.whenComplete { [self] _ in state.withLock { $0.entries[key] = nil } }
        }
        return isTaken
    }

    /// The client has asked something.
    func touch(_ channel: any Channel) { state.withLock { $0.entries[ObjectIdentifier(channel)]?.last = .now() } }

    /// Ends all of them, and takes no more.
    func close() {
        let entries = state.withLock { state in
            defer { state = State(isClosed: true) }
            return state.entries
        }
        for entry in entries.values { entry.channel.close(promise: nil) }
    }
}
