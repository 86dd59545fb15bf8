// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
public import Net

/// One end's view of a tracked connection: where packets come from and where they go.
public struct ConntrackTuple: Sendable, Hashable {
    /// Where its packets come from.
    public var source: SocketAddress
    /// Where they go.
    public var destination: SocketAddress

    /// Puts one together from its parts.
    public init(source: SocketAddress, destination: SocketAddress) {
        self.source = source
        self.destination = destination
    }
}

/// A connection that the kernel tracks, as it was begun and as its replies look.
public struct ConntrackEntry: Sendable, Hashable {
    /// What a connection has been through. The corresponding C names are `IPS_SEEN_REPLY`, ….
    public struct Status: OptionSet, Sendable, Hashable {
        /// The kernel's bits.
        public let rawValue: UInt32
        /// The kernel's bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// Packets have gone both ways (`IPS_SEEN_REPLY`).
        public static let seenReply = Status(rawValue: 1 << 1)
        /// Packets have gone both ways long enough for the entry to be kept (`IPS_ASSURED`).
        public static let assured = Status(rawValue: 1 << 2)
        /// The first packet has left the machine (`IPS_CONFIRMED`).
        public static let confirmed = Status(rawValue: 1 << 3)
        /// The source was translated (`IPS_SRC_NAT`).
        public static let sourceTranslated = Status(rawValue: 1 << 4)
        /// The destination was translated (`IPS_DST_NAT`).
        public static let destinationTranslated = Status(rawValue: 1 << 5)
    }

    /// The protocol.
    public var transport: TransportProtocol
    /// As the client sent its first packet.
    public var original: ConntrackTuple
    /// As the answers look before they are translated back: the source is the endpoint.
    public var reply: ConntrackTuple
    /// What it has been through.
    public var status: Status
    /// The connection's mark (`CTA_MARK`).
    public var mark: UInt32
    /// The kernel's number of the entry, so that deleting it cannot hit a later one between the same ends.
    public var id: UInt32

    /// Puts one together from its parts.
    public init(
        _ transport: TransportProtocol, original: ConntrackTuple, reply: ConntrackTuple, status: Status,
        mark: UInt32 = 0, id: UInt32 = 0
    ) {
        self.transport = transport
        self.original = original
        self.reply = reply
        self.status = status
        self.mark = mark
        self.id = id
    }
}

/// A conversation with the kernel about a namespace's tracked connections (nfnetlink_conntrack).
public final class ConntrackSocket: Sendable {
    let socket: NetlinkSocket

    /// Opens a socket in a namespace; without one, in that of the calling thread.
    /// - Parameter place: the namespace's name, for the text of errors.
    public init(in namespace: NetworkNamespace? = nil, place: String = "") throws(KernelError) {
        socket = try NetlinkSocket(.netfilter, in: namespace, place: place)
    }

    /// The connections of a family that are tracked: TCP, UDP and SCTP. The corresponding command is `conntrack -L`.
    public func list(_ family: Family = .v4) throws(KernelError) -> [ConntrackEntry] {
        var writer = NetlinkWriter(capacity: 256)
        begin(&writer, IPCTNL_MSG_CT_GET, NLM_F_DUMP, 1, family)
        writer.end()
        return try socket.dump(writer.bytes(), "reading the tracked connections", call: "IPCTNL_MSG_CT_GET")
            .compactMap(ConntrackEntry.init)
    }

    /// The tracked connections that an address answers, whatever address they were begun to.
    ///
    /// The kernel picks those of IPv4 (`CTA_FILTER`, since 5.8). Of IPv6 it picks all others, for it takes the result of
    /// `ipv6_addr_cmp` the wrong way round (`ctnetlink_filter_match_tuple`, seen in 6.18): those are picked here.
    public func list(answeredBy address: Address) throws(KernelError) -> [ConntrackEntry] {
        let entries = try address.family == .v4 ? filtered(address) : list(.v6)
        return entries.filter { $0.reply.source.address == address }
    }

