// SPDX-License-Identifier: Apache-2.0
public import Net

/// One end of a veth pair that is to be made.
public struct VethEnd: Sendable, Hashable {
    /// `IFLA_IFNAME`: at most 15 bytes.
    public var name: String
    /// The interface's number within its namespace; 0 lets the kernel choose.
    public var index: UInt32
    /// The hardware address; nil lets the kernel choose.
    public var mac: MACAddress?

    /// Puts one together from its parts.
    public init(_ name: String, index: UInt32 = 0, mac: MACAddress? = nil) {
        self.name = name
        self.index = index
        self.mac = mac
    }
}

/// An address of an interface, with the length of the network it lies in.
public struct InterfaceAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address.
    public var address: Address
    /// The prefix length; 32 or 128 for an address alone.
    public var length: Int
    /// The number of the interface.
    public var interface: UInt32
    /// How far the address is valid (`ifa_scope`); nil lets the kernel's usual choice stand: global.
    public var scope: RouteScope?

    /// Puts one together from its parts.
    public init(_ address: Address, length: Int? = nil, interface: UInt32, scope: RouteScope? = nil) {
        self.address = address
        self.length = length ?? address.family.bits
        self.interface = interface
        self.scope = scope
    }

    /// `10.0.0.1/24`.
    public var description: String { "\(address)/\(length)" }
}

/// A distance, as rtnetlink counts it. The corresponding C names are `RT_SCOPE_UNIVERSE`, ….
public enum RouteScope: UInt8, Sendable, Hashable {
    case global = 0
    case link = 253
    case host = 254
}

/// What the kernel does with a packet that a route takes. The corresponding C names are `RTN_UNICAST`, ….
public enum RouteKind: UInt8, Sendable, Hashable {
    case unicast = 1
    case local = 2
    case broadcast = 3
    case anycast = 4
    case multicast = 5
    case blackhole = 6
    case unreachable = 7
    case prohibit = 8
    case throwing = 9
}

/// A route of a routing table, as it is asked for and as it is read back.
public struct RouteEntry: Sendable, Hashable, CustomStringConvertible {
    /// Where it leads.
    public var destination: Prefix
    /// The next hop; asked for as reachable on the interface whatever the other routes say (`RTNH_F_ONLINK`).
    public var gateway: Address?
    /// The number of the interface; nil for one that leads nowhere.
    public var interface: UInt32?
    /// `RTA_PREFSRC`: the source address of what this namespace itself sends along the route.
    public var source: Address?
    /// What becomes of a packet that takes it.
    public var kind: RouteKind
    /// The table's number; 254 is the main one, 255 the kernel's own of local addresses.
    public var table: UInt32
    /// Who made it (`rtm_protocol`): 2 the kernel, 3 an administrator at boot, 4 an administrator.
    public var origin: UInt8
    /// The route's metric: of two for one destination the lower wins; 0 for none told.
    public var metric: UInt32

    /// Puts one together from its parts.
    public init(
        _ destination: Prefix, via gateway: Address? = nil, interface: UInt32? = nil, source: Address? = nil,
        kind: RouteKind = .unicast, table: UInt32 = 254, origin: UInt8 = 4, metric: UInt32 = 0
    ) {
        self.destination = destination
        self.gateway = gateway
        self.interface = interface
        self.source = source
        self.kind = kind
        self.table = table
        self.origin = origin
        self.metric = metric
    }

    /// `10.0.0.0/24 via 10.0.0.1 on interface 3`.
    public var description: String {
        let kind = kind == .unicast ? "" : "\(kind) "
        return kind + "\(destination)" + (gateway.map { " via \($0)" } ?? "")
            + (interface.map { " on interface \($0)" } ?? "")
    }
}

/// A permanent entry of the neighbour table.
public struct NeighbourEntry: Sendable, Hashable {
    /// The neighbour's address.
    public var address: Address
    /// The hardware address; nil where the kernel has none yet.
    public var mac: MACAddress?
    /// The number of the interface.
    public var interface: UInt32
    /// True for an entry that was told and never expires (`NUD_PERMANENT`).
    public var isPermanent: Bool

    /// Puts one together from its parts.
    public init(_ address: Address, _ mac: MACAddress?, interface: UInt32, isPermanent: Bool = true) {
        self.address = address
        self.mac = mac
        self.interface = interface
        self.isPermanent = isPermanent
    }
}

/// One change of a namespace's links, addresses, routes or neighbours.
public enum RouteRequest: Sendable {
    /// Makes a veth pair: one end here, the other in the peer's namespace (nil: here too). The near end is up.
    case addVeth(VethEnd, peer: VethEnd, peerNamespace: NetworkNamespace?)
    /// Brings an interface up (`IFF_UP`); number 1 is `lo`.
    case setUp(interface: UInt32)
    /// Takes an interface down.
    case setDown(interface: UInt32)
    case rename(interface: UInt32, to: String)
    /// Deletes an interface; of a veth pair, both ends go.
    case deleteLink(interface: UInt32)
    case deleteLinkNamed(String)
    case addAddress(InterfaceAddress)
    case deleteAddress(InterfaceAddress)
    /// Adds the entry or replaces the one that is there.
    case setNeighbour(NeighbourEntry)
    case deleteNeighbour(Address, interface: UInt32)
    /// Adds the route; one that is there already is an error (`EEXIST`).
    case addRoute(RouteEntry)
    /// Adds the route or replaces the one of its destination.
    case replaceRoute(RouteEntry)
    case deleteRoute(RouteEntry)
}

extension RouteRequest: CustomStringConvertible {
    /// What the request does, in words: `adding the route 10.244.1.0/24 via 172.18.0.2`.
    public var description: String {
        switch self {
        case .addVeth(let near, let peer, _): "adding the veth pair \(near.name) to \(peer.name)"
        case .setUp(let interface): "bringing up interface \(interface)"
        case .setDown(let interface): "taking down interface \(interface)"
        case .rename(let interface, let name): "renaming interface \(interface) to \(name)"
        case .deleteLink(let interface): "deleting interface \(interface)"
        case .deleteLinkNamed(let name): "deleting interface \(name)"
        case .addAddress(let address): "adding the address \(address) to interface \(address.interface)"
        case .deleteAddress(let address): "deleting the address \(address) from interface \(address.interface)"
        case .setNeighbour(let entry): "setting the neighbour \(entry.address) of interface \(entry.interface)"
        case .deleteNeighbour(let address, let interface): "deleting the neighbour \(address) of interface \(interface)"
        case .addRoute(let route): "adding the route \(route)"
        case .replaceRoute(let route): "setting the route \(route)"
        case .deleteRoute(let route): "deleting the route \(route)"
        }
    }

    /// The rtnetlink request that carries it out.
    public var call: String {
        switch self {
        case .addVeth, .setUp, .setDown, .rename: "RTM_NEWLINK"
        case .deleteLink, .deleteLinkNamed: "RTM_DELLINK"
        case .addAddress: "RTM_NEWADDR"
        case .deleteAddress: "RTM_DELADDR"
        case .setNeighbour: "RTM_NEWNEIGH"
        case .deleteNeighbour: "RTM_DELNEIGH"
        case .addRoute, .replaceRoute: "RTM_NEWROUTE"
        case .deleteRoute: "RTM_DELROUTE"
        }
    }
}
