// SPDX-License-Identifier: Apache-2.0
import Glibc
import Linux
import Net
import Testing

@Suite(.needsNamespace) struct RouteTests {
    @Test func `a veth pair is born in both namespaces, named, numbered and addressed as told`() throws {
        let pair = try Pair()
        let left = try #require(try pair.leftRoutes.links().first { $0.name == "toright" })
        #expect(left.index == 10 && left.mac == MACAddress(local: 1) && left.isUp && left.kind == "veth")
        #expect(left.peer == 20)
        let right = try #require(try pair.rightRoutes.links().first { $0.name == "toleft" })
        #expect(right.index == 20 && right.mac == MACAddress(local: 2) && right.isUp && right.peer == 10)
    }

    @Test(.needsCommand("ip")) func `ip shows what was asked for`() throws {
        let pair = try Pair()
        let address = try shell("ip -j address show dev toleft", in: pair.right)
        #expect(address.contains(#""local":"10.0.0.2","prefixlen":32"#))
        #expect(address.contains(#""operstate":"UP""#))
        #expect(try shell("ip route", in: pair.right).contains("default via 10.0.0.1 dev toleft proto static onlink"))
        #expect(try shell("ip route", in: pair.left).contains("10.0.0.2 dev toright proto static scope link"))
        let neighbour = try shell("ip neighbour show nud permanent", in: pair.left)
        #expect(neighbour.contains("10.0.0.2 dev toright lladdr 02:00:00:00:00:02 PERMANENT"))
        #expect(neighbour.contains("fd00::2 dev toright lladdr 02:00:00:00:00:02 PERMANENT"))
    }

    @Test(arguments: Family.allCases) func `packets cross the pair in both families`(family: Family) throws {
        let pair = try Pair()
        let address = family == .v4 ? Pair.rightAddress : Pair.rightAddress6
        let server = try TestSocket(.udp, in: pair.right, bound: SocketAddress(address, 7000))
        let client = try TestSocket(.udp, in: pair.left, connected: SocketAddress(address, 7000))
        client.send("there")
        let peer = try #require(server.receive())
        #expect(peer.text == "there" && peer.from.address == (family == .v4 ? Pair.leftAddress : Pair.leftAddress6))
        server.send("and back", to: peer.from)
        #expect(client.receive()?.text == "and back")
    }

    @Test func `the very first packet passes once the interfaces were waited for`() throws {
        for _ in 0..<40 {
            let pair = try Pair()
            let server = try TestSocket(.udp, in: pair.right, bound: SocketAddress(Pair.rightAddress, 7000))
            try TestSocket(.udp, in: pair.left, connected: SocketAddress(Pair.rightAddress, 7000)).send("first")
            #expect(server.receive()?.text == "first")
        }
    }

    @Test func `waiting for an interface that is not there is an error, not a wait`() throws {
        let routes = try RouteSocket(in: try quietNamespace())
        let error = try #require(throws: KernelError.self) { try routes.waitUntilUp([99]) }
        #expect(error.errno == .noDevice)
    }

