// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The endpoints behind one number of the maps, and the elements that they are.
struct EndpointPool {
    /// The number.
    var number: UInt32
    /// The endpoints, in slot order.
    var slots: [SocketAddress]
    /// For how many seconds a client keeps its endpoint; nil without affinity.
    var timeout: UInt32?
    /// What asked for the endpoints.
    var because: Because
    /// What asked for the affinity.
    var affinityBecause: Because

    private var count: Datum { .number(UInt32(slots.count)) }

    /// The element of `pools`.
    var poolElement: Element {
        guard let timeout else { return Element([.number(number)], .data([count]), because: because) }
        return Element([.number(number)], .data([.number(timeout | Ruleset.stickyFlag)]), because: affinityBecause)
    }

    /// The element of `sticky-pools`.
    var stickyPoolElement: Element { Element([.number(number)], .data([count]), because: because) }

    /// The element of `endpoints` for a slot of a pool without affinity.
    func slotElement(_ slot: Int) -> Element { element(UInt32(slot), slots[slot]) }

    /// The elements of `sticky-slots` and `endpoints` for a pool with affinity.
    var stickyElements: (slots: [Element], endpoints: [Element]) {
        let numbers = EndpointPool.numbers(of: slots)
        let places = numbers.enumerated().map { slot, endpoint in
            Element([.number(number), .number(UInt32(slot))], .data([.number(endpoint)]), because: because)
        }
        return (places, zip(numbers, slots).map(element))
    }

    private func element(_ place: UInt32, _ endpoint: SocketAddress) -> Element {
        Element(
            [.number(number), .number(place)], .data([.address(endpoint.address), .port(endpoint.port)]),
            because: because)
    }

    /// Adds the pool's elements to a part; a pool without endpoints has none.
    func addElements(to part: inout [String: [Element]]) {
        guard !slots.isEmpty else { return }
        part[SetName.pools, default: []].append(poolElement)
        guard timeout != nil else {
            // The largest of all lists is made in its place.
            part[SetName.endpoints, default: []].append(contentsOf: slots.indices.lazy.map(slotElement))
            return
        }
        part[SetName.stickyPools, default: []].append(stickyPoolElement)
        let elements = stickyElements
        part[SetName.stickySlots, default: []].append(contentsOf: elements.slots)
        part[SetName.endpoints, default: []].append(contentsOf: elements.endpoints)
    }

    /// The element of a set that has this key of the pool's; nil if there is none.
    func element(_ set: String, key: [Datum]) -> Element? {
        guard !slots.isEmpty else { return nil }
        switch set {
        case SetName.pools: return key.count == 1 ? poolElement : nil
        case SetName.stickyPools: return key.count == 1 && timeout != nil ? stickyPoolElement : nil
        case SetName.endpoints where timeout == nil:
            guard key.count == 2, case .number(let slot) = key[1], slot < slots.count else { return nil }
            return slotElement(Int(slot))
        case SetName.endpoints: return stickyElements.endpoints.first { $0.key == key }
        case SetName.stickySlots where timeout != nil: return stickyElements.slots.first { $0.key == key }
        default: return nil
        }
    }

    // MARK: Endpoints' numbers

    /// A number of each endpoint that does not depend on its slot: what clients are remembered with. Should two
    /// endpoints of a pool come to the same number, the later one takes the next that is free.
    static func numbers(of slots: [SocketAddress]) -> [UInt32] {
        var taken: Set<UInt32> = []
        taken.reserveCapacity(slots.count)
        return slots.map { socket in
            var number = self.number(of: socket)
            while !taken.insert(number).inserted { number &+= 1 }
            return number
        }
    }

    /// Endpoints of one port with IPv4 addresses, or with IPv6 addresses of one /96, never come to the same number.
    static func number(of socket: SocketAddress) -> UInt32 {
        let value = socket.address.value
        var number = UInt32(socket.port) &* 0x9e37_79b1
        for shift: UInt128 in [96, 64, 32, 0] { number ^= UInt32(truncatingIfNeeded: value >> shift) }
        return number
    }
}

extension ServicePortEntry {
    /// The endpoints for the policy `Cluster`, those of the family.
    func clusterEndpoints(_ family: Family) -> EndpointPool { pool(pool, endpoints, family) }

    /// The endpoints for the policy `Local`; none for a port without that policy.
    func nodeEndpoints(_ family: Family) -> EndpointPool {
        pool(localPool, localPool == 0 ? [] : localEndpoints, family)
    }

    private func pool(_ number: UInt32, _ slots: [SocketAddress], _ family: Family) -> EndpointPool {
        EndpointPool(
            number: number, slots: slots.of(family), timeout: affinityTimeout, because: reasons.port,
            affinityBecause: reasons.affinity ?? reasons.port)
    }
}

extension [SocketAddress] {
    /// Those of a family; mostly that is all of them.
    func of(_ family: Family) -> [SocketAddress] {
        allSatisfy { $0.address.family == family } ? self : filter { $0.address.family == family }
    }

    /// True if one is of the family.
    func has(_ family: Family) -> Bool { contains { $0.address.family == family } }
}
