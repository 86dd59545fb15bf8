// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import CNetlink
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
    private let socket: SharedDescriptor
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
        let conversation = try NetlinkSocket(.netfilter, in: namespace, place: place)
        socket = conversation.descriptor
        for request in PacketQueue.requests(number) { try PacketQueue.ask(conversation, request) }
        try ShortThread.detach("wire") { [self] in run() }
    }

    /// Lets all that wait go on, and ends. Waits for that.
    public func stop() {
        _ = lab_eventfd_raise(wakeUp.raw)
        hasEnded.wait()
    }

    // MARK: The conversation

    /// Binds the queue, has the first bytes of packets copied, sets how many there may be, and takes large packets whole.
    private static func requests(_ number: UInt16) -> [[UInt8]] {
        func request(_ body: (inout NetlinkWriter) -> Void) -> [UInt8] {
            var writer = NetlinkWriter(capacity: 256)
            writer.begin(
                subsystem: NFNL_SUBSYS_QUEUE, type: Int(NFQNL_MSG_CONFIG.rawValue), flags: NLM_F_ACK, sequence: 1,
                family: AF_UNSPEC, resource: number)
            body(&writer)
            writer.end()
            return writer.bytes()
        }
        let copied: [UInt8] = [0, 0, 0, 4, UInt8(NFQNL_COPY_PACKET.rawValue)]
        return [
            request { $0.put(Int(NFQA_CFG_CMD.rawValue), bytes: [UInt8(NFQNL_CFG_CMD_BIND.rawValue), 0, 0, 0]) },
            request { writer in
                writer.put(Int(NFQA_CFG_PARAMS.rawValue), bytes: copied)
                writer.put(Int(NFQA_CFG_QUEUE_MAXLEN.rawValue), network: limit)
                writer.put(Int(NFQA_CFG_MASK.rawValue), network: UInt32(NFQA_CFG_F_GSO))
                writer.put(Int(NFQA_CFG_FLAGS.rawValue), network: UInt32(NFQA_CFG_F_GSO))
            },
        ]
    }

    private static func ask(_ socket: NetlinkSocket, _ request: [UInt8]) throws(KernelError) {
        let operation = "opening a queue for packets"
        let answer = try socket.converse(request, last: 1, operation, call: "NFQNL_MSG_CONFIG")
        guard let failure = answer.failures.first else { return }
        throw KernelError(operation + socket.suffix, call: "NFQNL_MSG_CONFIG", failure.errno, message: failure.message)
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
            if first > before { accept(upTo: waiting[first - 1].id) }
            if first == waiting.count || first > 4096 {
                waiting.removeSubrange(..<first)
                first = 0
            }
            let pause = waiting.isEmpty ? -1 : Int32(clamping: Int((waiting[first].due - now).rounded(.up)))
            guard !isAsked(toEndWithin: max(pause, waiting.isEmpty ? -1 : 1)) else {
                if let last = waiting.last { accept(upTo: last.id) }
                return
            }
            for packet in receive() {
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
            pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeUp.raw, events: Int16(POLLIN), revents: 0),
        ]
        _ = unsafe entries.withUnsafeMutableBufferPointer { unsafe poll($0.baseAddress, 2, milliseconds) }
        return entries[1].revents != 0
    }

    /// What has come by now, bounded so that those that are due are not kept.
    private func receive() -> [(id: UInt32, length: UInt32)] {
        var packets: [(id: UInt32, length: UInt32)] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 16)
        defer { unsafe buffer.deallocate() }
        for _ in 0..<256 {
            let count = unsafe recv(socket.raw, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            // Of packets that could not be told of, the next ones' verdict takes care.
            guard count > 0 else { break }
            var answer = NetlinkAnswer(last: .max)
            unsafe answer.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            for message in answer.messages where message.payload.count > 4 {
                let attributes = NetlinkAttributes(message.payload, from: 4)
                guard let header = attributes.bytes(Int(NFQA_PACKET_HDR.rawValue)), header.count >= 4 else { continue }
                let id = header.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
                let length =
                    attributes.network(Int(NFQA_CAP_LEN.rawValue)).map { UInt32(truncatingIfNeeded: $0) }
                    ?? UInt32(attributes.bytes(Int(NFQA_PAYLOAD.rawValue))?.count ?? 0)
                packets.append((id, length))
            }
        }
        return packets
    }

    /// Lets all packets up to a number go on. The corresponding C name is `NFQNL_MSG_VERDICT_BATCH`.
    private func accept(upTo id: UInt32) {
        var writer = NetlinkWriter(capacity: 256)
        writer.begin(
            subsystem: NFNL_SUBSYS_QUEUE, type: Int(NFQNL_MSG_VERDICT_BATCH.rawValue), flags: 0, sequence: 0,
            family: AF_UNSPEC, resource: number)
        let numbers = [UInt32(NF_ACCEPT), id].flatMap { number in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
        }
        writer.put(Int(NFQA_VERDICT_HDR.rawValue), bytes: numbers)
        writer.end()
        _ = unsafe writer.bytes().withUnsafeBytes { unsafe send(socket.raw, $0.baseAddress, $0.count, 0) }
    }
}
