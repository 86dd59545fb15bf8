// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc

/// A queue in which the kernel keeps packets until it is told what becomes of them.
///
/// When this program ends, the kernel drops what waits, and what comes goes on at once. The corresponding kernel interface
/// is nfnetlink_queue.
public final class PacketQueueSocket: Sendable {
    /// What becomes of packets that have waited.
    public enum Release: Sendable {
        /// They go on (`NF_ACCEPT`).
        case onward
        /// They meet the chain that sent them here once more (`NF_REPEAT`).
        case again
    }

    /// A packet of which the kernel waits to hear.
    struct Packet {
        /// The kernel's number of it, higher than those of the packets before it.
        var id: UInt32
        /// How many bytes it has.
        var length: UInt32
    }

    /// The number by which rules name it, its namespace's own.
    public let number: UInt16
    private let socket: NetlinkSocket

    /// Opens the queue in a namespace.
    /// - Parameters:
    ///   - limit: so many packets wait at most.
    ///   - isLossy: whether those that come then are lost; else they go on at once.
    public init(
        _ number: UInt16, in namespace: NetworkNamespace, place: String, limit: UInt32, isLossy: Bool
    ) throws(KernelError) {
        self.number = number
        socket = try NetlinkSocket(.netfilter, in: namespace, place: place)
        for request in PacketQueueSocket.requests(number, limit, isLossy: isLossy) { try ask(request) }
    }

    /// For a thread that waits for many of them.
    var descriptor: SharedDescriptor { socket.descriptor }

    /// Binds the queue, has the first bytes of packets copied, sets how many there may be, and takes large packets whole.
    private static func requests(_ number: UInt16, _ limit: UInt32, isLossy: Bool) -> [[UInt8]] {
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
                let flags = UInt32(NFQA_CFG_F_GSO) | (isLossy ? 0 : UInt32(NFQA_CFG_F_FAIL_OPEN))
                writer.put(Int(NFQA_CFG_MASK.rawValue), network: flags)
                writer.put(Int(NFQA_CFG_FLAGS.rawValue), network: flags)
            },
        ]
    }

    private func ask(_ request: [UInt8]) throws(KernelError) {
        let operation = "opening a queue for packets"
        let answer = try socket.converse(request, last: 1, operation, call: "NFQNL_MSG_CONFIG")
        guard let failure = answer.failures.first else { return }
        throw KernelError(operation + socket.suffix, call: "NFQNL_MSG_CONFIG", failure.errno, message: failure.message)
    }

    /// The packets that have come by now, bounded; it does not wait for more.
    func receive() -> [Packet] {
        var packets: [Packet] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 16)
        defer { unsafe buffer.deallocate() }
        for _ in 0..<256 {
            let count = unsafe recv(descriptor.raw, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
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
                packets.append(Packet(id: id, length: length))
            }
        }
        return packets
    }

    /// Lets all packets up to a number go. The corresponding C name is `NFQNL_MSG_VERDICT_BATCH`.
    func release(upTo id: UInt32, _ release: Release = .onward) {
        var writer = NetlinkWriter(capacity: 256)
        writer.begin(
            subsystem: NFNL_SUBSYS_QUEUE, type: Int(NFQNL_MSG_VERDICT_BATCH.rawValue), flags: 0, sequence: 0,
            family: AF_UNSPEC, resource: number)
        let verdict = release == .onward ? NF_ACCEPT : NF_REPEAT
        let numbers = [UInt32(verdict), id].flatMap { number in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
        }
        writer.put(Int(NFQA_VERDICT_HDR.rawValue), bytes: numbers)
        writer.end()
        _ = unsafe writer.bytes().withUnsafeBytes { unsafe send(descriptor.raw, $0.baseAddress, $0.count, 0) }
    }
}
