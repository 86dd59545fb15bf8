// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Linux
internal import Net

/// What reads the counters of a lab's dataplane, from its making on: it hears of connections as they begin, and asks the
/// kernel for all else when it is told to. The rules of Services know nothing of it.
final class CounterReader: Sendable {
    /// What the kernel says of one namespace.
    struct Reading: Sendable {
        var tracked = 0
        var losses = CountedLosses()
    }

    private struct Place: Sendable {
        var name: String
        var connections: ConntrackSocket
    }

    /// The name of the namespace in which a load balancer's connections are translated first.
    static let edgeName = NamespaceName.edge.text

    let tally = ConnectionTally()
    private let watch: ConntrackWatch
    private let places: [Place]
    /// What cannot be counted, in words.
    let remarks: [String]

    /// Starts to count in these namespaces.
    init(_ names: [NamespaceName], _ edge: KernelEdge) throws(KernelError) {
        let tally = tally
        watch = try ConntrackWatch { tally.hear($0, $1) }
        var places: [Place] = []
        var remarks: [String] = []
        for name in names {
            let namespace = try edge.place(name).namespace
            places.append(
                Place(name: name.text, connections: try ConntrackSocket(in: namespace, place: name.text)))
            do throws(KernelError) {
                try watch.add(ConntrackEvents(in: namespace, place: name.text, isRepeated: true), named: name.text)
            } catch { remarks.append("\(name): connections are not counted: \(error)") }
        }
        self.places = places
        self.remarks = remarks
    }

    /// Asks the kernel, on a thread of its own.
    func read() async -> [String: Reading] {
        await withCheckedContinuation { continuation in
            do {
                try ShortThread.detach("counters") { [self] in continuation.resume(returning: readNow()) }
            } catch { continuation.resume(returning: [:]) }
        }
    }

    /// Asks the kernel. What it does not say stays nothing: a namespace may be just going.
    func readNow() -> [String: Reading] {
        var readings: [String: Reading] = [:]
        for place in places {
            var reading = Reading()
            reading.tracked = (try? place.connections.count()) ?? 0
            if let losses = try? place.connections.losses() {
                reading.losses = CountedLosses(
                    dropped: losses.dropped, evicted: losses.evicted, collided: losses.collided)
            }
            readings[place.name] = reading
        }
        return readings
    }
}
