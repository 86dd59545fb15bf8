// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
public import Net

/// An interface as the kernel has it.
public struct LinkEntry: Sendable, Hashable {
    /// Its number within its namespace.
    public var index: UInt32
    /// Its name.
    public var name: String
    /// Its hardware address, if it has one.
    public var mac: MACAddress?
    /// True if it was brought up (`IFF_UP`).
    public var isUp: Bool
    /// True if the other end is up, too (`IFF_LOWER_UP`).
    public var hasCarrier: Bool
    /// The kind of a made interface: `veth`; empty for one of the machine's own.
    public var kind: String
    /// Of a veth, the number of the other end within its namespace (`IFLA_LINK`).
    public var peer: UInt32?
    /// The largest packet that it takes, in bytes.
    public var mtu: UInt32
    /// Packets that came in and that went out since the interface was made.
    public var received: UInt64
    /// Packets that went out since then.
    public var sent: UInt64
}

extension LinkEntry {
    init?(_ message: NetlinkMessage) {
        guard Int(message.type) == RTM_NEWLINK, message.payload.count >= 16 else { return nil }
        let attributes = NetlinkAttributes(message.payload, from: 16)
        index = message.payload.word(at: 4)
        name = attributes.text(IFLA_IFNAME) ?? ""
        mac = attributes.bytes(IFLA_ADDRESS).flatMap { MACAddress(bytes: $0) }
        isUp = message.payload.word(at: 8) & UInt32(IFF_UP) != 0
        hasCarrier = message.payload.word(at: 8) & 0x10000 != 0
        kind = attributes.nest(IFLA_LINKINFO)?.text(IFLA_INFO_KIND) ?? ""
        peer = attributes.word(IFLA_LINK)
        mtu = attributes.word(IFLA_MTU) ?? 0
        // struct rtnl_link_stats64 starts with rx_packets and tx_packets.
        let statistics = attributes.bytes(IFLA_STATS64).map { Array($0) } ?? []
        received = statistics.count < 8 ? 0 : LinkEntry.long(statistics, 0)
        sent = statistics.count < 16 ? 0 : LinkEntry.long(statistics, 8)
    }

    private static func long(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        UInt64(bytes.word(at: offset)) | UInt64(bytes.word(at: offset + 4)) << 32
    }
}

extension InterfaceAddress {
    init?(_ message: NetlinkMessage) {
        guard Int(message.type) == RTM_NEWADDR, message.payload.count >= 8 else { return nil }
        let attributes = NetlinkAttributes(message.payload, from: 8)
        guard let address = attributes.address(IFA_LOCAL) ?? attributes.address(IFA_ADDRESS) else { return nil }
        self.init(
            address, length: Int(message.payload[1]), interface: message.payload.word(at: 4),
            scope: RouteScope(rawValue: message.payload[3]))
    }
}

extension RouteEntry {
    init?(_ message: NetlinkMessage) {
        let header = message.payload
        guard Int(message.type) == RTM_NEWROUTE, header.count >= 12, let kind = RouteKind(rawValue: header[7]),
            let family: Family = header[0] == UInt8(AF_INET) ? .v4 : header[0] == UInt8(AF_INET6) ? .v6 : nil,
            Int(header[1]) <= family.bits
        else { return nil }
        let attributes = NetlinkAttributes(header, from: 12)
        let destination = attributes.address(Int(RTA_DST.rawValue)) ?? Address(0, family)
        self.init(
            Prefix(destination, Int(header[1])), via: attributes.address(Int(RTA_GATEWAY.rawValue)),
            interface: attributes.word(Int(RTA_OIF.rawValue)), source: attributes.address(Int(RTA_PREFSRC.rawValue)),
            kind: kind, table: attributes.word(Int(RTA_TABLE.rawValue)) ?? UInt32(header[4]), origin: header[5],
            metric: attributes.word(Int(RTA_PRIORITY.rawValue)) ?? 0)
        if interface == nil, let hops = attributes.bytes(Int(RTA_MULTIPATH.rawValue)), hops.count >= 8 {
            // Of several next hops the first stands for all: struct rtnexthop has the interface at its fifth byte.
            interface = Array(hops).word(at: 4)
        }
    }
}

extension NeighbourEntry {
    init?(_ message: NetlinkMessage) {
        guard Int(message.type) == RTM_NEWNEIGH, message.payload.count >= 12 else { return nil }
        let attributes = NetlinkAttributes(message.payload, from: 12)
        guard let address = attributes.address(NDA_DST) else { return nil }
        self.init(
            address, attributes.bytes(NDA_LLADDR).flatMap { MACAddress(bytes: $0) },
            interface: message.payload.word(at: 4),
            isPermanent: message.payload.half(at: 8) & UInt16(NUD_PERMANENT) != 0)
    }
}
