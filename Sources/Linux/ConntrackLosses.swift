// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
internal import Net

/// What a namespace's connection tracking could not keep, since the namespace was made.
/// The corresponding command is `conntrack -S`.
public struct ConntrackLosses: Sendable, Hashable {
    /// Packets dropped because the table was full, or memory was short (`drop`).
    public var dropped = 0
    /// Connections forgotten early to make room for others (`early_drop`).
    public var evicted = 0
    /// Packets dropped because another connection had the same ends meanwhile (`insert_failed`).
    public var collided = 0

    /// Nothing was lost.
    public init() {}
}

extension ConntrackSocket {
    /// What the namespace's connection tracking could not keep, all processors together.
    public func losses() throws(KernelError) -> ConntrackLosses {
        var writer = NetlinkWriter(capacity: 64)
        begin(&writer, IPCTNL_MSG_CT_GET_STATS_CPU, NLM_F_DUMP, 1, .v4)
        writer.end()
        let operation = "reading what connection tracking lost"
        let answers = try socket.dump(writer.bytes(), operation, call: "IPCTNL_MSG_CT_GET_STATS_CPU")
        var losses = ConntrackLosses()
        for message in answers {
            let attributes = NetlinkAttributes(message.payload, from: 4)
            func number(_ type: ctattr_stats_cpu) -> Int { Int(attributes.network(Int(type.rawValue)) ?? 0) }
            losses.dropped += number(CTA_STATS_DROP)
            losses.evicted += number(CTA_STATS_EARLY_DROP)
            losses.collided += number(CTA_STATS_INSERT_FAILED)
        }
        return losses
    }
}
