// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import CNetlink
internal import Glibc
internal import Synchronization

/// The last packets that passed a place, kept in memory until somebody wants to look at them.
/// The corresponding C names are `AF_PACKET` and `SOCK_RAW`; the file is what tcpdump writes.
public final class PacketCapture: Sendable {
    fileprivate struct Packet {
        var seconds: UInt32
        var microseconds: UInt32
        var length: UInt32
        var bytes: [UInt8]
    }

    fileprivate struct Ring {
        var packets: [Packet] = []
        var next = 0
        var total = 0
    }

    private let socket: SharedDescriptor
    private let wake: Descriptor
    private let ring: RingBox

    /// Shared with the reading thread, which must not keep the capture itself.
    fileprivate final class RingBox: Sendable {
        let ring = Mutex(Ring())
    }

    /// How many packets are kept.
    private static let capacity = 4096
    /// How much of each is kept, in bytes.
    private static let length = 1024

    /// Starts to listen in a namespace, on all interfaces.
    public init(in namespace: NetworkNamespace) throws(KernelError) {
        let socket = SharedDescriptor(try .packets(in: namespace, "listening to packets"))
        var room: Int32 = 4 << 20
        unsafe setsockopt(socket.raw, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        let wake = Descriptor(owning: try checkNegated("listening to packets", "eventfd") { lab_eventfd() })
        let ended = SharedDescriptor(try wake.duplicate())
        let ring = RingBox()
        self.socket = socket
        self.wake = wake
        self.ring = ring
        try ShortThread.detach("capture") { PacketCapture.read(socket, ended, ring) }
    }

    deinit { _ = lab_eventfd_raise(wake.raw) }

    /// How many packets have passed.
    public var count: Int { ring.ring.withLock { $0.total } }

    /// The packets that are kept, as a file for tcpdump and Wireshark (pcap, version 2.4, Ethernet).
    public func pcap() -> [UInt8] {
        let packets = ring.ring.withLock { ring in
            ring.packets.count < PacketCapture.capacity
                ? ring.packets : Array(ring.packets[ring.next...] + ring.packets[..<ring.next])
        }
        var bytes: [UInt8] = []
        func word(_ value: UInt32) {
            for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(value >> shift & 255)) }
        }
        for value in [0xa1b2_c3d4, 0x0004_0002, 0, 0, UInt32(PacketCapture.length), 1] as [UInt32] { word(value) }
        for packet in packets {
            for value in [packet.seconds, packet.microseconds, UInt32(packet.bytes.count), packet.length] {
                word(value)
            }
            bytes += packet.bytes
        }
        return bytes
    }

    private static func read(_ socket: SharedDescriptor, _ ended: SharedDescriptor, _ box: RingBox) {
        var waits = [
            pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: ended.raw, events: Int16(POLLIN), revents: 0),
        ]
        var chunk = [UInt8](repeating: 0, count: length)
        while true {
            _ = unsafe poll(&waits, 2, -1)
            if waits[1].revents != 0 { return }
            // What comes close together is read at once: a thread that wakes for each packet would be felt.
            Program.sleep(milliseconds: 5)
            for _ in 0..<capacity {
                let count = unsafe recv(socket.raw, &chunk, length, Int32(MSG_TRUNC))
                guard count > 0 else { break }
                box.add(packet(chunk, count, socket.raw), capacity)
            }
        }
    }

    private static func packet(_ chunk: [UInt8], _ count: Int, _ raw: Int32) -> Packet {
        var time = timeval()
        _ = unsafe ioctl(raw, 0x8906 /* SIOCGSTAMP */, &time)
        return Packet(
            seconds: UInt32(truncatingIfNeeded: time.tv_sec), microseconds: UInt32(truncatingIfNeeded: time.tv_usec),
            length: UInt32(count), bytes: Array(chunk.prefix(count)))
    }
}

extension PacketCapture.RingBox {
    fileprivate func add(_ packet: PacketCapture.Packet, _ capacity: Int) {
        ring.withLock { ring in
            ring.total += 1
            guard ring.packets.count == capacity else { return ring.packets.append(packet) }
            ring.packets[ring.next] = packet
            ring.next = (ring.next + 1) % capacity
        }
    }
}
