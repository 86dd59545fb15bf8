// SPDX-License-Identifier: Apache-2.0
public import Net

/// A packet's way through one namespace, as the kernel told of it.
public struct SeenPassage: Sendable, Hashable {
    /// The namespace.
    public var namespace: NamespaceName
    /// The interface that it came by; nil for a packet that the namespace sends.
    public var incoming: String?
    /// The interface that it left by, if it was seen at the other end.
    public var outgoing: String?
    /// The packet as it came, or as it was sent.
    public var entry: Packet
    /// The packet as it left; as last seen before that.
    public var exit: Packet
    /// What the rules said, in order; without the tracer's own.
    public var messages: [TraceMessage] = []
    /// True if a rule or a chain's policy threw it away.
    public var isStopped = false
    /// When it began, in nanoseconds since 1970.
    public var time: UInt64
    /// What no translation changes: TCP's first sequence number.
    var mark: PacketMark?

    init(_ namespace: NamespaceName, incoming: String?, _ packet: Packet, time: UInt64) {
        self.namespace = namespace
        self.incoming = incoming
        self.time = time
        entry = packet
        exit = packet
    }

    /// Takes in the next message, unless it is of a table that only traces.
    mutating func add(_ message: TraceMessage) {
        guard !Tracer.looksOn(message.table) else { return }
        if let packet = message.packet { exit = packet }
        if message.verdict == .drop { isStopped = true }
        messages.append(message)
    }
}

/// What of a packet no translation changes: the sequence number with which TCP begins, of others the number that IPv4 gives
/// a packet; nil where neither is.
struct PacketMark: Sendable, Hashable {
    var value: UInt32

    /// Reads it from an Ethernet frame, or from its beginning.
    init?(frame: [UInt8]) {
        guard frame.count >= 34 else { return nil }
        let isV4 = frame[12] == 0x08
        let transport = isV4 ? 14 + Int(frame[14] & 15) * 4 : 54
        if frame[isV4 ? 23 : 20] == TransportProtocol.tcp.rawValue {
            guard frame.count >= transport + 8 else { return nil }
            value = frame[(transport + 4)..<(transport + 8)].reduce(0) { $0 << 8 | UInt32($1) }
            return
        }
        guard isV4, frame[18] != 0 || frame[19] != 0 else { return nil }
        value = UInt32(frame[18]) << 8 | UInt32(frame[19])
    }

    /// True for the first packet of a connection, as far as its headers tell.
    static func begins(_ frame: [UInt8]) -> Bool {
        guard frame.count >= 34 else { return false }
        let isV4 = frame[12] == 0x08
        guard frame[isV4 ? 23 : 20] == TransportProtocol.tcp.rawValue else { return true }
        let flags = (isV4 ? 14 + Int(frame[14] & 15) * 4 : 54) + 13
        // SYN, and not ACK.
        return frame.count > flags && frame[flags] & 0x12 == 0x02
    }
}

/// Everything that was heard of one connection.
public struct SeenFlow: Sendable, Hashable {
    /// The ways through the namespaces, in order, the sender's own first.
    public var passages: [SeenPassage]
    /// What was heard at the ends of links, of both directions, in order of time.
    public var frames: [CapturedFrame] = []
    /// What connection tracking noted, in the order of the way.
    public var tracked: [TrackedConnection] = []
}

/// One end of a link.
public struct LinkPoint: Sendable, Hashable {
    /// Where the end is.
    public var namespace: NamespaceName
    /// Its name there.
    public var interface: String

    /// Puts one together from its parts.
    public init(_ namespace: NamespaceName, _ interface: String) {
        self.namespace = namespace
        self.interface = interface
    }
}

extension Plan {
    /// What each end of a link leads to.
    public var links: [LinkPoint: LinkPoint] {
        var links: [LinkPoint: LinkPoint] = [:]
        for (name, namespace) in namespaces {
            for interface in namespace.interfaces.values {
                links[LinkPoint(name, interface.name)] = LinkPoint(interface.peerNamespace, interface.peerName)
            }
        }
        return links
    }
}