    /// The connection that was begun by a packet, if it is tracked. The corresponding command is `conntrack -G`.
    public func entry(begunBy packet: Packet) throws(KernelError) -> ConntrackEntry? {
        var writer = NetlinkWriter(capacity: 256)
        begin(&writer, IPCTNL_MSG_CT_GET, NLM_F_ACK, 1, packet.source.address.family)
        writer.put(ConntrackTuple(source: packet.source, destination: packet.destination), packet.transport)
        writer.end()
        let operation = "looking for the connection \(packet)"
        let answer = try socket.converse(writer.bytes(), last: 1, operation, call: "IPCTNL_MSG_CT_GET")
        if let failure = answer.failures.first {
            if failure.errno == .noEntry { return nil }
            throw KernelError(
                operation + socket.suffix, call: "IPCTNL_MSG_CT_GET", failure.errno, message: failure.message)
        }
        return answer.messages.lazy.compactMap(ConntrackEntry.init).first
    }

    private func filtered(_ address: Address) throws(KernelError) -> [ConntrackEntry] {
        var writer = NetlinkWriter(capacity: 256)
        begin(&writer, IPCTNL_MSG_CT_GET, NLM_F_DUMP, 1, address.family)
        let tuple = writer.open(Int(CTA_TUPLE_REPLY.rawValue))
        let addresses = writer.open(Int(CTA_TUPLE_IP.rawValue))
        writer.put(Int(CTA_IP_V4_SRC.rawValue), bytes: address.bytes)
        writer.close(addresses)
        writer.close(tuple)
        let filter = writer.open(Int(CTA_FILTER.rawValue))
        writer.stage(ConntrackSocket.sourceOnly)
        writer.putStaged(Int(CTA_FILTER_REPLY_FLAGS.rawValue))
        writer.close(filter)
        writer.end()
        return try socket.dump(
            writer.bytes(), "reading the tracked connections of \(address)", call: "IPCTNL_MSG_CT_GET"
        ).compactMap(ConntrackEntry.init)
    }

    /// The kernel's `CTA_FILTER_F_CTA_IP_SRC` (`nf_internals.h`).
    private static let sourceOnly: UInt32 = 1

    /// Deletes an entry, so that the connection's next packet is looked at anew; fine if it is gone.
    /// The corresponding command is `conntrack -D`.
    public func delete(_ entry: ConntrackEntry) throws(KernelError) { try delete([entry]) }

    /// Deletes the entries that the condition picks, and returns them.
    @discardableResult
    public func delete(
        _ family: Family = .v4, where picks: (ConntrackEntry) -> Bool
    ) throws(KernelError) -> [ConntrackEntry] {
        let entries = try list(family).filter(picks)
        try delete(entries)
        return entries
    }

    /// Deletes entries, all in one system call; fine if some are gone.
    public func delete(_ entries: [ConntrackEntry]) throws(KernelError) {
        guard !entries.isEmpty else { return }
        var writer = NetlinkWriter()
        for (index, entry) in entries.enumerated() {
            let flags = index == entries.count - 1 ? NLM_F_ACK : 0
            begin(&writer, IPCTNL_MSG_CT_DELETE, flags, UInt32(index + 1), entry.original.source.address.family)
            writer.put(entry.original, entry.transport)
            writer.put(Int(CTA_ID.rawValue), network: entry.id)
            writer.end()
        }
        let answer = try socket.converse(
            writer.bytes(), last: UInt32(entries.count), "deleting tracked connections", call: "send")
        guard let failure = answer.failures.first(where: { $0.errno != .noEntry }) else { return }
        let entry = entries[min(max(Int(failure.sequence) - 1, 0), entries.count - 1)]
        throw KernelError(
            "deleting the tracked connection \(entry.original.source) → \(entry.original.destination)" + socket.suffix,
            call: "IPCTNL_MSG_CT_DELETE", failure.errno, message: failure.message)
    }

