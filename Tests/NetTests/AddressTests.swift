// SPDX-License-Identifier: Apache-2.0
import Net
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("FD00:0:0:0::1", "fd00::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"), ("64:ff9b::10.0.0.1", "64:ff9b::a00:1"),
    ])
    func `an address is read and written in its usual form`(text: String, usual: String) throws {
        let address = try #require(Address(text))
        #expect(address.description == usual)
        #expect(Address(bytes: address.bytes) == address)
    }

    @Test(arguments: [
        "", "10.0.0", "10.0.0.0.1", "10.0.0.256", "010.1.1.1", "10.0.0.1 ", "+1.0.0.1", "10..0.1", ":", ":::", "1:2",
        "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "12345::", "g::", "fe80::1%eth0", "::10.0.0.256", "::+1",
    ])
    func `D14 what is no address, or could be read in two ways, is refused`(text: String) {
        #expect(Address(text) == nil)
    }

    @Test func `addresses are in order, IPv4 first`() throws {
        let texts = ["9.0.0.0", "10.0.0.0", "10.0.0.1", "::", "fd00::1", "fd00::2"]
        let addresses = try texts.map { try #require(Address($0)) }
        #expect(addresses.shuffled().sorted() == addresses)
    }

    @Test(arguments: [
        ("127.0.0.5", "loopback"), ("::1", "loopback"), ("169.254.1.1", "link-local"), ("fe80::1", "link-local"),
        ("febf::", "link-local"), ("fec0::", "ordinary"), ("224.0.0.1", "multicast"), ("ff02::1", "multicast"),
        ("0.0.0.0", "unspecified"), ("::", "unspecified"), ("128.0.0.1", "ordinary"), ("fd00::1", "ordinary"),
    ])
    func `addresses that Services may not have are known`(text: String, kind: String) throws {
        let address = try #require(Address(text))
        #expect(address.isLoopback == (kind == "loopback"))
        #expect(address.isLinkLocal == (kind == "link-local"))
        #expect(address.isMulticast == (kind == "multicast"))
        #expect(address.isUnspecified == (kind == "unspecified"))
    }
}
