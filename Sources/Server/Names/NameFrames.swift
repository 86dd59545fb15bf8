// SPDX-License-Identifier: Apache-2.0
internal import NIOCore

/// The messages within a stream, each with its length in two bytes before it (RFC 1035, 4.2.2).
struct NameFrames {
    private var bytes = ByteBuffer()

    /// Adds what the stream brought.
    mutating func append(_ more: inout ByteBuffer) {
        if bytes.readableBytes == 0 {
            bytes = more
        } else {
            bytes.discardReadBytes()
            bytes.writeBuffer(&more)
        }
    }

    /// The next message, if all of it is there.
    mutating func next() -> ByteBuffer? {
        guard let length = bytes.getInteger(at: bytes.readerIndex, as: UInt16.self),
            bytes.readableBytes >= 2 + Int(length)
        else { return nil }
        bytes.moveReaderIndex(forwardBy: 2)
        return bytes.readSlice(length: Int(length))
    }
}

extension ByteBuffer {
    /// Adds a message with its length before it; one that is too long for that is not added.
    mutating func writeFrame(_ message: [UInt8]) {
        guard let length = UInt16(exactly: message.count) else { return }
        writeInteger(length)
        writeBytes(message)
    }
}
