// SPDX-License-Identifier: Apache-2.0
import DNS
import Glibc
import Net

/// Sockets of tests for names: everything they wait for, they wait for two seconds at most unless told.
final class NameSocket {
    let raw: Int32

    /// A socket at an address of this machine alone; port 0 lets the kernel choose.
    init(_ transport: Transport, at address: SocketAddress = SocketAddress(Address(127, 0, 0, 1), 0)) {
        raw = NameSocket.bound(transport, at: address)
    }

    init(owning raw: Int32) { self.raw = raw }

    /// Two sockets at one port that neither transport uses yet, the stream's listening: connections that ended a moment ago
    /// still hold ports.
    static func pair() -> (datagrams: NameSocket, streams: NameSocket)? {
        for _ in 0..<1000 {
            let datagrams = NameSocket(.datagram)
            let streams = NameSocket(.stream, at: datagrams.address)
            if streams.address == datagrams.address, listen(streams.raw, 8) == 0 { return (datagrams, streams) }
        }
        return nil
    }

    deinit { close(raw) }

    var address: SocketAddress { NameSocket.address(raw) }

    func wait(milliseconds: Int) {
        var patience = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    func connect(_ address: SocketAddress) -> Bool { NameSocket.connect(raw, address) }

    static func connect(_ raw: Int32, _ address: SocketAddress) -> Bool {
        named(address) { Glibc.connect(raw, $0, $1) } == 0
    }

    func send(_ bytes: [UInt8], to address: SocketAddress) {
        _ = NameSocket.named(address) { Int32(sendto(raw, bytes, bytes.count, 0, $0, $1)) }
    }

    @discardableResult func send(_ bytes: [UInt8]) -> Int {
        Glibc.send(raw, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The next datagram, and where it came from; nil if none came in time.
    func receive() -> (bytes: [UInt8], from: SocketAddress)? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        var name = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let count = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(raw, &bytes, bytes.count, 0, $0, &length)
            }
        }
        guard count >= 0 else { return nil }
        return (Array(bytes[..<count]), NameSocket.address(name))
    }

    /// So many bytes of a stream; fewer if it ends before, or nothing more comes in time.
    func read(_ wanted: Int) -> [UInt8] {
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while all.count < wanted, case let count = recv(raw, &part, min(part.count, wanted - all.count), 0), count > 0 {
            all += part[..<count]
        }
        return all
    }

    /// The next message of a stream.
    func message() -> [UInt8]? {
        let length = read(2)
        guard length.count == 2 else { return nil }
        let wanted = Int(length[0]) << 8 | Int(length[1])
        let bytes = read(wanted)
        return bytes.count == wanted ? bytes : nil
    }

    /// True if the other side closes the connection in time.
    func isEnded() -> Bool {
        var byte: UInt8 = 0
        let count = recv(raw, &byte, 1, 0)
        return count == 0 || (count < 0 && errno == ECONNRESET)
    }

    static func bound(_ transport: Transport, at address: SocketAddress) -> Int32 {
        let type = Int32((transport == .datagram ? SOCK_DGRAM : SOCK_STREAM).rawValue)
        let raw = socket(address.address.family == .v4 ? AF_INET : AF_INET6, type | Int32(SOCK_CLOEXEC.rawValue), 0)
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        _ = named(address) { bind(raw, $0, $1) }
        return raw
    }

    /// A socket that is about to be connected, and does not block.
    static func connecting(_ transport: Transport, to address: SocketAddress) -> Int32 {
        let raw = bound(transport, at: SocketAddress(Address(127, 0, 0, 1), 0))
        _ = fcntl(raw, F_SETFL, O_NONBLOCK)
        _ = named(address) { Glibc.connect(raw, $0, $1) }
        return raw
    }

    static func address(_ raw: Int32) -> SocketAddress {
        var name = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        _ = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(raw, $0, &length) }
        }
        return address(name)
    }

    private static func address(_ name: sockaddr_in6) -> SocketAddress {
        withUnsafeBytes(of: name) { bytes in
            let port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
            let place = name.sin6_family == sa_family_t(AF_INET) ? 4..<8 : 8..<24
            return SocketAddress(Address(bytes: bytes[place]) ?? .v4(0), port)
        }
    }

    private static func named(_ address: SocketAddress, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32
    {
        var name = sockaddr_in6()
        let isFour = address.address.family == .v4
        withUnsafeMutableBytes(of: &name) { bytes in
            bytes.storeBytes(of: sa_family_t(isFour ? AF_INET : AF_INET6), as: sa_family_t.self)
            bytes[2] = UInt8(address.port >> 8)
            bytes[3] = UInt8(address.port & 0xff)
            for (index, byte) in address.address.bytes.enumerated() { bytes[(isFour ? 4 : 8) + index] = byte }
        }
        let length = isFour ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }
}

/// Queries and answers as bytes.
enum NameBytes {
    /// A query for the addresses of a name of one label.
    /// - Parameter size: how many bytes of a datagram the client says that it takes.
    static func query(_ number: Int, _ label: String, size: Int? = nil) -> [UInt8] {
        let name = [UInt8(label.utf8.count)] + Array(label.utf8) + [0]
        let head = [UInt8(number >> 8 & 255), UInt8(number & 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, size == nil ? 0 : 1]
        let option = size.map { [0, 0, 41, UInt8($0 >> 8), UInt8($0 & 255), 0, 0, 0, 0, 0, 0] as [UInt8] } ?? []
        return head + name + [0, 1, 0, 1] + option
    }

    /// The query as an answer, with bytes after it.
    static func answer(_ query: [UInt8], isTruncated: Bool = false, more: Int = 0) -> [UInt8] {
        var answer = query + [UInt8](repeating: 0xaa, count: more)
        answer[2] |= isTruncated ? 0x82 : 0x80
        return answer
    }

    static func number(_ message: [UInt8]) -> Int { Int(message[0]) << 8 | Int(message[1]) }

    static func framed(_ message: [UInt8]) -> [UInt8] {
        [UInt8(message.count >> 8), UInt8(message.count & 255)] + message
    }
}
