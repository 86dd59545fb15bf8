// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Glibc
import Linux
import Net
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips where neither variant of iptables works.
    static var needsIPTables: Self {
        .enabled(
            if: Needs.namespaces == nil && IPTablesVariant.preferred != nil,
            "needs root, iptables, and CONFIG_NFT_COMPAT or CONFIG_IP_NF_IPTABLES_LEGACY")
    }
}

/// A variant and a family that work here.
struct IPTablesKind: Sendable, CustomTestStringConvertible {
    var variant: IPTablesVariant
    var family: Family

    var testDescription: String { "\(variant.rawValue), \(family.rawValue)" }

    static let all: [IPTablesKind] = {
        guard Needs.namespaces == nil else { return [IPTablesKind(variant: .nft, family: .v4)] }
        let found = IPTablesVariant.allCases.flatMap { variant in
            Family.allCases.compactMap { family in
                variant.lacking(family) == nil ? IPTablesKind(variant: variant, family: family) : nil
            }
        }
        return found.isEmpty ? [IPTablesKind(variant: .nft, family: .v4)] : found
    }()

    var nodeAddress: Address { address("10.0.0.2", "fd00::2") }
    var podRange: Prefix {
        family == .v4 ? Prefix(address("10.244.0.0", ""), 16) : Prefix(address("", "fd00:244::"), 56)
    }

    func address(_ v4: String, _ v6: String) -> Address {
        Address(family == .v4 ? v4 : v6) ?? Address(0, family)
    }

    /// A Service port with a cluster address that ends in the number, 80 to 8080.
    func service(
        _ number: Int, to last: [Int], _ change: (inout ServicePortEntry) -> Void = { _ in }
    ) -> ServiceEntry {
        var port = ServicePortEntry(
            pool: UInt32(number), port: 80, clusterAddresses: [clusterAddress(number)],
            endpoints: last.map { SocketAddress(pod($0), 8080) },
            reasons: ServicePortReasons(
                port: Because("Service web/s\(number)", field: "spec.ports[0]", location: "web.yaml:\(number)")))
        change(&port)
        return ServiceEntry("web/s\(number)", family: family, ports: [port])
    }

    func clusterAddress(_ number: Int) -> Address { address("10.96.0.0", "fd00:96::").advanced(by: number) }
    func pod(_ last: Int) -> Address { address("10.244.1.0", "fd00:244::").advanced(by: last) }
    func outside(_ number: Int) -> Address { address("203.0.113.0", "fd00:203::").advanced(by: number) }
    var empty: IPTables { .node(nodeAddress: nodeAddress, podRange: podRange) }
}

/// `client ─ node ─ Pod`, of one family, with forwarding and the settings that the rules need. The Pod has two addresses;
/// another Pod on the node is only a client.
struct IPTablesLine {
    let kind: IPTablesKind
    let client: NetworkNamespace
    let node: NetworkNamespace
    let pod: NetworkNamespace
    let other: NetworkNamespace
    private let listener: TestSocket
    private var routes: [RouteSocket] = []

