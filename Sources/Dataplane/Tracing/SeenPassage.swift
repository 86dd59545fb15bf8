// SPDX-License-Identifier: Apache-2.0
public import Net

/// A packet's way through one namespace, as the kernel told of it.
public struct SeenPassage: Sendable, Hashable {
    /// How it left the namespace's rules.
    public enum End: Sendable, Hashable {
        /// Nothing was told of it yet.
        case open
        /// It was sent on by an interface.
        case left(String)
        /// It was for the namespace itself.
        case taken
        /// A rule or a chain's policy threw it away.
        case stopped
    }

    /// The namespace.
    public var namespace: NamespaceName
    /// The interface that it came by; nil for a packet that the namespace sends.
    public var incoming: String?
    /// The packet as it came, or as it was sent.
    public var entry: Packet
    /// The packet as it left; as last seen before that.
    public var exit: Packet
    /// What the rules said, in order; without the tracer's own.
    public var messages: [TraceMessage] = []
    /// How it ended.
    public var end: End = .open
    /// When it began, as read.
    public var time: UInt64

    init(_ namespace: NamespaceName, incoming: String?, _ packet: Packet, time: UInt64) {
        self.namespace = namespace
        self.incoming = incoming
        self.time = time
        entry = packet
        exit = packet
    }

    /// Takes in the next message. Of tables that trace only, the one named counts.
    mutating func add(_ message: TraceMessage, tracer: String) {
        if let packet = message.packet { exit = packet }
        if message.table == tracer {
            switch message.chain {
            case Tracer.taken: end = .taken
            case Tracer.leaving: end = message.outgoing.map { .left($0) } ?? end
            default: break
            }
        } else if !message.table.hasPrefix(Tracer.prefix) {
            if message.verdict == .drop { end = .stopped }
            messages.append(message)
        }
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
