// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// What reads the counters of a lab's dataplane, from its making on: it hears of connections as they begin, and asks the
/// kernel for all else when it is told to. The rules of Services know nothing of it: what they leave unanswered is counted
/// in a table apart, which goes with `stop`.
final class CounterReader: Sendable {
    /// What the kernel says of one namespace.
    struct Reading: Sendable {
        var tracked = 0
        var losses = CountedLosses()
        /// Packets of new connections that no rule translated, since the count began.
        var unanswered: [CountedDestination: Int] = [:]
        /// Packets of new connections that the translating rules threw away.
        var withheld: [CountedDestination: Int] = [:]
    }

    private struct Place: Sendable {
        var name: String
        var connections: ConntrackSocket
        /// The counting tables, by family.
        var tables: [Family: TableSocket] = [:]
    }

    /// The name of the namespace in which a load balancer's connections are translated first.
    static let edgeName = NamespaceName.edge.text

    let tally = ConnectionTally()
    private let watch: ConntrackWatch
    private let places: [Place]
    /// What cannot be counted, in words.
    let remarks: [String]

    /// Starts to count in the namespaces of the nodes and at the edge.
    init(_ configuration: Configuration, _ edge: KernelEdge) throws(KernelError) {
        let tally = tally
        watch = try ConntrackWatch { tally.hear($0, $1) }
        var places: [Place] = []
        var remarks: [String] = []
        for (index, name) in (configuration.nodes.map { NamespaceName($0.name) } + [.edge]).enumerated() {
            let namespace = try edge.place(name).namespace
            var place = Place(name: name.text, connections: try ConntrackSocket(in: namespace, place: name.text))
            do throws(KernelError) {
                try watch.add(ConntrackEvents(in: namespace, place: name.text, isRepeated: true), named: name.text)
            } catch { remarks.append("\(name): connections are not counted: \(error)") }
            do throws(KernelError) {
                let table = try TableSocket(in: namespace, place: name.text)
                for ranges in configuration.ranges {
                    let node = Topology(configuration).nodeAddress(index, ranges.family)
                    let inner = name == .edge ? [] : [ranges.services] + (node.map { [Prefix(host: $0)] } ?? [])
                    try table.beginCounting(outer: [ranges.loadBalancers], inner: inner, family: ranges.family)
                    place.tables[ranges.family] = table
                }
            } catch { remarks.append("\(name): refusals are not counted: \(error)") }
            places.append(place)
        }
        self.places = places
        self.remarks = remarks
    }

    /// How many batches each namespace's tables took with the beginning, and take with the end: they are the lab's own.
    var batches: [(namespace: NamespaceName, count: Int)] {
        places.map { (NamespaceName($0.name), $0.tables.count) }
    }

    /// Ends the count.
    func stop() {
        for place in places {
            for (family, table) in place.tables { try? table.endCounting(family: family) }
        }
    }

    /// Takes away what a reader left that could not do it itself.
    static func clear(_ configuration: Configuration, _ edge: KernelEdge) {
        for name in configuration.nodes.map({ NamespaceName($0.name) }) + [.edge] {
            guard let namespace = try? edge.place(name).namespace, let table = try? TableSocket(in: namespace)
            else { continue }
            for family in configuration.families
            where (try? table.tables(family: family))?.contains(TableSocket.counterTable) == true {
                try? table.endCounting(family: family)
            }
        }
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
        Dictionary(places.map { ($0.name, CounterReader.reading($0)) }) { $1 }
    }

    private static func reading(_ place: Place) -> Reading {
        var reading = Reading()
        reading.tracked = (try? place.connections.count()) ?? 0
        if let losses = try? place.connections.losses() {
            reading.losses = CountedLosses(
                dropped: losses.dropped, evicted: losses.evicted, collided: losses.collided)
        }
        for (family, table) in place.tables {
            guard let counts = try? table.counts(family: family) else { continue }
            reading.unanswered.merge(counts.unanswered) { $1 }
            for (destination, offered) in counts.offered {
                let withheld = offered - (counts.passed[destination] ?? 0)
                if withheld > 0 { reading.withheld[destination] = withheld }
            }
        }
        return reading
    }
}
