// SPDX-License-Identifier: Apache-2.0

/// One thread that hears of the connections of many namespaces. Its owner goes, and with it the thread.
public final class ConntrackWatch: Sendable {
    private struct Heard: Sendable {
        var name: String
        var events: ConntrackEvents
    }

    private let watch: DescriptorWatch<Heard>

    /// Starts the thread.
    /// - Parameter hear: called on the thread with a namespace's name and what has come.
    public init(_ hear: @escaping @Sendable (String, ConntrackEvents.Batch) -> Void) throws(KernelError) {
        watch = try DescriptorWatch("listening to connections", thread: "connections") { heard in
            guard let batch = try? heard.events.take() else { return false }
            hear(heard.name, batch)
            return true
        }
    }

    /// Hears of one more namespace.
    public func add(_ events: ConntrackEvents, named name: String) throws(KernelError) {
        try watch.add(Heard(name: name, events: events), events.shared, "listening to connections in \(name)")
    }
}
