// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Linux
internal import Net

/// Everything through which one namespace is listened to: the tracer's tables, and sockets that hear.
///
/// The kernel takes all of it away when this goes, whichever way.
final class TraceTap: Sendable {
    let name: NamespaceName
    let generations: TableSocket
    private let table: TracerTable
    private let trace: TraceSocket
    private let frames: FrameSocket
    /// Not every kernel tells of tracked connections.
    private let tracked: ConntrackEvents?
    private let place: TraceWatch.Place

    /// Opens the sockets; no table is made yet.
    init(_ name: NamespaceName, _ place: KernelEdge.Place, _ filter: FrameFilter) throws(KernelError) {
        self.name = name
        generations = try TableSocket(in: place.namespace, place: name.text)
        table = try TracerTable(in: place.namespace, place: name.text)
        trace = try TraceSocket(in: place.namespace, place: name.text)
        frames = try FrameSocket(in: place.namespace, place: name.text, filter)
        tracked = try? ConntrackEvents(in: place.namespace, place: name.text)
        let names = InterfaceNames(place)
        self.place = TraceWatch.Place(name) { names.name(of: $0) }
    }

    /// Has a thread listen.
    func join(_ watch: TraceWatch) throws(KernelError) {
        try watch.add(trace, place)
        try watch.add(frames, place)
        if let tracked { try watch.add(tracked, place) }
    }

    /// Makes the table of a family. One batch.
    func make(_ ruleset: Ruleset) throws(KernelError) { try table.make(ruleset) }

    /// Changes the table of a family. One batch.
    func commit(_ changes: [TableChange], _ ruleset: Ruleset) throws(KernelError) {
        try table.commit(changes, ruleset.family, ruleset.table)
    }

    /// Takes the table of a family away. One batch.
    func remove(_ ruleset: Ruleset) throws(KernelError) { try table.remove(ruleset.family, ruleset.table) }

    /// Hears other frames from now on.
    func apply(_ filter: FrameFilter) throws(KernelError) { try frames.apply(filter) }
}
