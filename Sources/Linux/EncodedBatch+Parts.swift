// SPDX-License-Identifier: Apache-2.0
internal import CNetlink

extension EncodedBatch {
    /// A batch's begin, and its end, in bytes: a header, and what names the subsystem.
    private static let boundary = 20

    /// The batch's messages in batches of at most so many bytes each: one, unless the socket takes no more at once. Only
    /// in a session is it so, where `net.core.wmem_max` is the limit. Then a change of thousands of elements is not seen
    /// from one packet to the next, but part after part.
    func parts(limit: Int) -> [(bytes: [UInt8], last: UInt32)] {
        guard bytes.count > limit else { return [(bytes, last)] }
        var parts: [(bytes: [UInt8], last: UInt32)] = []
        // The first message is the begin.
        var first = 1
        while first < messages.count {
            let start = messages[first].offset
            var next = first + 1
            while next < messages.count, end(of: next) - start + 2 * EncodedBatch.boundary <= limit { next += 1 }
            let begin = bytes[..<EncodedBatch.boundary]
            var part = begin + bytes[start..<end(of: next - 1)] + bytes.suffix(EncodedBatch.boundary)
            // The flags of the part's last message ask for its acknowledgement.
            part[EncodedBatch.boundary + messages[next - 1].offset - start + 6] |= UInt8(NLM_F_ACK)
            parts.append((Array(part), UInt32(next)))
            first = next
        }
        return parts
    }

    /// Where in the bytes a message ends.
    private func end(of index: Int) -> Int {
        index + 1 < messages.count ? messages[index + 1].offset : bytes.count - EncodedBatch.boundary
    }
}
