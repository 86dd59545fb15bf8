// SPDX-License-Identifier: Apache-2.0

/// The answer to an HTTP probe as far as it has come in.
struct ProbeAnswer {
    /// As much of a body as a kubelet reads, in bytes; and as much of a head as is reasonable.
    static let bodyLimit = 10 << 10
    static let headLimit = 64 << 10

    private(set) var bytes: [UInt8] = []
    /// Where the body begins, once the head is whole.
    private var body: Int?
    private var length: Int?
    private var status: Int?

    /// Takes what has come in; the result is the outcome if it is clear by now.
    mutating func take(_ more: some Sequence<UInt8>) -> ProbeOutcome? {
        bytes += more
        if body == nil {
            guard let end = endOfHead() else {
                return bytes.count > ProbeAnswer.headLimit ? .failure("server response headers are too long") : nil
            }
            body = end
            if let failure = readHead(end) { return failure }
        }
        guard let body, bytes.count - body >= min(length ?? Int.max, ProbeAnswer.bodyLimit) else { return nil }
        return verdict
    }

    /// The outcome when the other side has closed.
    func end() -> ProbeOutcome {
        if bytes.isEmpty { return .failure("EOF") }
        guard let body, bytes.count - body >= length ?? 0 else { return .failure("unexpected EOF") }
        return verdict
    }

    private var verdict: ProbeOutcome {
        guard let status else { return .failure("unexpected EOF") }
        return 200...399 ~= status ? .success : .failure("HTTP probe failed with statuscode: \(status)")
    }

    /// The place after the first empty line.
    private func endOfHead() -> Int? {
        var previous = 0
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            let line = bytes[previous..<index]
            if previous > 0, line.isEmpty || line.elementsEqual([UInt8(ascii: "\r")]) { return index + 1 }
            previous = index + 1
        }
        return nil
    }

    /// Finds the status and the length; the result is a failure if this is no HTTP.
    private mutating func readHead(_ end: Int) -> ProbeOutcome? {
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(whereSeparator: \.isNewline)
        let first = lines.first ?? ""
        let words = first.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3, let code = Int(words[1]) else {
            return .failure("malformed HTTP response \"\(first.prefix(80))\"")
        }
        status = code
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
            length = Int(parts[1].filter { $0 != " " })
        }
        if code == 204 || code == 304 { length = 0 }
        return nil
    }
}
