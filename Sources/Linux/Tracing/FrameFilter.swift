// SPDX-License-Identifier: Apache-2.0
public import Net

/// Which frames a socket hears: the kernel throws away all others before they cost anything.
///
/// It asks for an address at one end and for a port at one end, in either direction; of a long list it asks nothing, and of
/// an IPv6 address only the last four bytes. So it may let more through than was asked for. The corresponding C name is
/// `SO_ATTACH_FILTER`; the language is classic BPF.
public struct FrameFilter: Sendable, Hashable {
    /// Addresses of which one must be at one of the ends.
    public var addresses: Set<Address>
    /// Ports of which one must be at one of the ends; empty for any.
    public var ports: Set<UInt16>

    /// So long a list is asked for: jumps reach 255 instructions.
    private static let longest = 60

    /// Puts one together from its parts.
    public init(addresses: Set<Address>, ports: Set<UInt16> = []) {
        self.addresses = addresses
        self.ports = ports
    }

    private enum Operation {
        static let loadHalf: UInt16 = 0x28
        static let loadWord: UInt16 = 0x20
        static let loadHalfIndexed: UInt16 = 0x48
        static let loadHeaderLength: UInt16 = 0xb1
        static let jumpEqual: UInt16 = 0x15
        static let jump: UInt16 = 0x05
        static let give: UInt16 = 0x06
        static let loadIndex: UInt16 = 0x01
    }

    /// The program, as `struct sock_filter` lies in memory.
    var instructions: [UInt64] {
        [FrameFilter.instruction(Operation.loadHalf, 12)]
            + part(.v4, type: 0x0800, source: 26, destination: 30)
            + part(.v6, type: 0x86dd, source: 34, destination: 50)
            + [FrameFilter.instruction(Operation.give, 0)]
    }

    /// The instructions for one family. They begin with the frame's type loaded, and end where the next part begins.
    private func part(_ family: Family, type: UInt32, source: UInt32, destination: UInt32) -> [UInt64] {
        let words = Set(addresses.filter { $0.family == family }.map { UInt32(truncatingIfNeeded: $0.value) })
        guard !words.isEmpty else { return [] }
        var body = choice(words.sorted(), [(Operation.loadWord, source), (Operation.loadWord, destination)])
        // Where the ports are, without the Ethernet header.
        body.append(
            family == .v4
                ? FrameFilter.instruction(Operation.loadHeaderLength, 14)
                : FrameFilter.instruction(Operation.loadIndex, 40))
        body += choice(
            ports.map { UInt32($0) }.sorted(), [(Operation.loadHalfIndexed, 14), (Operation.loadHalfIndexed, 16)])
        body.append(FrameFilter.instruction(Operation.give, 0xffff_ffff))
        // A frame of another type goes on behind the part: the type is loaded again.
        return [FrameFilter.jump(type, then: 1, else: 0), FrameFilter.instruction(Operation.jump, UInt32(body.count))]
            + body
    }

    /// Goes on behind it if one of two loads gives one of the values; else the frame is thrown away. Nothing for too many.
    private func choice(_ values: [UInt32], _ loads: [(operation: UInt16, offset: UInt32)]) -> [UInt64] {
        guard !values.isEmpty, values.count <= FrameFilter.longest else { return [] }
        var instructions: [UInt64] = []
        let length = 2 * (values.count + 1) + 1
        for (operation, offset) in loads {
            instructions.append(FrameFilter.instruction(operation, offset))
            for value in values {
                let behind = length - instructions.count - 1
                instructions.append(FrameFilter.jump(value, then: UInt8(behind), else: 0))
            }
        }
        return instructions + [FrameFilter.instruction(Operation.give, 0)]
    }

    private static func instruction(_ code: UInt16, _ operand: UInt32) -> UInt64 {
        UInt64(code) | UInt64(operand) << 32
    }

    private static func jump(_ value: UInt32, then: UInt8, else other: UInt8) -> UInt64 {
        UInt64(Operation.jumpEqual) | UInt64(then) << 16 | UInt64(other) << 24 | UInt64(value) << 32
    }
}
