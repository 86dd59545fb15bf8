// SPDX-License-Identifier: Apache-2.0
public import Net

extension Packet {
    /// The packet of an Ethernet frame; nil for what is no first fragment of TCP, UDP or SCTP over IP.
    public init?(frame: [UInt8]) {
        guard frame.count >= 34 else { return nil }
        switch (frame[12], frame[13]) {
        case (0x08, 0x00):
            let length = Int(frame[14] & 15) * 4
            self.init(network: frame[14...], transport: frame[min(14 + length, frame.count)...])
        case (0x86, 0xdd): self.init(network: frame[14...], transport: frame[min(54, frame.count)...])
        default: return nil
        }
    }

    /// The packet of an IP header and the header that follows it.
    public init?(network: ArraySlice<UInt8>, transport: ArraySlice<UInt8>) {
        let start = network.startIndex
        guard let first = network.first, transport.count >= 4 else { return nil }
        let (isV6, size) = (first >> 4 == 6, first >> 4 == 6 ? 40 : 20)
        guard network.count >= size, isV6 || first >> 4 == 4 else { return nil }
        // Only the first fragment has ports.
        if !isV6, network[start + 6] & 0x1f != 0 || network[start + 7] != 0 { return nil }
        let (near, far, end) = isV6 ? (8, 24, 40) : (12, 16, 20)
        guard let known = TransportProtocol(rawValue: network[start + (isV6 ? 6 : 9)]),
            let source = Address(bytes: network[(start + near)..<(start + far)]),
            let destination = Address(bytes: network[(start + far)..<(start + end)])
        else { return nil }
        func port(_ offset: Int) -> UInt16 {
            let place = transport.startIndex + offset
            return UInt16(transport[place]) << 8 | UInt16(transport[place + 1])
        }
        self.init(known, from: SocketAddress(source, port(0)), to: SocketAddress(destination, port(2)))
    }

    /// The packet that answers it.
    public var answer: Packet { Packet(transport, from: destination, to: source) }

    /// True if both have the same protocol, addresses and ports.
    func isSame(_ other: Packet) -> Bool {
        transport == other.transport && source == other.source && destination == other.destination
    }
}
