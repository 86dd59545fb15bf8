// SPDX-License-Identifier: Apache-2.0
internal import CZlib

/// The one stream of compressed header blocks that a SPDY connection has in each direction (section 2.6.10.1).
///
/// zlib's state points back at its stream, which therefore stays at one place in memory.
@safe final class HeaderCompression {
    /// In which direction it works.
    enum Direction {
        case compressing
        case expanding
    }

    private let direction: Direction
    private let stream: UnsafeMutablePointer<z_stream>
    private let isUsable: Bool

    /// How large a block may be once expanded.
    private static let limit = 64 * 1024

    init(_ direction: Direction) {
        self.direction = direction
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        switch direction {
        case .expanding: isUsable = unsafe lab_inflate_init(stream) == Z_OK
        case .compressing:
            var dictionary = SPDYDictionary.bytes
            let count = UInt32(dictionary.count)
            isUsable =
                unsafe lab_deflate_init(stream) == Z_OK && deflateSetDictionary(stream, &dictionary, count) == Z_OK
        }
    }

    deinit {
        switch direction {
        case .expanding: unsafe inflateEnd(stream)
        case .compressing: unsafe deflateEnd(stream)
        }
        unsafe stream.deinitialize(count: 1)
        unsafe stream.deallocate()
    }

    /// The next block in its other form.
    /// - Throws: if it is not well formed, or too large.
    func convert(_ block: [UInt8]) throws(SPDYError) -> [UInt8] {
        guard isUsable else { throw .badHeaders }
        var (input, output) = (block, [] as [UInt8])
        var piece = [UInt8](repeating: 0, count: 4096)
        var (used, isFinished) = (0, false)
        while !isFinished {
            let (result, inputLeft, outputLeft) = step(&input, from: used, &piece)
            used = input.count - inputLeft
            output += piece.dropLast(outputLeft)
            // No progress is the end where all input is used: zlib calls it a buffer error.
            guard result == Z_OK || (result == Z_BUF_ERROR && inputLeft == 0), output.count <= HeaderCompression.limit
            else { throw .badHeaders }
            isFinished = inputLeft == 0 && outputLeft > 0
        }
        return output
    }

    private func step(_ input: inout [UInt8], from used: Int, _ piece: inout [UInt8]) -> (Int32, Int, Int) {
        unsafe input.withUnsafeMutableBufferPointer { from in
            unsafe piece.withUnsafeMutableBufferPointer { to in
                unsafe stream.pointee.next_in = from.baseAddress.map { unsafe $0 + used }
                unsafe stream.pointee.avail_in = UInt32(from.count - used)
                unsafe stream.pointee.next_out = to.baseAddress
                unsafe stream.pointee.avail_out = UInt32(to.count)
                let result = run()
                return unsafe (result, Int(stream.pointee.avail_in), Int(stream.pointee.avail_out))
            }
        }
    }

    private func run() -> Int32 {
        guard direction == .expanding else { return unsafe deflate(stream, Z_SYNC_FLUSH) }
        let result = unsafe inflate(stream, Z_SYNC_FLUSH)
        guard result == Z_NEED_DICT else { return result }
        var dictionary = SPDYDictionary.bytes
        let count = UInt32(dictionary.count)
        guard unsafe inflateSetDictionary(stream, &dictionary, count) == Z_OK else { return Z_DATA_ERROR }
        return unsafe inflate(stream, Z_SYNC_FLUSH)
    }
}
