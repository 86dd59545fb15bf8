// SPDX-License-Identifier: Apache-2.0

/// What can be said of a file before it is parsed.
enum ManifestText {
    /// The file as text.
    /// - Throws: a refusal if it is too large, or is no text in UTF-8.
    static func check(_ bytes: [UInt8], file: String) throws(Refusal) -> String {
        guard bytes.count <= Manifest.sizeLimit else {
            let detail = "the file is too large: a manifest may have \(Manifest.sizeLimit) bytes at most"
            throw Refusal(syntax: detail, at: Place(file, Position(line: 1, column: 1)))
        }
        if let offset = bytes.firstIndex(of: 0) {
            throw Refusal(syntax: "a NUL byte: this is a binary file, not a manifest", at: place(offset, bytes, file))
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let offset = firstInvalid(bytes)
            throw Refusal(
                syntax: "not UTF-8 text: this is a binary file, not a manifest", at: place(offset, bytes, file))
        }
        return text
    }

    /// The line and column of a byte.
    static func place(_ offset: Int, _ bytes: [UInt8], _ file: String) -> Place {
        let before = bytes[..<min(offset, bytes.count)]
        let lines = before.count { $0 == 0x0a }
        let start = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        let column = before[start...].count { $0 & 0xc0 != 0x80 }
        return Place(file, Position(line: lines + 1, column: column + 1))
    }

    /// The offset of the first byte that is no UTF-8.
    private static func firstInvalid(_ bytes: [UInt8]) -> Int {
        var decoder = UTF8()
        var iterator = CountingIterator(bytes)
        while true {
            let start = iterator.offset
            switch decoder.decode(&iterator) {
            case .scalarValue: continue
            case .emptyInput: return bytes.count
            case .error: return start
            }
        }
    }

    private struct CountingIterator: IteratorProtocol {
        let bytes: [UInt8]
        var offset = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func next() -> UInt8? {
            guard offset < bytes.count else { return nil }
            defer { offset += 1 }
            return bytes[offset]
        }
    }
}

extension Refusal {
    /// The refusal of text that cannot be read.
    init(syntax detail: String, at place: Place) {
        self.init([Fault(Problem("", .unknown, detail), at: place)])
    }
}
