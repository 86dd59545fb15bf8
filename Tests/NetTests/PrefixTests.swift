// SPDX-License-Identifier: Apache-2.0
import Net
import Testing

@Suite struct PrefixTests {
    @Test(arguments: ["10.96.0.0/16", "0.0.0.0/0", "10.0.0.1/32", "fd00::/108", "::1/128"])
    func `a range is read and written alike`(text: String) throws {
        #expect(try #require(Prefix(text)).description == text)
    }

    @Test(arguments: [
        "", "10.96.0.0", "10.96.0.0/", "10.96.0.0/33", "10.96.0.1/16", "10.96.0.0/016", "10.96.0.0/-1", "fd00::1/64",
        "fd00::/129", "10.96.0.0/16/16",
    ])
    func `a range that is malformed, or has bits beyond its length, is refused`(text: String) {
        #expect(Prefix(text) == nil)
    }

    @Test func `a range has its first and last address and none beyond`() throws {
        let range = try #require(Prefix("10.96.0.0/30"))
        #expect(range.count == 4)
        #expect(range.last == Address(10, 96, 0, 3))
        #expect(range[0] == Address(10, 96, 0, 0))
        #expect(range[3] == range.last)
        #expect(range[4] == nil)
        #expect(range[-1] == nil)
        #expect(range.contains(range.last) && !range.contains(range.last.advanced(by: 1)))
        #expect(!range.contains(.v6(UInt128(range.address.value))))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.244.0.0/16", true), ("10.244.0.0/16", "10.0.0.0/8", true),
        ("10.0.0.0/24", "10.0.1.0/24", false), ("0.0.0.0/0", "::/0", false), ("10.0.0.0/24", "10.0.0.0/24", true),
    ])
    func `ranges overlap if one holds the other`(one: String, other: String, overlap: Bool) throws {
        #expect(try #require(Prefix(one)).overlaps(try #require(Prefix(other))) == overlap)
    }

    @Test func `a range is cut into parts, and no more than fit`() throws {
        let pods = try #require(Prefix("10.244.0.0/16"))
        #expect(pods.part(0, length: 24)?.description == "10.244.0.0/24")
        #expect(pods.part(255, length: 24)?.description == "10.244.255.0/24")
        #expect(pods.part(256, length: 24) == nil)
        #expect(pods.part(0, length: 15) == nil)
        #expect(try #require(Prefix("fd00::/48")).part(65535, length: 64)?.description == "fd00:0:0:ffff::/64")
    }
}

@Suite struct PacketTests {
    @Test func `ends and packets read as people write them`() throws {
        let client = SocketAddress(Address(10, 0, 0, 1), 40000)
        let server = SocketAddress(try #require(Address("fd00::1")), 80)
        #expect(server.description == "[fd00::1]:80")
        #expect(Packet(.udp, from: client, to: client).description == "udp 10.0.0.1:40000 → 10.0.0.1:40000")
        #expect(TransportProtocol(name: "SCTP") == .sctp && TransportProtocol(name: "sctp") == nil)
    }

    @Test func `a hardware address of the lab's is local and unicast`() {
        let address = MACAddress(local: 0x0102_0304, space: 5)
        #expect(address.description == "02:05:01:02:03:04")
        #expect(MACAddress(bytes: address.bytes) == address)
        #expect(MACAddress(bytes: address.bytes.dropLast()) == nil)
    }
}
