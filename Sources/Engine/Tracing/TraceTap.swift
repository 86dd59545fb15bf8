// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Linux
internal import Net
internal import Synchronization

/// Everything through which one namespace is listened to.
///
/// Where there are rules, and so connection tracking, nftables' trace tells; elsewhere the frames that come in do: a table
/// there would have the kernel track connections that it did not track before. The kernel takes all of it away when this
/// goes, whichever way.
final class TraceTap: Sendable {
    /// What there is of it.
    private enum Kind: Sendable {
        case teller(TracerTable, TraceSocket)
        case listener(FrameSocket)
    }

    let name: NamespaceName
    /// The packets that wait here until the kernels are ready to tell of them; nil where none does. The lab's actor alone
    /// changes it, and what follows.
    private let queue = Mutex<WaitingPackets?>(nil)
    /// To ask what the rules are; nil where there are none.
    let rules: TableSocket?
    private let connections: ConntrackSocket?
    /// What becomes of chosen packets here, by the tables of the tracer's that are here.
    let actions = Mutex<[Family: Tracer.Action]>([:])
    private let namespace: NetworkNamespace
    private let kind: Kind
    private let place: TraceWatch.Place

    /// Opens the sockets; no table is made yet.
    /// - Parameter isTeller: whether there are rules.
    init(_ name: NamespaceName, _ place: KernelEdge.Place, isTeller: Bool, _ filter: FrameFilter) throws(KernelError) {
        self.name = name
        namespace = place.namespace
        rules = isTeller ? try TableSocket(in: namespace, place: name.text) : nil
        connections = isTeller ? try ConntrackSocket(in: namespace, place: name.text) : nil
        kind =
            isTeller
            ? .teller(
                try TracerTable(in: namespace, place: name.text), try TraceSocket(in: namespace, place: name.text))
            : .listener(try FrameSocket(in: namespace, place: name.text, filter))
        let names = InterfaceNames(place)
        self.place = TraceWatch.Place(name) { names.name(of: $0) }
    }

    /// True if nftables' trace tells.
    var isTeller: Bool { if case .teller = kind { true } else { false } }

    /// True if a table of the tracer's is here, of this one's family.
    func has(_ table: Ruleset) -> Bool { actions.withLock { $0[table.family] != nil } }

    /// Has a thread listen.
    func join(_ watch: TraceWatch) throws(KernelError) {
        switch kind {
        case .teller(_, let socket): try watch.add(socket, place)
        case .listener(let socket): try watch.add(socket, place)
        }
    }

    /// The packets that wait here; nil where none does.
    var waiting: WaitingPackets? { queue.withLock(\.self) }

    /// Has packets wait here in a queue, if they do not yet.
    func wait(in number: UInt16, _ watch: TraceWatch) throws(KernelError) {
        guard waiting == nil else { return }
        let packets = try WaitingPackets(number, in: namespace, place: name.text)
        try watch.add(packets, place)
        queue.withLock { $0 = packets }
    }

    /// Makes the table of a family. One batch.
    func make(_ ruleset: Ruleset) throws(KernelError) {
        if case .teller(let table, _) = kind { try table.make(ruleset) }
    }

    /// Changes the table of a family. One batch.
    func commit(_ changes: [TableChange], _ ruleset: Ruleset) throws(KernelError) {
        if case .teller(let table, _) = kind { try table.commit(changes, ruleset.family, ruleset.table) }
    }

    /// Takes the table of a family away. One batch.
    func remove(_ ruleset: Ruleset) throws(KernelError) {
        if case .teller(let table, _) = kind { try table.remove(ruleset.family, ruleset.table) }
    }

    /// Hears other frames from now on.
    func apply(_ filter: FrameFilter) throws(KernelError) {
        if case .listener(let socket) = kind { try socket.apply(filter) }
    }

    /// What connection tracking knows of a connection, by its first packet.
    func tracked(_ packet: Packet) -> TrackedConnection? {
        guard let entry = try? connections?.entry(begunBy: packet) else { return nil }
        return TrackedConnection(
            name, original: packet,
            reply: Packet(entry.transport, from: entry.reply.source, to: entry.reply.destination),
            isAnswered: entry.status.contains(.seenReply))
    }
}
