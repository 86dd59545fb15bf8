// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc

/// Something that happened to a tracked connection.
public struct ConntrackEvent: Sendable, Hashable {
    /// What happened.
    public enum Kind: Sendable, Hashable {
        /// Its first packet got through (`NFNLGRP_CONNTRACK_NEW`).
        case began
        /// It went on: an answer came, its state changed (`NFNLGRP_CONNTRACK_UPDATE`).
        case changed
        /// The kernel forgot it (`NFNLGRP_CONNTRACK_DESTROY`).
        case ended
    }

    /// What happened.
    public var kind: Kind
    /// The connection, as the kernel has it now: translated, if it is.
    public var connection: ConntrackEntry
    /// The part of the table that it is in; 0 but for rules that say otherwise (`CTA_ZONE`).
    public var zone: UInt16
    /// When it began, in nanoseconds since 1970: told when it ends, if the namespace keeps that
    /// (`net.netfilter.nf_conntrack_timestamp`); nil otherwise.
    public var began: UInt64?
}

extension ConntrackEvent {
    /// Reads an event; nil for a protocol without ports, and for what is no event.
    init?(_ message: NetlinkMessage) {
        guard let kind = Kind(message), let connection = ConntrackEntry(message) else { return nil }
        let attributes = NetlinkAttributes(message.payload, from: 4)
        self.init(
            kind: kind, connection: connection,
            zone: UInt16(truncatingIfNeeded: attributes.network(Int(CTA_ZONE.rawValue)) ?? 0),
            began: attributes.nest(Int(CTA_TIMESTAMP.rawValue))?.network(Int(CTA_TIMESTAMP_START.rawValue)))
    }
}

extension ConntrackEvent.Kind {
    /// The kernel says by the flags of a message whether what it tells of is new.
    fileprivate init?(_ message: NetlinkMessage) {
        guard Int32(message.type) >> 8 == NFNL_SUBSYS_CTNETLINK else { return nil }
        let isCreated = message.flags & UInt16(NLM_F_CREATE) != 0
        switch UInt32(message.type & 0xff) {
        case IPCTNL_MSG_CT_NEW.rawValue: self = isCreated ? .began : .changed
        case IPCTNL_MSG_CT_DELETE.rawValue: self = .ended
        default: return nil
        }
    }
}
