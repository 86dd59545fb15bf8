// SPDX-License-Identifier: Apache-2.0
import Glibc
import Linux
import Net

/// A UDP or TCP socket in a namespace, for tests that send real packets. Nothing waits longer than two seconds.
final class TestSocket {
    let raw: Int32

    init(owning raw: Int32) { self.raw = raw }
    deinit { close(raw) }

    /// A socket bound to an address (a TCP one listens), or connected to one. A refusal is in `connectError`.
    init(
        _ transport: TransportProtocol, in namespace: NetworkNamespace, bound: SocketAddress? = nil,
        connected: SocketAddress? = nil
    ) throws(KernelError) {
        let family = (bound ?? connected)?.address.family == .v6 ? AF_INET6 : AF_INET
        let kind = Int32((transport == .udp ? SOCK_DGRAM : SOCK_STREAM).rawValue)
        raw = try namespace.enter { () throws(KernelError) -> Int32 in socket(family, kind, 0) }
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(raw, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if let bound {
            guard TestSocket.with(bound, { bind(raw, $0, $1) }) == 0 else {
                throw KernelError("binding to \(bound)", call: "bind", Errno(rawValue: errno))
            }
            if transport == .tcp, connected == nil { listen(raw, 16) }
        }
        if let connected, TestSocket.with(connected, { connect(raw, $0, $1) }) != 0 { connectError = errno }
    }

    /// The errno of a connection that was refused.
    private(set) var connectError: Int32 = 0

    /// The next connection of a listening socket, and where it comes from.
    func acceptOne() -> (connection: TestSocket, from: SocketAddress)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let connection = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { accept(raw, $0, &length) }
        }
        return connection < 0 ? nil : (TestSocket(owning: connection), TestSocket.address(storage))
    }

    func send(_ text: String, to target: SocketAddress? = nil) {
        let bytes = Array(text.utf8)
        if let target {
            _ = TestSocket.with(target) { sendto(raw, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1) }
        } else {
            _ = Glibc.send(raw, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    func receive() -> (text: String, from: SocketAddress)? {
        var bytes = [UInt8](repeating: 0, count: 2048)
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let count = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { recvfrom(raw, &bytes, bytes.count, 0, $0, &length) }
        }
        guard count >= 0 else { return nil }
        return (String(decoding: bytes[..<count], as: UTF8.self), TestSocket.address(storage))
    }

    static func with<Result>(
        _ address: SocketAddress, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        let isV4 = address.address.family == .v4
        let port = [UInt8(address.port >> 8), UInt8(truncatingIfNeeded: address.port)]
        let family = UInt16(isV4 ? AF_INET : AF_INET6)
        var bytes = [UInt8(truncatingIfNeeded: family), UInt8(family >> 8)] + port
        bytes +=
            isV4
            ? address.address.bytes + Array(repeating: 0, count: 8)
            : [0, 0, 0, 0] + address.address.bytes + [0, 0, 0, 0]
        return bytes.withUnsafeBytes {
            $0.withMemoryRebound(to: sockaddr.self) {
                guard let base = $0.baseAddress else { fatalError("an address without bytes") }
                return body(base, socklen_t(bytes.count))
            }
        }
    }

    private static func address(_ storage: sockaddr_storage) -> SocketAddress {
        let bytes = withUnsafeBytes(of: storage) { Array($0) }
        let port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        let range = storage.ss_family == UInt16(AF_INET) ? 4..<8 : 8..<24
        return SocketAddress(Address(bytes: bytes[range]) ?? .v4(0), port)
    }
}
