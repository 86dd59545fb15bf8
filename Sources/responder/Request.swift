// SPDX-License-Identifier: Apache-2.0

/// One request's head: its first line and its header fields, as ranges of the bytes they came in.
struct Request {
    /// How the body that follows the head is delimited (RFC 9112 section 6).
    enum Framing {
        case length(Int)
        case chunked
    }

    /// The head's bytes, its last empty line included.
    var head: [UInt8]
    var method: Range<Int>
    var path: Range<Int>
    var query: Range<Int>
    var fields: [(name: Range<Int>, value: Range<Int>)] = []
    var framing = Framing.length(0)
    /// Whether the connection stays open after the answer.
    var keepsAlive = true
    /// Whether it speaks HTTP/1.0, where staying open is asked for and granted in words.
    var isHTTP10 = false
    /// Whether the client waits for `100 Continue` before it sends the body.
    var expectsContinue = false

    /// The first value of a header field, whatever the case of its name; nil when the request has none.
    func value(of name: String) -> ArraySlice<UInt8>? {
        for field in fields where head[field.name].matches(name) { return head[field.value] }
        return nil
    }

    func isMethod(_ name: String) -> Bool { head[method].elementsEqual(name.utf8) }

    /// The first line, as the log shows it.
    var line: ArraySlice<UInt8> { head.prefix { $0 != 0x0a && $0 != 0x0d } }
}

/// A request that cannot be answered as asked: the status that says so, and why in a few words.
struct Refusal: Error {
    var status: Int
    var reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }
}

// MARK: - Reading a head

/// Finds and reads one head in the bytes of a connection, going on where it stopped when more arrive.
struct HeadReader {
    /// The longest head that is read.
    static let limit = 16_384

    /// Where to go on looking, and where the line under way began; both relative to the head's first byte.
    private var position = 0
    private var lineStart = 0
    private var hasCheckedLine = false

    /// The next request's head; nil when it is not complete.
    /// - Parameter start: where the head begins in the input; on return, where it ends.
    mutating func next(in input: [UInt8], from start: inout Int) throws(Refusal) -> Request? {
        skipEmptyLines(in: input, from: &start)
        while start + position < input.count {
            let byte = input[start + position]
            position += 1
            if position > Self.limit { throw Refusal(431, "the request's head is longer than \(Self.limit) bytes") }
            if position == 1, !byte.isToken { throw Refusal(400, "this is not an HTTP request") }
            guard byte == 0x0a else { continue }
            if !hasCheckedLine {
                // A bad first line is answered at once: who sends one may never send another.
                _ = try Request(line: Array(input[start..<start + position]))
                hasCheckedLine = true
            }
            let isEmpty = position - lineStart == 1 || (position - lineStart == 2 && input[start + lineStart] == 0x0d)
            lineStart = position
            guard isEmpty else { continue }
            let request = try Request(head: Array(input[start..<start + position]))
            start += position
            self = HeadReader()
            return request
        }
        return nil
    }

    /// Empty lines ahead of a request are left over from the one before (RFC 9112 section 2.2).
    private func skipEmptyLines(in input: [UInt8], from start: inout Int) {
        guard position == 0 else { return }
        while start < input.count, input[start] == 0x0d || input[start] == 0x0a { start += 1 }
    }
}

extension Request {
    /// Reads the first line alone: `METHOD TARGET HTTP/1.x`.
    fileprivate init(line head: [UInt8]) throws(Refusal) {
        let end = Self.endOfLine(in: head, from: 0).content
        let malformed = Refusal(400, "the request line is not METHOD TARGET HTTP/1.1")
        guard let methodEnd = head[..<end].firstIndex(of: 0x20), methodEnd > 0,
            head[..<methodEnd].allSatisfy(\.isToken),
            let targetEnd = head[..<end].lastIndex(of: 0x20), targetEnd > methodEnd + 1
        else { throw malformed }
        let target = methodEnd + 1..<targetEnd
        guard head[target].allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { throw malformed }
        let version = head[targetEnd + 1..<end]
        guard version.count == 8, version.starts(with: "HTTP/".utf8), version[version.startIndex + 5].isDigit,
            version[version.startIndex + 6] == UInt8(ascii: "."), version[version.startIndex + 7].isDigit
        else { throw malformed }
        guard version[version.startIndex + 5] == UInt8(ascii: "1") else {
            throw Refusal(505, "this server speaks HTTP/1.1")
        }
        let path = Self.path(of: target, in: head)
        let question = head[path].firstIndex(of: UInt8(ascii: "?")) ?? path.upperBound
        self.init(
            head: head, method: 0..<methodEnd, path: path.lowerBound..<question,
            query: min(question + 1, path.upperBound)..<path.upperBound)
        isHTTP10 = version[version.startIndex + 7] == UInt8(ascii: "0")
        keepsAlive = !isHTTP10
    }

