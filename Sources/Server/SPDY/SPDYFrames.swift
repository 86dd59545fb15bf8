// SPDX-License-Identifier: Apache-2.0
internal import NIOCore

/// What makes a SPDY connection useless.
enum SPDYError: Error, Hashable {
    /// A frame's header or its length is not as it must be.
    case badFrame
    /// A header block cannot be expanded or read.
    case badHeaders
}

/// What a SPDY peer says (SPDY/3.1, section 2.6), as far as it matters here.
enum SPDYFrame {
    /// `SYN_STREAM`: the peer opens a stream.
    case open(stream: UInt32, headers: [String: String], isLast: Bool)
    /// A part of a data frame; a long one comes in several.
    case data(stream: UInt32, ByteBuffer, isLast: Bool)
    /// `RST_STREAM`: both directions of a stream are over at once.
    case reset(stream: UInt32)
    /// `PING`, which is to be sent back.
    case ping(UInt32)
    /// `GOAWAY`: the peer opens no more streams.
    case goAway
    /// Something that needs no answer, as `SETTINGS` and `WINDOW_UPDATE`.
    case other
}

/// Reads frames from bytes.
struct SPDYReader {
    private enum State {
        case header
        case data(stream: UInt32, left: Int, isLast: Bool)
    }

    private var buffer = ByteBuffer()
    private var state = State.header
    private let expansion = HeaderCompression(.expanding)

    /// How long a control frame may be.
    private static let limit = 64 * 1024

    /// Adds bytes that have come.
    mutating func append(_ bytes: ByteBuffer) {
        buffer.discardReadBytes()
        buffer.writeImmutableBuffer(bytes)
    }

    /// The next frame; nil if more bytes must come first.
    mutating func next() throws(SPDYError) -> SPDYFrame? {
        if case .data(let stream, let left, let isLast) = state {
            return nextPart(stream, left, isLast)
        }
        guard let word = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self),
            let second = buffer.getInteger(at: buffer.readerIndex + 4, as: UInt32.self)
        else { return nil }
        let (flags, length) = (UInt8(second >> 24), Int(second & 0xff_ffff))
        if word & 0x8000_0000 == 0 {
            buffer.moveReaderIndex(forwardBy: 8)
            state = .data(stream: word, left: length, isLast: flags & 1 != 0)
            return nextPart(word, length, flags & 1 != 0)
        }
        guard word >> 16 & 0x7fff == 3, length <= SPDYReader.limit else { throw .badFrame }
        guard buffer.readableBytes >= 8 + length else { return nil }
        buffer.moveReaderIndex(forwardBy: 8)
        guard var body = buffer.readSlice(length: length) else { return nil }
        return try control(type: word & 0xffff, flags, &body)
    }

    private mutating func nextPart(_ stream: UInt32, _ left: Int, _ isLast: Bool) -> SPDYFrame? {
        let count = min(left, buffer.readableBytes)
        guard count > 0 || left == 0, let bytes = buffer.readSlice(length: count) else { return nil }
        state = count == left ? .header : .data(stream: stream, left: left - count, isLast: isLast)
        return .data(stream: stream, bytes, isLast: isLast && count == left)
    }

    private mutating func control(type: UInt32, _ flags: UInt8, _ body: inout ByteBuffer) throws(SPDYError) -> SPDYFrame
    {
        switch type {
        case 1:
            guard let stream = body.readInteger(as: UInt32.self), body.readSlice(length: 6) != nil else {
                throw .badFrame
            }
            let headers = try SPDYHeaders.read(try expansion.convert(Array(body.readableBytesView)))
            return .open(stream: stream & 0x7fff_ffff, headers: headers, isLast: flags & 1 != 0)
        case 2, 8:
            guard body.readInteger(as: UInt32.self) != nil else { throw .badFrame }
            // Of no interest, but part of the one compressed stream.
            _ = try expansion.convert(Array(body.readableBytesView))
            return .other
        case 3:
            guard let stream = body.readInteger(as: UInt32.self) else { throw .badFrame }
            return .reset(stream: stream & 0x7fff_ffff)
        case 6:
            guard let number = body.readInteger(as: UInt32.self) else { throw .badFrame }
            return .ping(number)
        case 7: return .goAway
        default: return .other
        }
    }
}

/// A block of headers: a count, and so many names and values, each behind its length (section 2.6.10).
enum SPDYHeaders {
    /// The headers, their names in lower case.
    static func read(_ block: [UInt8]) throws(SPDYError) -> [String: String] {
        var buffer = ByteBuffer(bytes: block)
        guard let count = buffer.readInteger(as: UInt32.self), count <= 256 else { throw .badHeaders }
        var headers: [String: String] = [:]
        for _ in 0..<count {
            guard let name = text(&buffer), let value = text(&buffer) else { throw .badHeaders }
            headers[name.lowercased()] = value
        }
        return headers
    }

    private static func text(_ buffer: inout ByteBuffer) -> String? {
        guard let length = buffer.readInteger(as: UInt32.self), Int(length) <= buffer.readableBytes else { return nil }
        return buffer.readString(length: Int(length))
    }
}

/// Writes frames.
struct SPDYWriter {
    private let compression = HeaderCompression(.compressing)

    /// `SYN_REPLY` without headers: the stream is accepted.
    func accept(_ stream: UInt32) throws(SPDYError) -> ByteBuffer {
        var body = ByteBuffer(integer: stream)
        body.writeBytes(try compression.convert([0, 0, 0, 0]))
        return control(type: 2, body)
    }

    /// A data frame.
    func data(_ bytes: ByteBuffer, on stream: UInt32, isLast: Bool) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.reserveCapacity(8 + bytes.readableBytes)
        frame.writeInteger(stream)
        frame.writeInteger((isLast ? 1 << 24 : 0) | UInt32(bytes.readableBytes))
        frame.writeImmutableBuffer(bytes)
        return frame
    }

    /// `RST_STREAM`: 2 for a stream that is not there, 3 for one that is not wanted.
    func reset(_ stream: UInt32, status: UInt32) -> ByteBuffer {
        var body = ByteBuffer(integer: stream)
        body.writeInteger(status)
        return control(type: 3, body)
    }

    /// `PING`, as it came.
    func ping(_ number: UInt32) -> ByteBuffer { control(type: 6, ByteBuffer(integer: number)) }

    /// `GOAWAY`.
    /// - Parameter isError: the peer has broken the protocol.
    func goAway(last: UInt32, isError: Bool) -> ByteBuffer {
        var body = ByteBuffer(integer: last)
        body.writeInteger(isError ? 1 : 0 as UInt32)
        return control(type: 7, body)
    }

    private func control(type: UInt32, _ body: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer(integer: 0x8003_0000 | type)
        frame.writeInteger(UInt32(body.readableBytes))
        frame.writeImmutableBuffer(body)
        return frame
    }
}
