// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// Packets of a namespace that wait before they go on: all for the same time, and, on a slow wire, until those before
/// them are through. They leave in the order in which they came.
///
/// The kernel keeps the packets; a thread of the queue's own says when each goes on. When this program ends, what comes
/// goes on at once. The corresponding kernel interface is nfnetlink_queue.
public final class PacketQueue: Sendable {
    /// The number by which rules name it, its namespace's own.
    public let number: UInt16
    private let socket: PacketQueueSocket
    private let wakeUp: SharedDescriptor
    private let delay: Double
    private let jitter: Double
    /// How many milliseconds a byte takes on the wire.
    private let perByte: Double
    private let hasEnded: Semaphore

    /// So many packets wait at most; those that come then are lost, as on a wire whose buffer is full.
    private static let limit: UInt32 = 20_000

    /// Opens the queue in a namespace.
    /// - Parameters:
    ///   - delay: how long each packet waits, in milliseconds.
    ///   - jitter: by how much that varies, as far as the packets keep their order.
    ///   - bitsPerSecond: how fast the wire is; nil for as fast as it can.
    public init(
        _ number: UInt16, in namespace: NetworkNamespace, place: String, delay: Double, jitter: Double = 0,
        bitsPerSecond: UInt64? = nil
    ) throws(KernelError) {
        self.number = number
        self.delay = delay
        self.jitter = min(jitter, delay)
        perByte = bitsPerSecond.map { 8000 / Double(max($0, 1)) } ?? 0
        hasEnded = try Semaphore()
        wakeUp = SharedDescriptor(
            Descriptor(owning: try checkNegated("making an event", "eventfd") { lab_eventfd() }))
        socket = try PacketQueueSocket(number, in: namespace, place: place, limit: PacketQueue.limit, isLossy: true)
        try ShortThread.detach("wire") { [self] in run() }
    }

    /// Lets all that wait go on, and ends. Waits for that.
    public func stop() {
        _ = lab_eventfd_raise(wakeUp.raw)
        hasEnded.wait()
    }

    // MARK: The thread

    /// A packet of which the kernel waits to hear.
    private struct Packet {
        var id: UInt32
        /// When it goes on, in the milliseconds of the machine's clock.
        var due: Double
    }

    private func run() {
        defer { hasEnded.signal() }
        var waiting: [Packet] = []
        var first = 0
        var freeAt = 0.0
        while true {
            let now = Program.milliseconds()
            let before = first
            while first < waiting.count, waiting[first].due <= now { first += 1 }
            if first > before { socket.release(upTo: waiting[first - 1].id) }
            if first == waiting.count || first > 4096 {
                waiting.removeSubrange(..<first)
                first = 0
            }
            let pause = waiting.isEmpty ? -1 : Int32(clamping: Int((waiting[first].due - now).rounded(.up)))
            guard !isAsked(toEndWithin: max(pause, waiting.isEmpty ? -1 : 1)) else {
                if let last = waiting.last { socket.release(upTo: last.id) }
                return
            }
            for packet in socket.receive() {
                // On a slow wire one packet begins when the one before it is through.
                freeAt = max(freeAt, Program.milliseconds()) + Double(packet.length) * perByte
                let start = perByte > 0 ? freeAt : Program.milliseconds()
                let pause = jitter > 0 ? .random(in: delay - jitter...delay + jitter) : delay
                waiting.append(Packet(id: packet.id, due: max(start + pause, waiting.last?.due ?? 0)))
            }
        }
    }

    /// Waits for packets, or for the time to be over; true if the queue is to end.
    private func isAsked(toEndWithin milliseconds: Int32) -> Bool {
        var entries = [
            pollfd(fd: socket.descriptor.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeUp.raw, events: Int16(POLLIN), revents: 0),
        ]
        _ = unsafe entries.withUnsafeMutableBufferPointer { unsafe poll($0.baseAddress, 2, milliseconds) }
        return entries[1].revents != 0
    }
}