    init(_ kind: IPTablesKind) throws(KernelError) {
        self.kind = kind
        client = try quietNamespace()
        node = try quietNamespace()
        pod = try quietNamespace()
        other = try quietNamespace()
        // A redirect would use up the rate at which ICMP is sent to the client, and no rejection would follow.
        var settings = [
            "ipv4/ip_forward": "1", "ipv6/conf/all/forwarding": "1", "ipv4/conf/all/send_redirects": "0",
            "ipv4/conf/default/send_redirects": "0",
        ]
        settings.merge(IPTables.sysctls(kind.family)) { $1 }
        try Sysctl.write(settings, in: node)
        let near = kind.address("10.0.0.1", "fd00::1")
        let gateway = kind.address("10.244.1.1", "fd00:244::1")
        let all = Prefix(kind.address("0.0.0.0", "::"), 0)
        let macs = (1...6).map { MACAddress(local: UInt32($0)) }
        let sockets = [
            try RouteSocket(in: client), try RouteSocket(in: node), try RouteSocket(in: pod),
            try RouteSocket(in: other),
        ]
        try sockets[0].send([
            .addVeth(
                VethEnd("tonode", index: 10, mac: macs[0]), peer: VethEnd("toclient", index: 20, mac: macs[1]),
                peerNamespace: node),
            .addAddress(InterfaceAddress(near, interface: 10)),
            .setNeighbour(NeighbourEntry(kind.nodeAddress, macs[1], interface: 10)),
            .addRoute(RouteEntry(Prefix(host: kind.nodeAddress), interface: 10)),
            .addRoute(RouteEntry(all, via: kind.nodeAddress, interface: 10)),
        ])
        try sockets[1].send([
            .setUp(interface: 20),
            .addVeth(
                VethEnd("topod", index: 30, mac: macs[2]), peer: VethEnd("eth0", index: 40, mac: macs[3]),
                peerNamespace: pod),
            .addVeth(
                VethEnd("toother", index: 50, mac: macs[4]), peer: VethEnd("eth0", index: 60, mac: macs[5]),
                peerNamespace: other),
            .setNeighbour(NeighbourEntry(kind.pod(20), macs[5], interface: 50)),
            .addRoute(RouteEntry(Prefix(host: kind.pod(20)), interface: 50)),
            .addAddress(InterfaceAddress(kind.nodeAddress, interface: 20)),
            .setNeighbour(NeighbourEntry(near, macs[0], interface: 20)),
            .addRoute(RouteEntry(Prefix(host: near), interface: 20)),
            .addAddress(InterfaceAddress(gateway, interface: 30)),
        ])
        try sockets[1].send(
            [10, 11].flatMap { last -> [RouteRequest] in
                [
                    .setNeighbour(NeighbourEntry(kind.pod(last), macs[3], interface: 30)),
                    .addRoute(RouteEntry(Prefix(host: kind.pod(last)), interface: 30)),
                ]
            } + [
                .setNeighbour(NeighbourEntry(near, macs[0], interface: 20)),
                // What is not for a Pod goes out to the client, who throws it away.
                .addRoute(RouteEntry(all, via: near, interface: 20)),
            ])
        try sockets[2].send([
            .setUp(interface: 40),
            .addAddress(InterfaceAddress(kind.pod(10), interface: 40)),
            .addAddress(InterfaceAddress(kind.pod(11), interface: 40)),
            .setNeighbour(NeighbourEntry(gateway, macs[2], interface: 40)),
            .addRoute(RouteEntry(Prefix(host: gateway), interface: 40)),
            .addRoute(RouteEntry(all, via: gateway, interface: 40)),
        ])
        try sockets[3].send([
            .setUp(interface: 60),
            .addAddress(InterfaceAddress(kind.pod(20), interface: 60)),
            .setNeighbour(NeighbourEntry(gateway, macs[4], interface: 60)),
            .addRoute(RouteEntry(Prefix(host: gateway), interface: 60)),
            .addRoute(RouteEntry(all, via: gateway, interface: 60)),
        ])
        try sockets[3].waitUntilUp([60])
        try sockets[3].waitUntilLocal([kind.pod(20)])
        try sockets[0].waitUntilUp([10])
        try sockets[1].waitUntilUp([20, 30, 50])
        try sockets[2].waitUntilUp([40])
        try sockets[0].waitUntilLocal([near])
        try sockets[1].waitUntilLocal([kind.nodeAddress, gateway])
        try sockets[2].waitUntilLocal([kind.pod(10), kind.pod(11)])
        listener = try TestSocket(.tcp, in: pod, bound: SocketAddress(kind.address("0.0.0.0", "::"), 8080))
        routes = sockets
    }

    /// What became of a connection.
    enum Outcome: Hashable, CustomStringConvertible {
        case reached(Address, sees: Address)
        case refused
        case silence
        case failed(Int32)

        var description: String {
            switch self {
            case .reached(let address, let source): "\(address) sees \(source)"
            case .refused: "refused"
            case .silence: "silence"
            case .failed(let number): "errno \(number)"
            }
        }
    }

    /// Connects from a namespace, and tells which of the Pod's addresses it reached and whom the Pod sees. What is not
    /// answered within half a second is lost; an ICMPv6 rejection comes while the connecting socket is locked, so that
    /// only the second one, a second later, has any effect.
    func connect(
        from namespace: NetworkNamespace, to address: Address, _ port: UInt16, bound: Address? = nil
    ) throws -> Outcome {
        let domain = kind.family == .v4 ? AF_INET : AF_INET6
        let stream = Int32(SOCK_STREAM.rawValue)
        let socket = TestSocket(
            owning: try namespace.enter { () throws(KernelError) -> Int32 in Glibc.socket(domain, stream, 0) })
        if let bound { _ = TestSocket.with(SocketAddress(bound, 0)) { bind(socket.raw, $0, $1) } }
        switch socket.dial(to: SocketAddress(address, port), milliseconds: kind.family == .v4 ? 500 : 1500) {
        case 0: break
        case ECONNREFUSED: return .refused
        case ETIMEDOUT: return .silence
        case let other: return .failed(other)
        }
        guard let (connection, from) = listener.acceptOne() else { return .silence }
        return .reached(connection.localAddress, sees: from.address)
    }
}

extension TestSocket {
    /// Connects, and gives the errno: 0 if it worked, ETIMEDOUT if nothing came back in time.
    func dial(to target: SocketAddress, milliseconds: Int32) -> Int32 {
        _ = fcntl(raw, F_SETFL, O_NONBLOCK)
        guard TestSocket.with(target, { Glibc.connect(raw, $0, $1) }) != 0 else { return 0 }
        guard errno == EINPROGRESS else { return errno }
        var entry = pollfd(fd: raw, events: Int16(POLLOUT), revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { return ETIMEDOUT }
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(raw, SOL_SOCKET, SO_ERROR, &error, &length)
        return error
    }

    /// The address at this end. The corresponding C function is `getsockname`.
    var localAddress: Address {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &storage) {
            _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(raw, $0, &length) }
        }
        let bytes = withUnsafeBytes(of: storage) { Array($0) }
        return Address(bytes: bytes[storage.ss_family == UInt16(AF_INET) ? 4..<8 : 8..<24]) ?? .v4(0)
    }
}