    @Test func `addresses are read back as they were added, with length and scope`() throws {
        let namespace = try quietNamespace()
        let routes = try RouteSocket(in: namespace)
        let asked = [
            InterfaceAddress(Address(10, 1, 2, 3), length: 24, interface: 1, scope: .global),
            InterfaceAddress(Address(169, 254, 1, 1), interface: 1, scope: .link),
            InterfaceAddress(Pair.leftAddress6, length: 64, interface: 1, scope: .global),
        ]
        try routes.send(asked.map { .addAddress($0) })
        let found = try routes.addresses()
        for address in asked { #expect(found.contains(address), "\(address)") }
        try routes.send(asked.map { .deleteAddress($0) })
        #expect(try routes.addresses().filter { !$0.address.isLoopback }.isEmpty)
    }

    static let routeTable: [RouteEntry] = [
        RouteEntry(Prefix(Address(10, 5, 0, 0), 16), interface: 10),
        RouteEntry(Prefix(Address(10, 6, 0, 0), 16), via: Address(192, 0, 2, 9), interface: 10),
        RouteEntry(
            Prefix(Address(10, 7, 0, 0), 24), via: Address(192, 0, 2, 9), interface: 10, source: Pair.leftAddress),
        RouteEntry(Prefix(Address(10, 8, 0, 0), 24), kind: .unreachable),
        RouteEntry(Prefix(Address.v4(0), 0), via: Address(192, 0, 2, 9), interface: 10),
        RouteEntry(
            Prefix(Pair.rightAddress6.advanced(by: 4096), 128), via: Pair.rightAddress6, interface: 10, metric: 1024),
        RouteEntry(
            Prefix(Address.v6(0), 0), via: Pair.rightAddress6, interface: 10, source: Pair.leftAddress6, metric: 1024),
    ]

    @Test(arguments: routeTable) func `a route is read back as it was added, and goes when deleted`(route: RouteEntry)
        throws
    {
        let pair = try Pair()
        try pair.leftRoutes.send(.addRoute(route))
        #expect(try pair.leftRoutes.routes().contains(route))
        try pair.leftRoutes.send(.deleteRoute(route))
        #expect(try !pair.leftRoutes.routes().contains(route))
    }

    @Test func `replacing a route leaves one of its destination`() throws {
        let pair = try Pair()
        let prefix = Prefix(Address(10, 6, 0, 0), 16)
        try pair.leftRoutes.send(.addRoute(RouteEntry(prefix, via: Address(192, 0, 2, 9), interface: 10)))
        try pair.leftRoutes.send(.replaceRoute(RouteEntry(prefix, interface: 10)))
        #expect(try pair.leftRoutes.routes().filter { $0.destination == prefix }.map(\.gateway) == [nil])
    }

    @Test func `the kernel tells the route that a packet would take`() throws {
        let pair = try Pair()
        let route = try #require(try pair.rightRoutes.routeTo(Address(198, 51, 100, 7)))
        #expect(route.gateway == Pair.leftAddress && route.interface == 20 && route.source == Pair.rightAddress)
        #expect(try pair.leftRoutes.routeTo(Address(198, 51, 100, 7)) == nil)
        #expect(try pair.leftRoutes.routeTo(Pair.rightAddress6)?.interface == 10)
    }

    @Test func `neighbours are read back, and go when deleted`() throws {
        let pair = try Pair()
        let entry = NeighbourEntry(Pair.rightAddress, MACAddress(local: 2), interface: 10)
        #expect(try pair.leftRoutes.neighbours().contains(entry))
        try pair.leftRoutes.send(.deleteNeighbour(Pair.rightAddress, interface: 10))
        #expect(try !pair.leftRoutes.neighbours().contains { $0.address == Pair.rightAddress && $0.isPermanent })
    }

    @Test func `a link can be renamed, taken down and deleted, and its peer goes with it`() throws {
        let pair = try Pair()
        try pair.leftRoutes.send([.setDown(interface: 10), .rename(interface: 10, to: "other")])
        #expect(try pair.leftRoutes.links().contains { $0.name == "other" && !$0.isUp })
        try pair.leftRoutes.send(.deleteLinkNamed("other"))
        #expect(try pair.leftRoutes.links().map(\.name) == ["lo"])
        #expect(try pair.rightRoutes.links().map(\.name) == ["lo"])
    }

    @Test func `a refused request names itself, its place, its errno and the kernel's sentence`() throws {
        let namespace = try quietNamespace()
        let routes = try RouteSocket(in: namespace, place: "node-1")
        let error = try #require(throws: KernelError.self) {
            try routes.send([
                .addAddress(InterfaceAddress(Address(10, 0, 0, 1), interface: 1)),
                .addRoute(RouteEntry(Prefix(Address(10, 9, 0, 0), 16), via: Address(192, 0, 2, 1))),
                .addAddress(InterfaceAddress(Address(10, 0, 0, 2), interface: 1)),
            ])
        }
        #expect(error.operation == "adding the route 10.9.0.0/16 via 192.0.2.1 in node-1")
        #expect(error.call == "RTM_NEWROUTE")
        #expect(error.errno.name == "ENETUNREACH")
        #expect(error.message == "Nexthop has invalid gateway")
        #expect(
            try routes.addresses().contains { $0.address == Address(10, 0, 0, 2) }, "the requests after it were tried")
    }

    @Test(arguments: [
        (RouteRequest.deleteLinkNamed("absent"), "ENODEV"), (.setUp(interface: 77), "ENODEV"),
        (.addAddress(InterfaceAddress(Address(127, 0, 0, 1), length: 8, interface: 1)), "EEXIST"),
        (.deleteRoute(RouteEntry(Prefix(Address(10, 0, 0, 0), 8), interface: 1)), "ESRCH"),
    ]) func `a refusal has the kernel's errno`(request: RouteRequest, errno: String) throws {
        let routes = try RouteSocket(in: try quietNamespace())
        let error = try #require(throws: KernelError.self) { try routes.send(request) }
        #expect(error.errno.name == errno, "\(error)")
    }

    @Test func `after a refusal the socket goes on as if nothing had been`() throws {
        let routes = try RouteSocket(in: try quietNamespace())
        for number in 0..<20 {
            #expect(throws: KernelError.self) {
                try routes.send((0..<50).map { .setUp(interface: UInt32(100 + $0)) })
            }
            try routes.send(.addAddress(InterfaceAddress(Address(10, 0, 1, UInt8(number)), interface: 1)))
        }
        #expect(try routes.addresses().filter { $0.address.family == .v4 }.count == 21)
    }

    @Test func `a socket may be used from several threads at once`() async throws {
        let namespace = try quietNamespace()
        let routes = try RouteSocket(in: namespace)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for thread in 0..<8 {
                group.addTask {
                    for number in 0..<25 {
                        let address = Address(10, 1, UInt8(thread), UInt8(number))
                        try routes.send(.addAddress(InterfaceAddress(address, interface: 1)))
                        _ = try routes.links()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try routes.addresses().filter { $0.address.family == .v4 }.count == 201)
    }

    @Test func `a sysctl is written in its namespace and nowhere else`() throws {
        let namespace = try quietNamespace()
        let other = try quietNamespace()
        try Sysctl.write(["ipv4/ip_forward": "1"], in: namespace)
        #expect(try namespace.enter { () throws(KernelError) in try Sysctl.read("ipv4/ip_forward") } == "1")
        #expect(try other.enter { () throws(KernelError) in try Sysctl.read("ipv4/ip_forward") } == "0")
        let error = try #require(throws: KernelError.self) { try Sysctl.write(["ipv4/absent": "1"], in: namespace) }
        #expect(error.errno == .noEntry && error.operation.contains("ipv4/absent"))
    }
}
