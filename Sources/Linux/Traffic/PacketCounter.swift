// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import CNetlink
internal import Glibc
public import Net
internal import Synchronization

/// How many packets come to a place for some addresses, from its making on. The corresponding C name is `AF_PACKET`.
public final class PacketCounter: Sendable {
    private struct Sums {
        var packets = 0
        var bytes = 0
    }

    /// Shared with the reading thread, which must not keep the counter itself.
    private final class Counted: Sendable {
        let sums = Mutex(Sums())
    }

    private let counted = Counted()
    private let wake: Descriptor

    /// Starts to count packets to any of the addresses.
    public init(in namespace: NetworkNamespace, to addresses: [Address]) throws(KernelError) {
        let socket = SharedDescriptor(try .packets(in: namespace, "counting packets"))
        wake = Descriptor(owning: try checkNegated("counting packets", "eventfd") { lab_eventfd() })
        let ended = SharedDescriptor(try wake.duplicate())
        let wanted = Set(addresses)
        let counted = counted
        try ShortThread.detach("counter") { PacketCounter.read(socket, ended, wanted, counted) }
    }

    deinit { _ = lab_eventfd_raise(wake.raw) }

    /// How many packets.
    public var packets: Int { counted.sums.withLock { $0.packets } }
    /// How many bytes, the link's own among them.
    public var bytes: Int { counted.sums.withLock { $0.bytes } }

    private static func read(
        _ socket: SharedDescriptor, _ ended: SharedDescriptor, _ wanted: Set<Address>, _ counted: Counted
    ) {
        var waits = [
            pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: ended.raw, events: Int16(POLLIN), revents: 0),
        ]
        var chunk = [UInt8](repeating: 0, count: 64)
        while true {
            _ = unsafe poll(&waits, 2, -1)
            if waits[1].revents != 0 { return }
            let count = unsafe recv(socket.raw, &chunk, chunk.count, Int32(MSG_TRUNC))
            guard count >= 54, let destination = destination(chunk), wanted.contains(destination) else { continue }
            counted.sums.withLock { sums in
                sums.packets += 1
                sums.bytes += count
            }
        }
    }

    /// Where an Ethernet frame's packet goes.
    private static func destination(_ frame: [UInt8]) -> Address? {
        switch (frame[12], frame[13]) {
        case (0x08, 0x00): Address(bytes: frame[30..<34])
        case (0x86, 0xdd): Address(bytes: frame[38..<54])
        default: nil
        }
    }
}
