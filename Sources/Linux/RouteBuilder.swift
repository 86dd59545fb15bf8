// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
internal import Net

/// Turns route requests into rtnetlink messages by libnl-route's objects, which never leave the function they are
/// made in. All raw code of the route half is in here.
enum RouteBuilder {
    /// The request's message: its header has the number 0 and the flags of the request, without `NLM_F_REQUEST`.
    static func message(_ request: RouteRequest) throws(Errno) -> [UInt8] {
        switch request {
        case .addVeth(let near, let peer, let namespace): try addVeth(near, peer, namespace)
        case .setUp(let interface): try change(interface, up: true)
        case .setDown(let interface): try change(interface, up: false)
        case .rename(let interface, let name): try change(interface, name: name)
        case .deleteLink(let interface): try deleteLink(interface, name: nil)
        case .deleteLinkNamed(let name): try deleteLink(0, name: name)
        case .addAddress(let address): try addressMessage(address, add: true)
        case .deleteAddress(let address): try addressMessage(address, add: false)
        case .setNeighbour(let entry): try neighbourMessage(entry, add: true)
        case .deleteNeighbour(let address, let interface):
            try neighbourMessage(NeighbourEntry(address, nil, interface: interface), add: false)
        case .addRoute(let route): try routeMessage(route, flags: NLM_F_CREATE | NLM_F_EXCL)
        case .replaceRoute(let route): try routeMessage(route, flags: NLM_F_CREATE | NLM_F_REPLACE)
        case .deleteRoute(let route): try routeMessage(route, flags: nil)
        }
    }

    // MARK: Links

    private static func addVeth(
        _ near: VethEnd, _ peer: VethEnd, _ namespace: NetworkNamespace?
    ) throws(Errno) -> [UInt8] {
        guard let link = unsafe rtnl_link_veth_alloc() else { throw outOfMemory }
        defer { unsafe rtnl_link_veth_release(link) }
        try unsafe fill(link, near)
        unsafe rtnl_link_set_flags(link, up)
        guard let other = unsafe rtnl_link_veth_get_peer(link) else { throw outOfMemory }
        defer { unsafe rtnl_link_put(other) }
        // The far end cannot be born up: the kernel configures it before the two are tied (ENOTCONN).
        try unsafe fill(other, peer)
        if let namespace { unsafe rtnl_link_set_ns_fd(other, namespace.raw) }
        return try unsafe bytes { unsafe rtnl_link_build_add_request(link, NLM_F_CREATE | NLM_F_EXCL, &$0) }
    }

    private static func fill(_ link: OpaquePointer, _ end: VethEnd) throws(Errno) {
        unsafe rtnl_link_set_name(link, end.name)
        unsafe rtnl_link_set_ifindex(link, Int32(bitPattern: end.index))
        // One queue is what one Pod needs; the kernel's default is one for each processor there may ever be.
        unsafe rtnl_link_set_num_tx_queues(link, 1)
        unsafe rtnl_link_set_num_rx_queues(link, 1)
        guard let mac = end.mac else { return }
        let address = try unsafe build(AF_LLC, mac.bytes)
        unsafe rtnl_link_set_addr(link, address)
        unsafe nl_addr_put(address)
    }

    private static func change(_ index: UInt32, up isUp: Bool? = nil, name: String? = nil) throws(Errno) -> [UInt8] {
        guard let old = unsafe rtnl_link_alloc() else { throw outOfMemory }
        defer { unsafe rtnl_link_put(old) }
        guard let new = unsafe rtnl_link_alloc() else { throw outOfMemory }
        defer { unsafe rtnl_link_put(new) }
        unsafe rtnl_link_set_ifindex(old, Int32(bitPattern: index))
        unsafe rtnl_link_set_ifindex(new, Int32(bitPattern: index))
        if let name { unsafe rtnl_link_set_name(new, name) }
        if let isUp {
            unsafe (isUp ? rtnl_link_set_flags(new, up) : rtnl_link_unset_flags(new, up))
        }
        return try unsafe bytes { unsafe rtnl_link_build_change_request(old, new, 0, &$0) }
    }

    private static func deleteLink(_ index: UInt32, name: String?) throws(Errno) -> [UInt8] {
        guard let link = unsafe rtnl_link_alloc() else { throw outOfMemory }
        defer { unsafe rtnl_link_put(link) }
        if let name {
            unsafe rtnl_link_set_name(link, name)
        } else {
            unsafe rtnl_link_set_ifindex(link, Int32(bitPattern: index))
        }
        return try unsafe bytes { unsafe rtnl_link_build_delete_request(link, &$0) }
    }

    // MARK: Addresses and neighbours

    private static func addressMessage(_ entry: InterfaceAddress, add: Bool) throws(Errno) -> [UInt8] {
        guard let object = unsafe rtnl_addr_alloc() else { throw outOfMemory }
        defer { unsafe rtnl_addr_put(object) }
        let local = try unsafe build(entry.address, length: entry.length)
        defer { unsafe nl_addr_put(local) }
        unsafe rtnl_addr_set_ifindex(object, Int32(bitPattern: entry.interface))
        try unsafe check(rtnl_addr_set_local(object, local))
        if let scope = entry.scope { unsafe rtnl_addr_set_scope(object, Int32(scope.rawValue)) }
        guard add else { return try unsafe bytes { unsafe rtnl_addr_build_delete_request(object, 0, &$0) } }
        // Nobody else can have a lab's address: without this, an IPv6 address is of no use for its first second.
        if entry.address.family == .v6 { unsafe rtnl_addr_set_flags(object, UInt32(IFA_F_NODAD)) }
        return try unsafe bytes { unsafe rtnl_addr_build_add_request(object, NLM_F_CREATE | NLM_F_EXCL, &$0) }
    }

