// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
internal import Net

/// Hears what happens to a namespace's tracked connections, from its making on. One thread takes what has come.
///
/// The kernel tells only while someone listens; nothing is asked of it, and no rule is needed. The corresponding command
/// is `conntrack -E`.
public final class ConntrackEvents: Sendable {
    /// Which events are heard.
    public struct Kinds: OptionSet, Sendable, Hashable {
        /// One bit a kind.
        public let rawValue: UInt8
        /// One bit a kind.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Connections that begin.
        public static let began = Kinds(rawValue: 1)
        /// Connections that go on: several events each.
        public static let changed = Kinds(rawValue: 2)
        /// Connections that the kernel forgets.
        public static let ended = Kinds(rawValue: 4)
    }

    /// What has come since the last look.
    public struct Batch: Sendable {
        /// In the order in which it happened.
        public var events: [ConntrackEvent] = []
        /// True if the kernel had to throw events away, for they came faster than they were taken (`ENOBUFS`).
        public var hasLost = false
        /// True if more waits.
        public var isCut = false
    }

    private let socket: NetlinkSocket

    /// Starts to listen in a namespace. Where events are switched off (`net.netfilter.nf_conntrack_events`) they are
    /// switched on.
    /// - Parameters:
    ///   - place: the namespace's name, for the text of errors.
    ///   - isRepeated: true to be told of a lost beginning once more with the connection's next event
    ///     (`NETLINK_BROADCAST_ERROR`). Whoever else listens may then hear some twice.
    public init(
        _ kinds: Kinds = .began, in namespace: NetworkNamespace, place: String = "", isRepeated: Bool = false
    ) throws(KernelError) {
        socket = try NetlinkSocket(.netfilter, in: namespace, place: place)
        if isRepeated { try set(NETLINK_BROADCAST_ERROR, 1) }
        try join(kinds)
        // With the first listener the kernel has loaded what has this setting.
        try namespace.enter { () throws(KernelError) in try ConntrackEvents.switchOn(place) }
    }

    /// Joins the groups. The socket gets a number of its own with that: one without is taken for the kernel's, and hears
    /// nothing.
    private func join(_ kinds: Kinds) throws(KernelError) {
        let groups: [(Kinds, nfnetlink_groups)] = [
            (.began, NFNLGRP_CONNTRACK_NEW), (.changed, NFNLGRP_CONNTRACK_UPDATE),
            (.ended, NFNLGRP_CONNTRACK_DESTROY),
        ]
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        for (kind, group) in groups where kinds.contains(kind) { address.nl_groups |= 1 << (group.rawValue - 1) }
        _ = try check("listening to connections" + socket.suffix, "bind") {
            unsafe withUnsafePointer(to: address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(socket.descriptor.raw, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
                }
            }
        }
    }

    private func set(_ option: Int32, _ value: Int32) throws(KernelError) {
        _ = try check("listening to connections" + socket.suffix, "setsockopt") {
            unsafe withUnsafePointer(to: value) { unsafe setsockopt(socket.descriptor.raw, SOL_NETLINK, option, $0, 4) }
        }
    }

    private static let setting = "netfilter/nf_conntrack_events"

    /// Has the kernel tell, in the calling thread's namespace.
    private static func switchOn(_ place: String) throws(KernelError) {
        do throws(KernelError) {
            if try Sysctl.read(setting) == "0" { try Sysctl.write([setting: "1"]) }
        } catch {
            throw KernelError(
                "listening to connections" + (place.isEmpty ? "" : " in \(place)"), call: error.call, error.errno,
                message: "this kernel does not tell of connections: it needs CONFIG_NF_CONNTRACK_EVENTS, and "
                    + "net.netfilter.nf_conntrack_events = 1")
        }
    }

    /// What to wait for: it can be read when events have come. Valid while this object lives.
    public var descriptor: Int32 { socket.descriptor.raw }

    /// For a thread that waits for many of them.
    var shared: SharedDescriptor { socket.descriptor }

    /// Takes what has come, and does not wait for more.
    public func take() throws(KernelError) -> Batch {
        var batch = Batch()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 16)
        defer { unsafe buffer.deallocate() }
        for _ in 0..<ConntrackEvents.limit {
            let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count >= 0 {
                var answer = NetlinkAnswer(last: .max)
                unsafe answer.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                batch.events += answer.messages.compactMap(ConntrackEvent.init)
                continue
            }
            switch Errno.current {
            case .again: return batch
            case .noBuffers: batch.hasLost = true
            case .interrupted: continue
            case let errno:
                throw KernelError("listening to connections" + socket.suffix, call: "recv", errno)
            }
        }
        batch.isCut = true
        return batch
    }

    /// So many events are taken in one go.
    private static let limit = 4096
}
