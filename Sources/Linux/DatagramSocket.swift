// SPDX-License-Identifier: Apache-2.0
internal import Glibc
public import Net

/// UDP sockets that are opened here and used elsewhere: a socket stays in the namespace in which it was made.
/// Call these within `NetworkNamespace.enter` for another namespace than the program's own.
public enum DatagramSocket {
    /// A socket that datagrams can be sent to and never blocks. One of IPv6 takes none of IPv4, so that both families
    /// may have one at the same port. The corresponding C function is `bind`.
    public static func bind(_ address: SocketAddress) throws(KernelError) -> Descriptor {
        let socket = try open(address)
        let raw = socket.raw
        if address.address.family == .v6 { try SocketOption.onlyIPv6(raw) }
        let code = unsafe address.withName { name, length in unsafe Glibc.bind(raw, name, length) }
        _ = try check("taking datagrams at \(address)", "bind") { code }
        return socket
    }

    /// A socket at a random port that sends to one address, has datagrams from there only, and never blocks.
    /// The corresponding C function is `connect`.
    public static func connect(_ address: SocketAddress) throws(KernelError) -> Descriptor {
        let socket = try open(address)
        let raw = socket.raw
        _ = try check("connecting to \(address)", "connect") { address.connect(raw) }
        return socket
    }

    private static func open(_ address: SocketAddress) throws(KernelError) -> Descriptor {
        let family = address.address.family == .v4 ? AF_INET : AF_INET6
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        return Descriptor(owning: try check("opening a socket", "socket") { socket(family, type, 0) })
    }
}

/// What sockets are told.
enum SocketOption {
    /// Takes nothing of IPv4. The corresponding C name is `IPV6_V6ONLY`.
    static func onlyIPv6(_ raw: Int32) throws(KernelError) {
        var on: Int32 = 1
        let code = unsafe setsockopt(raw, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<Int32>.size))
        _ = try check("opening a socket for IPv6 alone", "setsockopt") { code }
    }
}
