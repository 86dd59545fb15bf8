// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
public import Net

/// TCP sockets that are opened here and used elsewhere: a socket stays in the namespace in which it was made.
/// Call these within `NetworkNamespace.enter` for another namespace than the program's own.
public enum TCPSocket {
    /// A socket that takes connections and never blocks. Port 0 lets the kernel choose.
    /// The corresponding C functions are `bind` and `listen`.
    /// - Parameter takesBothFamilies: whether one at `::` takes IPv4 connections, too, if the machine's settings say so.
    public static func listen(
        _ address: SocketAddress, takesBothFamilies: Bool = true
    ) throws(KernelError) -> Descriptor {
        let socket = try open(address, blocks: false)
        let raw = socket.raw
        if !takesBothFamilies, address.address.family == .v6 { try SocketOption.onlyIPv6(raw) }
        var on: Int32 = 1
        unsafe setsockopt(raw, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let code = unsafe address.withName { name, length in unsafe bind(raw, name, length) }
        _ = try check("listening at \(address)", "bind") { code }
        _ = try check("listening at \(address)", "listen") { Glibc.listen(raw, 1024) }
        return socket
    }

    /// A connected socket, which does not block from then on.
    /// - Parameter milliseconds: how long connecting may take.
    /// The corresponding C function is `connect`.
    public static func connect(_ address: SocketAddress, milliseconds: Int) throws(KernelError) -> Descriptor {
        let socket = try open(address, blocks: true)
        let raw = socket.raw
        var patience = timeval(tv_sec: milliseconds / 1000, tv_usec: Int(milliseconds % 1000) * 1000)
        unsafe setsockopt(raw, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        _ = try check("connecting to \(address)", "connect") { address.connect(raw) }
        _ = try check("connecting to \(address)", "fcntl") { fcntl(raw, F_SETFL, O_NONBLOCK) }
        return socket
    }

    /// A socket that begins to connect and never blocks: what is sent waits in it until it is connected.
    /// The corresponding C function is `connect`.
    public static func beginConnecting(_ address: SocketAddress) throws(KernelError) -> Descriptor {
        let socket = try open(address, blocks: false)
        let raw = socket.raw
        let code = address.connect(raw)
        let isUnderWay = code < 0 && errno == EINPROGRESS
        _ = try check("connecting to \(address)", "connect") { isUnderWay ? 0 : code }
        return socket
    }

    /// The port on which a socket listens. The corresponding C function is `getsockname`.
    public static func port(_ raw: Int32) -> UInt16 {
        var name = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        unsafe withUnsafeMutableBytes(of: &name) { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe getsockname(raw, base.assumingMemoryBound(to: sockaddr.self), &length)
        }
        // Both families have the port at the same place.
        return UInt16(bigEndian: name.sin6_port)
    }

    private static func open(_ address: SocketAddress, blocks: Bool) throws(KernelError) -> Descriptor {
        let family = address.address.family == .v4 ? AF_INET : AF_INET6
        var type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        if !blocks { type |= Int32(SOCK_NONBLOCK.rawValue) }
        return Descriptor(owning: try check("opening a socket", "socket") { socket(family, type, 0) })
    }
}

extension SocketAddress {
    /// The address as the kernel takes it. The corresponding C types are `sockaddr_in` and `sockaddr_in6`.
    func withName(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        switch address {
        case .v4(let value):
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            name.sin_addr.s_addr = value.bigEndian
            return unsafe pass(&name, body)
        case .v6:
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &name.sin6_addr) { unsafe $0.copyBytes(from: address.bytes) }
            return unsafe pass(&name, body)
        }
    }

    /// Begins to connect a socket. The corresponding C function is `connect`, whose result this is.
    func connect(_ raw: Int32) -> Int32 {
        unsafe withName { name, length in unsafe Glibc.connect(raw, name, length) }
    }

    private func pass<Name>(_ name: inout Name, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        unsafe withUnsafeBytes(of: &name) { bytes in
            guard let base = bytes.baseAddress else { return -1 }
            return unsafe body(base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }
}
