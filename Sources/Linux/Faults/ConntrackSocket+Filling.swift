// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
internal import Net

extension ConntrackSocket {
    /// How many connections the namespace tracks. The corresponding file is `nf_conntrack_count`.
    public func count() throws(KernelError) -> Int {
        let operation = "counting the tracked connections"
        var writer = NetlinkWriter(capacity: 64)
        begin(&writer, IPCTNL_MSG_CT_GET_STATS, NLM_F_ACK, 1, .v4)
        writer.end()
        let answer = try socket.converse(writer.bytes(), last: 1, operation, call: "IPCTNL_MSG_CT_GET_STATS")
        if let failure = answer.failures.first {
            throw KernelError(
                operation + socket.suffix, call: "IPCTNL_MSG_CT_GET_STATS", failure.errno, message: failure.message)
        }
        let number = answer.messages.lazy.compactMap {
            NetlinkAttributes($0.payload, from: 4).network(Int(CTA_STATS_GLOBAL_ENTRIES.rawValue))
        }.first
        return Int(number ?? 0)
    }

    /// How many connections a namespace may track: one number for the whole machine, though each counts its own.
    /// The corresponding file is `nf_conntrack_max`.
    public static func limit() throws(KernelError) -> Int {
        Int(try File.read("/proc/sys/net/netfilter/nf_conntrack_max").filter(\.isNumber)) ?? 0
    }

    /// Marks connections that nobody has: `LAB` and a bang.
    private static let fillMark: UInt32 = 0x4c41_4221

    /// Adds connections that nobody has, between addresses that nobody can have (240.0.0.0/4, of the future), which the
    /// kernel takes for well established and so does not throw out for others.
    /// - Parameter first: their numbers start here; those of a number that is there already are passed over.
    /// - Returns: how many came, which is less than asked for when there is no more room.
    public func fill(_ count: Int, from first: Int) throws(KernelError) -> Int {
        var added = 0
        var next = first
        while added < count {
            let size = min(ConntrackSocket.chunk, count - added)
            let (came, isFull) = try fillSome(size, from: next)
            added += came
            next += size
            if isFull || next - first > 4 * max(count, ConntrackSocket.chunk) { break }
        }
        return added
    }

    private static let chunk = 1000

    private func fillSome(_ count: Int, from first: Int) throws(KernelError) -> (came: Int, isFull: Bool) {
        let operation = "filling the table of tracked connections"
        var writer = NetlinkWriter(capacity: 128 << 10)
        for index in 0..<count {
            // Each asks for an answer of its own: a batch of these is not all or nothing.
            let flags = NLM_F_CREATE | NLM_F_EXCL | (index == count - 1 ? NLM_F_ACK : 0)
            begin(&writer, IPCTNL_MSG_CT_NEW, flags, UInt32(index + 1), .v4)
            put(first + index, &writer)
            writer.end()
        }
        let answer = try socket.converse(writer.bytes(), last: UInt32(count), operation, call: "IPCTNL_MSG_CT_NEW")
        let others = answer.failures.filter { ![.exists, ConntrackSocket.noRoom].contains($0.errno) }
        if let failure = others.first {
            throw KernelError(
                operation + socket.suffix, call: "IPCTNL_MSG_CT_NEW", failure.errno, message: failure.message)
        }
        return (count - answer.failures.count, answer.failures.contains { $0.errno == ConntrackSocket.noRoom })
    }

    /// `ENOMEM`: the table is full.
    private static let noRoom = Errno(rawValue: ENOMEM)

    private func put(_ number: Int, _ writer: inout NetlinkWriter) {
        let base = UInt128(240) << 24
        let here = SocketAddress(Address(base + UInt128(number & 0xff_ffff), .v4), 1)
        let there = SocketAddress(Address(base + 1 << 24, .v4), UInt16(truncatingIfNeeded: 1 + number >> 24))
        writer.put(ConntrackTuple(source: here, destination: there), .udp)
        writer.put(ConntrackTuple(source: there, destination: here), .udp, as: CTA_TUPLE_REPLY)
        let status: ConntrackEntry.Status = [.seenReply, .assured, .confirmed]
        writer.put(Int(CTA_STATUS.rawValue), network: status.rawValue)
        writer.put(Int(CTA_TIMEOUT.rawValue), network: 86_400)
        writer.put(Int(CTA_MARK.rawValue), network: ConntrackSocket.fillMark)
    }

    /// Deletes what `fill` added, and nothing else.
    public func empty() throws(KernelError) {
        let operation = "emptying the table of tracked connections"
        var writer = NetlinkWriter(capacity: 128)
        begin(&writer, IPCTNL_MSG_CT_DELETE, NLM_F_ACK, 1, .v4)
        writer.put(Int(CTA_MARK.rawValue), network: ConntrackSocket.fillMark)
        writer.put(Int(CTA_MARK_MASK.rawValue), network: .max)
        writer.end()
        let answer = try socket.converse(writer.bytes(), last: 1, operation, call: "IPCTNL_MSG_CT_DELETE")
        guard let failure = answer.failures.first else { return }
        throw KernelError(
            operation + socket.suffix, call: "IPCTNL_MSG_CT_DELETE", failure.errno, message: failure.message)
    }
}
