// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Who a connection or a datagram comes from: an address and a port.
struct Endpoint {
    /// An IPv6 address, or an IPv4 address mapped into one (`::ffff:a.b.c.d`), in network order.
    var address = SIMD16<UInt8>()
    var port: UInt16 = 0

    /// Whether it is an IPv4 address in IPv6's clothes, as a socket of both families gives them.
    var isV4: Bool {
        for index in 0..<10 where address[index] != 0 { return false }
        return address[10] == 0xff && address[11] == 0xff
    }

    mutating func setAddress(v4 bytes: [UInt8]) {
        address = SIMD16()
        address[10] = 0xff
        address[11] = 0xff
        for index in 0..<4 { address[12 + index] = bytes[index] }
    }

    /// `10.244.1.2:40112` or `[fd00::2]:40112`.
    func append(to text: inout [UInt8]) {
        if isV4 {
            for index in 12..<16 {
                if index > 12 { text.append(UInt8(ascii: ".")) }
                text.append(decimal: Int(address[index]))
            }
        } else {
            text.append(UInt8(ascii: "["))
            text += addressText
            text.append(UInt8(ascii: "]"))
        }
        text.append(UInt8(ascii: ":"))
        text.append(decimal: Int(port))
    }

    private var addressText: [UInt8] {
        var text = [UInt8](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        var address = address
        unsafe text.withUnsafeMutableBytes { text in
            let characters = unsafe text.assumingMemoryBound(to: CChar.self)
            _ = unsafe inet_ntop(AF_INET6, &address, characters.baseAddress, socklen_t(characters.count))
        }
        return Array(text.prefix { $0 != 0 })
    }
}

// MARK: - PROXY protocol

/// The line that the TLS program sends ahead of a connection's bytes, to say whose connection it is.
/// The corresponding specification is HAProxy's "PROXY protocol", version 1.
enum ProxyLine {
    /// The longest line that the specification knows, with its line end.
    static let limit = 107

    /// The client that a line names, without its line end; nil when the line is not one.
    static func client(in line: ArraySlice<UInt8>) -> Endpoint? {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count >= 2, words[0].elementsEqual("PROXY".utf8) else { return nil }
        if words[1].elementsEqual("UNKNOWN".utf8) { return Endpoint() }
        guard words.count == 6, let port = UInt16(String(decoding: words[4], as: UTF8.self)) else { return nil }
        var client = Endpoint()
        client.port = port
        let text = String(decoding: words[2], as: UTF8.self)
        if words[1].elementsEqual("TCP4".utf8) {
            var bytes: [UInt8] = [0, 0, 0, 0]
            guard unsafe inet_pton(AF_INET, text, &bytes) == 1 else { return nil }
            client.setAddress(v4: bytes)
        } else if words[1].elementsEqual("TCP6".utf8) {
            guard unsafe inet_pton(AF_INET6, text, &client.address) == 1 else { return nil }
        } else {
            return nil
        }
        return client
    }
}
