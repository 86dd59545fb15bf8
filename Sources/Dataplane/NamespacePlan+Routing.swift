// SPDX-License-Identifier: Apache-2.0
public import Net

/// Where a namespace sends a packet.
public enum RoutingDecision: Sendable, Hashable {
    /// To itself.
    case local
    /// Out by an interface, to the next hop.
    case forward(Route, Interface, nextHop: Address)
    /// Nowhere: the matching route, if there is one, says `unreachable` or names an interface that is not there.
    case unreachable(Route?)
}

extension NamespacePlan {
    /// The decision for a destination: the namespace's own addresses first, then the route with the longest prefix.
    /// The corresponding command is `ip route get`.
    public func route(to destination: Address) -> RoutingDecision {
        if owns(destination) { return .local }
        guard let route = longestMatch(destination) else { return .unreachable(nil) }
        guard let name = route.interface, let interface = interfaces[name] else { return .unreachable(route) }
        return .forward(route, interface, nextHop: route.gateway ?? destination)
    }

    /// True for the addresses of the namespace's interfaces, those of `lo`, and the whole of 127.0.0.0/8.
    public func owns(_ address: Address) -> Bool {
        address.isLoopback || loopback.contains { $0.address == address }
            || interfaces.values.contains { $0.addresses.contains { $0.address == address } }
    }

    /// One look-up a length, longest first: cheap however many routes there are.
    private func longestMatch(_ destination: Address) -> Route? {
        for length in stride(from: destination.family.bits, through: 0, by: -1) {
            if let route = routes[Prefix(destination, length)] { return route }
        }
        return nil
    }

    /// The address that the namespace itself sends from when its program has not chosen one.
    public func sourceAddress(to destination: Address) -> Address? {
        switch route(to: destination) {
        case .local: destination
        case .forward(let route, let interface, let nextHop):
            route.source ?? address(on: interface, towards: nextHop, family: destination.family)
        case .unreachable: nil
        }
    }

    /// The address that the kernel takes for packets out by an interface: one of the interface's own (best the one on
    /// the next hop's network), else the first global one of `lo`, else of the other interfaces in the order of their
    /// numbers. The corresponding C function is `inet_select_addr`.
    public func address(on interface: Interface?, towards nextHop: Address?, family: Family) -> Address? {
        let own = interface?.addresses.filter { $0.family == family } ?? []
        if let nextHop, let near = own.first(where: { $0.contains(nextHop) }) { return near.address }
        if let first = own.first { return first.address }
        let others = interfaces.values.sorted { ($0.index, $0.name) < ($1.index, $1.name) }.flatMap(\.addresses)
        return (loopback + others).map(\.address).first {
            $0.family == family && !$0.isLoopback && !$0.isLinkLocal
        }
    }

    /// True if the namespace passes on what is not for itself. The corresponding sysctl is `net.ipv4.ip_forward`.
    public func forwards(_ family: Family) -> Bool {
        sysctls[family == .v4 ? "ipv4/ip_forward" : "ipv6/conf/all/forwarding"] == "1"
    }
}
