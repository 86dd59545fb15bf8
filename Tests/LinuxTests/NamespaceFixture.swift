// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Glibc
import Linux
import Net
import Testing

/// Whether this program may make namespaces, and if not, why.
enum Needs {
    static let namespaces: String? = {
        do throws(KernelError) {
            try NetworkNamespace.create { (_) throws(KernelError) in }
            return nil
        } catch { return "\(error)" }
    }()

    static let tables: String? = {
        if let namespaces { return namespaces }
        do throws(KernelError) {
            let namespace = try quietNamespace()
            try TableSocket(in: namespace).commit([.addTable])
            return nil
        } catch { return "nf_tables is missing: \(error)" }
    }()

    static func command(_ name: String) -> Bool {
        ["/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"].contains { access($0 + name, X_OK) == 0 }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where no namespace can be made: not root, or no `CONFIG_NET_NS`.
    static var needsNamespace: Self { .enabled(if: Needs.namespaces == nil, "needs root and CONFIG_NET_NS") }
    /// Skips where no nftables table can be made.
    static var needsTables: Self { .enabled(if: Needs.tables == nil, "needs root and CONFIG_NF_TABLES") }
    /// Skips where a command that only tests use is not installed.
    static func needsCommand(_ name: String) -> Self { .enabled(if: Needs.command(name), "needs the command \(name)") }
}

/// A namespace whose links make no IPv6 addresses of their own, with `lo` up.
func quietNamespace() throws(KernelError) -> NetworkNamespace {
    try NetworkNamespace.create { (namespace) throws(KernelError) -> NetworkNamespace in
        try? Sysctl.write(["ipv6/conf/default/addr_gen_mode": "1"])
        try RouteSocket().send(.setUp(interface: 1))
        return namespace
    }
}

/// The output of a shell command that runs in a namespace.
func shell(_ command: String, in namespace: NetworkNamespace) throws -> String {
    try namespace.enter { () throws(KernelError) -> String in
        guard let pipe = popen(command + " 2>&1", "r") else { return "popen failed" }
        defer { pclose(pipe) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, pipe)
            if count <= 0 { break }
            text += buffer[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Two namespaces with a routed veth pair between them: 10.0.0.1 and 10.0.0.2, fd00::1 and fd00::2.
struct Pair {
    let left: NetworkNamespace
    let right: NetworkNamespace
    let leftRoutes: RouteSocket
    let rightRoutes: RouteSocket
    static let leftAddress = Address(10, 0, 0, 1)
    static let rightAddress = Address(10, 0, 0, 2)
    static let leftAddress6 = Address(bytes: [0xfd] + Array(repeating: 0, count: 14) + [1]) ?? .v6(0)
    static let rightAddress6 = Address(bytes: [0xfd] + Array(repeating: 0, count: 14) + [2]) ?? .v6(0)

    init() throws(KernelError) {
        left = try quietNamespace()
        right = try quietNamespace()
        leftRoutes = try RouteSocket(in: left, place: "left")
        rightRoutes = try RouteSocket(in: right, place: "right")
        let leftMAC = MACAddress(local: 1)
        let rightMAC = MACAddress(local: 2)
        try leftRoutes.send([
            .addVeth(
                VethEnd("toright", index: 10, mac: leftMAC), peer: VethEnd("toleft", index: 20, mac: rightMAC),
                peerNamespace: right),
            .addAddress(InterfaceAddress(Pair.leftAddress, interface: 10)),
            .addAddress(InterfaceAddress(Pair.leftAddress6, interface: 10)),
            .setNeighbour(NeighbourEntry(Pair.rightAddress, rightMAC, interface: 10)),
            .setNeighbour(NeighbourEntry(Pair.rightAddress6, rightMAC, interface: 10)),
            .addRoute(RouteEntry(Prefix(host: Pair.rightAddress), interface: 10)),
            .addRoute(RouteEntry(Prefix(host: Pair.rightAddress6), interface: 10)),
        ])
        try rightRoutes.send([
            .setUp(interface: 20),
            .addAddress(InterfaceAddress(Pair.rightAddress, interface: 20)),
            .addAddress(InterfaceAddress(Pair.rightAddress6, interface: 20)),
            .setNeighbour(NeighbourEntry(Pair.leftAddress, leftMAC, interface: 20)),
            .setNeighbour(NeighbourEntry(Pair.leftAddress6, leftMAC, interface: 20)),
            .addRoute(RouteEntry(Prefix(Address.v4(0), 0), via: Pair.leftAddress, interface: 20)),
            .addRoute(RouteEntry(Prefix(host: Pair.leftAddress6), interface: 20)),
        ])
        try leftRoutes.waitUntilUp([10])
        try rightRoutes.waitUntilUp([20])
        try leftRoutes.waitUntilLocal([Pair.leftAddress, Pair.leftAddress6])
        try rightRoutes.waitUntilLocal([Pair.rightAddress, Pair.rightAddress6])
    }
}
