// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
internal import Net

extension SocketAddress {
    /// The address and port that a socket has on this side; nil if it has none. The corresponding C function is
    /// `getsockname`.
    static func local(_ raw: Int32) -> SocketAddress? {
        var name = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let code = unsafe withUnsafeMutableBytes(of: &name) { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return -1 }
            return unsafe getsockname(raw, base.assumingMemoryBound(to: sockaddr.self), &length)
        }
        guard code == 0 else { return nil }
        // Both families have the port at the same place, and IPv4's address stands after it.
        let port = UInt16(bigEndian: name.sin6_port)
        if name.sin6_family == sa_family_t(AF_INET) {
            let value = UInt32(bigEndian: name.sin6_flowinfo)
            return SocketAddress(Address(UInt128(value), .v4), port)
        }
        guard name.sin6_family == sa_family_t(AF_INET6) else { return nil }
        let bytes = unsafe withUnsafeBytes(of: &name.sin6_addr) { unsafe Array($0) }
        return Address(bytes: bytes).map { SocketAddress($0, port) }
    }
}