    fileprivate init(head: [UInt8]) throws(Refusal) {
        try self.init(line: head)
        try readFields()
        try readFraming()
        try readConnection()
    }

    /// The path and query of a target, which may be a whole `http://host/path` (RFC 9112 section 3.2.2).
    private static func path(of target: Range<Int>, in head: [UInt8]) -> Range<Int> {
        guard head[target].prefix(7).matches("http://") else { return target }
        let slash = head[target].dropFirst(7).firstIndex(of: UInt8(ascii: "/")) ?? target.upperBound
        return slash..<target.upperBound
    }

    /// Where a line's content ends and where the next line begins.
    private static func endOfLine(in head: [UInt8], from start: Int) -> (content: Int, next: Int) {
        let end = head[start...].firstIndex(of: 0x0a) ?? head.count
        let content = end > start && head[end - 1] == 0x0d ? end - 1 : end
        return (content, min(end + 1, head.count))
    }

    private mutating func readFields() throws(Refusal) {
        var start = Self.endOfLine(in: head, from: 0).next
        while start < head.count {
            let line = Self.endOfLine(in: head, from: start)
            if line.content == start { return }
            // No space before the colon, no folded lines: RFC 9112 sections 5.1 and 5.2.
            guard let colon = head[start..<line.content].firstIndex(of: UInt8(ascii: ":")), colon > start,
                head[start..<colon].allSatisfy(\.isToken),
                head[colon..<line.content].allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 })
            else { throw Refusal(400, "a header field is not NAME: VALUE") }
            fields.append((start..<colon, trimmed(colon + 1..<line.content)))
            start = line.next
        }
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper, head[lower] == 0x20 || head[lower] == 0x09 { lower += 1 }
        while lower < upper, head[upper - 1] == 0x20 || head[upper - 1] == 0x09 { upper -= 1 }
        return lower..<upper
    }

    private mutating func readFraming() throws(Refusal) {
        var length: Int?
        var isChunked = false
        for field in fields {
            if head[field.name].matches("content-length") {
                guard let number = Self.length(head[field.value]), length == nil || length == number else {
                    throw Refusal(400, "Content-Length is not one number")
                }
                length = number
            } else if head[field.name].matches("transfer-encoding") {
                guard !isChunked, head[field.value].matches("chunked") else {
                    throw Refusal(501, "the only transfer encoding here is chunked")
                }
                isChunked = true
            }
        }
        // Two opinions on where a body ends are how requests are smuggled (RFC 9112 section 6.1).
        if isChunked, length != nil || isHTTP10 { throw Refusal(400, "a chunked body has no Content-Length") }
        framing = isChunked ? .chunked : .length(length ?? 0)
        if let length, length > BodyReader.limit {
            throw Refusal(413, "the body is longer than \(BodyReader.limit) bytes")
        }
    }

    private static func length(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 18, digits.allSatisfy(\.isDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private mutating func readConnection() throws(Refusal) {
        let hosts = fields.count { head[$0.name].matches("host") }
        guard hosts == 1 || (isHTTP10 && hosts == 0) else { throw Refusal(400, "a request has one Host header") }
        for field in fields where head[field.name].matches("connection") {
            for option in head[field.value].split(separator: UInt8(ascii: ",")) {
                let words = option.split(separator: 0x20)
                if words.first?.matches("close") == true { keepsAlive = false }
                if isHTTP10, words.first?.matches("keep-alive") == true { keepsAlive = true }
            }
        }
        expectsContinue = !isHTTP10 && value(of: "expect")?.matches("100-continue") == true
    }
}
