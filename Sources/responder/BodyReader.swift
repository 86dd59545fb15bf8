// SPDX-License-Identifier: Apache-2.0

/// Walks over a request's body, keeping none of it.
struct BodyReader {
    /// The longest body that is walked over: 1 GiB.
    static let limit = 1 << 30

    private enum State {
        case data(left: Int)
        /// In a chunk's first line: the size so far, how long the line is, and whether its extension has begun.
        case chunkSize(Int, length: Int, isExtension: Bool)
        case chunkData(left: Int)
        case chunkEnd
        /// In the lines after the last chunk: how long they are in all, and how long the one under way is.
        case trailer(total: Int, line: Int)
        case over
    }

    private var state: State
    private var total = 0

    init(_ framing: Request.Framing) {
        switch framing {
        case .length(let length): state = length == 0 ? .over : .data(left: length)
        case .chunked: state = .chunkSize(0, length: 0, isExtension: false)
        }
    }

    /// Whether the body has been seen to its end.
    var isOver: Bool {
        if case .over = state { return true }
        return false
    }

    /// Walks on over what has come, leaving `position` behind the last byte that belongs to the body.
    mutating func skip(in input: [UInt8], from position: inout Int) throws(Refusal) {
        while !isOver, position < input.count {
            switch state {
            case .data(let left):
                let step = min(left, input.count - position)
                position += step
                state = step == left ? .over : .data(left: left - step)
            case .chunkData(let left):
                let step = min(left, input.count - position)
                position += step
                state = step == left ? .chunkEnd : .chunkData(left: left - step)
            default:
                try take(input[position])
                position += 1
            }
        }
    }

    /// One byte of the lines around the chunks (RFC 9112 section 7.1).
    private mutating func take(_ byte: UInt8) throws(Refusal) {
        switch state {
        case .chunkSize(let size, let length, let isExtension):
            state = try chunkSize(byte, size, length, isExtension)
        case .chunkEnd:
            if byte == 0x0d { return }
            guard byte == 0x0a else { throw Refusal(400, "a chunk is longer than it says") }
            state = .chunkSize(0, length: 0, isExtension: false)
        case .trailer(let total, let line):
            if total >= HeadReader.limit { throw Refusal(431, "the trailer is too long") }
            if byte == 0x0a {
                state = line == 0 ? .over : .trailer(total: total + 1, line: 0)
            } else if byte != 0x0d {
                state = .trailer(total: total + 1, line: line + 1)
            }
        case .data, .chunkData, .over: return
        }
    }

    private mutating func chunkSize(
        _ byte: UInt8, _ size: Int, _ length: Int, _ isExtension: Bool
    ) throws(Refusal) -> State {
        let malformed = Refusal(400, "a chunk's size is not a hexadecimal number")
        if length > 256 { throw malformed }
        if byte == 0x0a {
            guard length > 0 else { throw malformed }
            total += size
            if total > Self.limit { throw Refusal(413, "the body is longer than \(Self.limit) bytes") }
            return size == 0 ? .trailer(total: 0, line: 0) : .chunkData(left: size)
        }
        if byte == 0x0d || isExtension { return .chunkSize(size, length: length, isExtension: isExtension) }
        if byte == UInt8(ascii: ";") || byte == 0x20 || byte == 0x09 {
            guard length > 0 else { throw malformed }
            return .chunkSize(size, length: length, isExtension: true)
        }
        guard let digit = byte.hexadecimalValue, length < 8 else { throw malformed }
        return .chunkSize(size * 16 + digit, length: length + 1, isExtension: false)
    }
}
