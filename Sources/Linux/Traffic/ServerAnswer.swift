// SPDX-License-Identifier: Apache-2.0

/// What a server sent back: a datagram, or an answer of HTTP/1.1 (RFC 9112).
public struct ServerAnswer: Sendable, Hashable {
    /// The status; 0 for a datagram.
    public var status = 0
    /// Header fields in order, names as they were sent.
    public var fields: [Field] = []
    /// The body without its framing, or the datagram.
    public var body: [UInt8] = []

    /// One header field.
    public struct Field: Sendable, Hashable {
        /// As it was sent.
        public var name: String
        /// Without blanks around it.
        public var value: String

        /// Puts one together from its parts.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// An answer of its parts.
    public init(status: Int = 0, fields: [Field] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The first value of a header field, whatever the case of its name.
    public func field(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Reads an answer of HTTP/1.1 as it comes in.
struct AnswerReader {
    /// How far it is.
    enum Progress {
        case more
        /// The whole answer, and whether the connection may carry another request.
        case whole(ServerAnswer, isReusable: Bool)
        /// Why it is none.
        case broken(String)
    }

    /// The most that is taken of a head and of a body, in bytes.
    private static let headLimit = 64 << 10
    private static let bodyLimit = 16 << 20

    private enum Framing {
        case length(Int)
        case chunks
        /// Until the server closes.
        case end
    }

    private let isHead: Bool
    private var bytes: [UInt8] = []
    private var answer: ServerAnswer?
    private var framing = Framing.end
    private var isReusable = false

    init(isHead: Bool) { self.isHead = isHead }

    /// True if nothing has come yet.
    var isEmpty: Bool { bytes.isEmpty && answer == nil }

    /// Takes what has come in.
    mutating func take(_ more: ArraySlice<UInt8>) -> Progress {
        bytes += more
        while answer == nil {
            guard let end = AnswerReader.endOfHead(bytes) else {
                return bytes.count > AnswerReader.headLimit ? .broken("the head of the answer is too long") : .more
            }
            if let problem = readHead(end) { return .broken(problem) }
        }
        return look(hasEnded: false)
    }

    /// The server has closed.
    mutating func end() -> Progress {
        answer == nil ? .broken("the server closed without an answer") : look(hasEnded: true)
    }

    private func look(hasEnded: Bool) -> Progress {
        guard var answer else { return .more }
        switch framing {
        case .length(let length):
            guard bytes.count >= length else { break }
            answer.body = Array(bytes.prefix(length))
            return .whole(answer, isReusable: isReusable && !hasEnded && bytes.count == length)
        case .chunks:
            switch AnswerReader.dechunked(bytes) {
            case .success(let body?):
                answer.body = body
                return .whole(answer, isReusable: isReusable && !hasEnded)
            case .success(nil): break
            case .failure(let error): return .broken(error.text)
            }
        case .end:
            guard hasEnded else { break }
            answer.body = bytes
            return .whole(answer, isReusable: false)
        }
        if hasEnded { return .broken("the server closed in the middle of its answer") }
        return bytes.count > AnswerReader.bodyLimit ? .broken("the body is longer than 16 MiB") : .more
    }

    /// The place after the first empty line.
    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        var start = 0
        for index in bytes.indices where bytes[index] == 0x0a {
            let line = bytes[start..<index]
            if start > 0, line.isEmpty || line.elementsEqual([0x0d]) { return index + 1 }
            start = index + 1
        }
        return nil
    }

    /// Takes the head off; the result is what is wrong with it. An interim answer (1xx) is passed over.
    private mutating func readHead(_ end: Int) -> String? {
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(whereSeparator: \.isNewline)
        bytes.removeFirst(end)
        let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3, let status = Int(words[1])
        else { return "this is no HTTP: \"\((lines.first ?? "").prefix(60))\"" }
        if (100..<200).contains(status), status != 101 { return nil }
        var found = ServerAnswer(status: status)
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...]
            found.fields.append(ServerAnswer.Field(String(line[..<colon]), value.trimmed))
        }
        let said = found.field("connection")?.lowercased() ?? ""
        isReusable = words[0] == "HTTP/1.1" ? said != "close" : said == "keep-alive"
        if isHead || status == 204 || status == 304 {
            framing = .length(0)
        } else if found.field("transfer-encoding")?.lowercased() == "chunked" {
            framing = .chunks
        } else if let length = found.field("content-length") {
            guard let number = Int(length), number >= 0 else { return "the length of the body is \"\(length)\"" }
            framing = .length(number)
        }
        answer = found
        return nil
    }

    private struct ChunkError: Error {
        var text: String
    }

    /// The body of all chunks; nil while the last has not come.
    private static func dechunked(_ bytes: [UInt8]) -> Result<[UInt8]?, ChunkError> {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0a) {
            let line = String(decoding: rest[..<end], as: UTF8.self).prefix { $0 != ";" && !$0.isNewline }
            guard let size = Int(line.trimmed, radix: 16), size >= 0, size <= bodyLimit else {
                return .failure(ChunkError(text: "a chunk of the body has the size \"\(line.prefix(20))\""))
            }
            rest = rest[(end + 1)...]
            if size == 0 { return .success(trailerHasEnded(rest) ? body : nil) }
            guard rest.count >= size + 2 else { return .success(nil) }
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        return .success(nil)
    }

    /// Whether the empty line after the last chunk, and fields before it, have come.
    private static func trailerHasEnded(_ rest: ArraySlice<UInt8>) -> Bool {
        rest.starts(with: [0x0d, 0x0a]) || endOfHead([0x0a] + rest) != nil
    }
}

extension StringProtocol {
    /// The text without blanks and line ends around it.
    var trimmed: String {
        let isBlank = { (character: Character) in character == " " || character == "\t" || character.isNewline }
        let start = self.drop(while: isBlank)
        var end = start.endIndex
        while end > start.startIndex, isBlank(start[start.index(before: end)]) { end = start.index(before: end) }
        return String(start[..<end])
    }
}