    private static func neighbourMessage(_ entry: NeighbourEntry, add: Bool) throws(Errno) -> [UInt8] {
        guard let object = unsafe rtnl_neigh_alloc() else { throw outOfMemory }
        defer { unsafe rtnl_neigh_put(object) }
        let address = try unsafe build(entry.address)
        defer { unsafe nl_addr_put(address) }
        unsafe rtnl_neigh_set_ifindex(object, Int32(bitPattern: entry.interface))
        try unsafe check(rtnl_neigh_set_dst(object, address))
        unsafe rtnl_neigh_set_state(object, entry.isPermanent ? NUD_PERMANENT : NUD_REACHABLE)
        if let mac = entry.mac {
            let hardware = try unsafe build(AF_LLC, mac.bytes)
            unsafe rtnl_neigh_set_lladdr(object, hardware)
            unsafe nl_addr_put(hardware)
        }
        guard add else { return try unsafe bytes { unsafe rtnl_neigh_build_delete_request(object, 0, &$0) } }
        return try unsafe bytes { unsafe rtnl_neigh_build_add_request(object, NLM_F_CREATE | NLM_F_REPLACE, &$0) }
    }

    // MARK: Routes

    /// - Parameter flags: those of `RTM_NEWROUTE`; nil for `RTM_DELROUTE`.
    private static func routeMessage(_ route: RouteEntry, flags: Int32?) throws(Errno) -> [UInt8] {
        guard let object = unsafe rtnl_route_alloc() else { throw outOfMemory }
        defer { unsafe rtnl_route_put(object) }
        let destination = try unsafe build(route.destination.address, length: route.destination.length)
        defer { unsafe nl_addr_put(destination) }
        unsafe rtnl_route_set_family(object, UInt8(number(route.destination.family)))
        try unsafe check(rtnl_route_set_dst(object, destination))
        unsafe rtnl_route_set_table(object, route.table)
        unsafe rtnl_route_set_protocol(object, route.origin)
        try unsafe check(rtnl_route_set_type(object, route.kind.rawValue))
        if route.metric != 0 { unsafe rtnl_route_set_priority(object, route.metric) }
        let isDirect = route.kind == .unicast && route.gateway == nil && route.destination.family == .v4
        let scope: RouteScope = route.kind == .local ? .host : isDirect ? .link : .global
        unsafe rtnl_route_set_scope(object, scope.rawValue)
        if let source = route.source {
            let address = try unsafe build(source)
            defer { unsafe nl_addr_put(address) }
            try unsafe check(rtnl_route_set_pref_src(object, address))
        }
        try unsafe addNextHop(object, route)
        guard let flags else { return try unsafe bytes { unsafe rtnl_route_build_del_request(object, 0, &$0) } }
        return try unsafe bytes { unsafe rtnl_route_build_add_request(object, flags, &$0) }
    }

    private static func addNextHop(_ object: OpaquePointer, _ route: RouteEntry) throws(Errno) {
        guard route.interface != nil || route.gateway != nil else { return }
        // The route owns the next hop from the last line on, and frees it.
        guard let hop = unsafe rtnl_route_nh_alloc() else { throw outOfMemory }
        if let interface = route.interface { unsafe rtnl_route_nh_set_ifindex(hop, Int32(bitPattern: interface)) }
        if let gateway = route.gateway, let address = try? unsafe build(gateway) {
            unsafe rtnl_route_nh_set_gateway(hop, address)
            unsafe nl_addr_put(address)
            if route.interface != nil { unsafe rtnl_route_set_flags(object, UInt32(RTNH_F_ONLINK)) }
        }
        unsafe rtnl_route_add_nexthop(object, hop)
    }

    // MARK: Common

    private static let up = UInt32(IFF_UP)
    private static let outOfMemory = Errno(rawValue: ENOMEM)

    static func number(_ family: Family) -> Int32 { family == .v4 ? AF_INET : AF_INET6 }

    private static func build(_ address: Address, length: Int? = nil) throws(Errno) -> OpaquePointer {
        let object = try unsafe build(number(address.family), address.bytes)
        if let length { unsafe nl_addr_set_prefixlen(object, Int32(length)) }
        return unsafe object
    }

    private static func build(_ family: Int32, _ bytes: [UInt8]) throws(Errno) -> OpaquePointer {
        guard let object = unsafe nl_addr_build(family, bytes, bytes.count) else { throw outOfMemory }
        return unsafe object
    }

    /// libnl's own error numbers are not errnos: what it refuses is malformed.
    private static func check(_ code: Int32) throws(Errno) {
        guard code >= 0 else { throw .invalid }
    }

    /// The bytes of the message that a libnl function builds.
    private static func bytes(_ build: (inout OpaquePointer?) -> Int32) throws(Errno) -> [UInt8] {
        var message: OpaquePointer?
        let code = unsafe build(&message)
        guard code >= 0, let message = unsafe message else { throw .invalid }
        defer { unsafe nlmsg_free(message) }
        guard let header = unsafe nlmsg_hdr(message) else { throw .invalid }
        let length = Int(unsafe header.pointee.nlmsg_len)
        // nlmsg_len counts no padding; the next message must start on a multiple of four.
        return unsafe Array(UnsafeRawBufferPointer(start: header, count: length))
            + Array(repeating: 0, count: (4 - length % 4) % 4)
    }
}
