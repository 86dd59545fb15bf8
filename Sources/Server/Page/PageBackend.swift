// SPDX-License-Identifier: Apache-2.0

/// What the page's server asks of the lab behind it. Whoever asks has shown the token.
public protocol PageBackend: Sendable {
    /// Answers a request for anything but the page's own files.
    func answer(_ request: PageRequest) async -> PageReply
}

/// A request to the page's server.
public struct PageRequest: Sendable, Hashable {
    /// `GET`, `HEAD` or `POST`.
    public var method: String
    /// The path, without what a `?` begins.
    public var path: String
    /// What follows the `?`, decoded; of a name that stands twice the first.
    public var query: [String: String]
    /// The header fields, by their names in small letters; several of a name are one, with commas.
    public var headers: [String: String]
    /// The body.
    public var body: [UInt8]

    /// Puts one together from its parts.
    /// - Parameter target: the path with what follows the `?`.
    public init(method: String = "GET", target: String, headers: [String: String] = [:], body: [UInt8] = []) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts.first ?? "/")
        query = [:]
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let words = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = PageRequest.decoded(words[0])
            if query[name] == nil { query[name] = words.count > 1 ? PageRequest.decoded(words[1]) : "" }
        }
        self.headers = headers
        self.body = body
    }

    /// Percent signs and plus signs taken back, as in a form.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What the page's server answers.
public enum PageReply: Sendable {
    /// All of it at once.
    case whole(PlainAnswer)
    /// Bytes as they come, until either side has enough.
    case stream(contentType: String, any PageStream)
}

/// Bytes that come one piece after the other.
public protocol PageStream: Sendable {
    /// Says whom to call, on any thread, whenever there may be something to take. Called once.
    func onMore(_ wake: @escaping @Sendable () -> Void)
    /// What there is.
    func take() -> PagePiece
    /// Nobody takes any more.
    func close()
}

/// What there is of a stream.
public enum PagePiece: Sendable {
    /// These bytes.
    case bytes([UInt8])
    /// Nothing for now.
    case nothing
    /// Nothing any more.
    case end
}