    func begin(
        _ writer: inout NetlinkWriter, _ type: cntl_msg_types, _ flags: Int32, _ sequence: UInt32, _ family: Family
    ) {
        writer.begin(
            subsystem: NFNL_SUBSYS_CTNETLINK, type: Int(type.rawValue), flags: flags, sequence: sequence,
            family: RouteBuilder.number(family))
    }
}

extension NetlinkWriter {
    /// Writes one direction of a connection: addresses, protocol, ports.
    mutating func put(
        _ tuple: ConntrackTuple, _ transport: TransportProtocol, as direction: ctattr_type = CTA_TUPLE_ORIG
    ) {
        let isV4 = tuple.source.address.family == .v4
        let nest = open(Int(direction.rawValue))
        let addresses = open(Int(CTA_TUPLE_IP.rawValue))
        put(Int((isV4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC).rawValue), bytes: tuple.source.address.bytes)
        put(Int((isV4 ? CTA_IP_V4_DST : CTA_IP_V6_DST).rawValue), bytes: tuple.destination.address.bytes)
        close(addresses)
        let ports = open(Int(CTA_TUPLE_PROTO.rawValue))
        put(Int(CTA_PROTO_NUM.rawValue), bytes: [transport.rawValue])
        for (type, port) in [(CTA_PROTO_SRC_PORT, tuple.source.port), (CTA_PROTO_DST_PORT, tuple.destination.port)] {
            put(Int(type.rawValue), bytes: [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)])
        }
        close(ports)
        close(nest)
    }
}

extension ConntrackEntry {
    /// Reads an entry; nil for a protocol without ports.
    init?(_ message: NetlinkMessage) {
        guard message.payload.count >= 4 else { return nil }
        let attributes = NetlinkAttributes(message.payload, from: 4)
        guard let original = attributes.nest(Int(CTA_TUPLE_ORIG.rawValue)),
            let reply = attributes.nest(Int(CTA_TUPLE_REPLY.rawValue)),
            let protocolNumber = original.nest(Int(CTA_TUPLE_PROTO.rawValue))?.network(Int(CTA_PROTO_NUM.rawValue)),
            let transport = TransportProtocol(rawValue: UInt8(truncatingIfNeeded: protocolNumber)),
            let original = ConntrackTuple(original), let reply = ConntrackTuple(reply)
        else { return nil }
        func number(_ type: ctattr_type) -> UInt32 {
            UInt32(truncatingIfNeeded: attributes.network(Int(type.rawValue)) ?? 0)
        }
        self.init(
            transport, original: original, reply: reply, status: Status(rawValue: number(CTA_STATUS)),
            mark: number(CTA_MARK), id: number(CTA_ID))
    }
}

extension ConntrackTuple {
    fileprivate init?(_ tuple: NetlinkAttributes) {
        guard let addresses = tuple.nest(Int(CTA_TUPLE_IP.rawValue)),
            let ports = tuple.nest(Int(CTA_TUPLE_PROTO.rawValue)),
            let source = addresses.address(Int(CTA_IP_V4_SRC.rawValue))
                ?? addresses.address(Int(CTA_IP_V6_SRC.rawValue)),
            let destination = addresses.address(Int(CTA_IP_V4_DST.rawValue))
                ?? addresses.address(Int(CTA_IP_V6_DST.rawValue)),
            let sourcePort = ports.network(Int(CTA_PROTO_SRC_PORT.rawValue)),
            let destinationPort = ports.network(Int(CTA_PROTO_DST_PORT.rawValue))
        else { return nil }
        self.init(
            source: SocketAddress(source, UInt16(truncatingIfNeeded: sourcePort)),
            destination: SocketAddress(destination, UInt16(truncatingIfNeeded: destinationPort)))
    }
}
