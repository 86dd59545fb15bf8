// SPDX-License-Identifier: Apache-2.0
import Testing

/// The client's side of SPDY/3.1, with header blocks that are stored and not compressed.
final class SPDYClient {
    enum Frame: Equatable {
        case data(stream: UInt32, bytes: [UInt8], isLast: Bool)
        case control(type: UInt8, bytes: [UInt8])
    }

    let client: TestClient
    let answer: TestResponse
    private var hasHeader = false

    init(_ server: TestServer, _ path: String, version: String) async throws {
        client = try await server.connect()
        client.send(
            TestServer.text(
                "POST \(path)",
                [
                    "Connection: Upgrade", "Upgrade: SPDY/3.1", "X-Stream-Protocol-Version: \(version)",
                    "Content-Length: 0",
                ]))
        answer = try await client.response()
        try #require(answer.code == 101, "\(answer.text)")
    }

    /// Opens a stream.
    func open(_ stream: UInt32, _ headers: [(String, String)], isLast: Bool = false) {
        client.send(SPDYClient.openFrame(stream, headers, isFirst: !hasHeader, isLast: isLast))
        hasHeader = true
    }

    /// `SYN_STREAM`; the first of a connection begins the compressed stream.
    static func openFrame(
        _ stream: UInt32, _ headers: [(String, String)], isFirst: Bool, isLast: Bool = false
    ) -> [UInt8] {
        var block = word(UInt32(headers.count))
        for text in headers.flatMap({ [$0.0, $0.1] }) { block += word(UInt32(text.utf8.count)) + text.utf8 }
        // zlib's header names the dictionary; a stored block follows (RFC 1950 and 1951).
        let begin: [UInt8] = isFirst ? [0x78, 0xbb, 0xe3, 0xc6, 0xa7, 0xc2] : []
        let count = UInt16(block.count)
        let stored =
            begin + [0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)] + block
        return control(1, word(stream) + word(0) + [0, 0] + stored, flags: isLast ? 1 : 0)
    }

    func send(_ bytes: [UInt8], on stream: UInt32, isLast: Bool = false) {
        client.send(SPDYClient.word(stream) + SPDYClient.word((isLast ? 1 << 24 : 0) | UInt32(bytes.count)) + bytes)
    }

    static func control(_ type: UInt8, _ body: [UInt8], flags: UInt32 = 0) -> [UInt8] {
        [0x80, 3, 0, type] + word(flags << 24 | UInt32(body.count)) + body
    }

    static func word(_ number: UInt32) -> [UInt8] { (0..<4).reversed().map { UInt8(number >> ($0 * 8) & 255) } }

    /// The frames that are whole.
    func frames() -> [Frame] {
        var frames: [Frame] = []
        while true {
            let bytes = client.received
            guard bytes.count >= 8 else { return frames }
            let count = bytes[5..<8].reduce(0) { $0 << 8 | Int($1) }
            guard bytes.count >= 8 + count else { return frames }
            _ = client.take(8 + count)
            let body = Array(bytes[8..<8 + count])
            let stream = bytes[0..<4].reduce(0) { $0 << 8 | UInt32($1) }
            frames.append(
                bytes[0] & 0x80 != 0
                    ? .control(type: bytes[3], bytes: body)
                    : .data(stream: stream, bytes: body, isLast: bytes[4] & 1 != 0))
        }
    }

    /// All frames until the server says goodbye, or a condition holds.
    func finish(until isEnough: ([Frame]) -> Bool = { _ in false }) async throws -> [Frame] {
        var all: [Frame] = []
        try await client.wait {
            all += frames()
            let isOver = all.contains { if case .control(7, _) = $0 { true } else { false } }
            return isOver || isEnough(all) || client.isClosed
        }
        return all
    }

    /// What was said on a stream, and whether it ended.
    static func stream(_ stream: UInt32, _ frames: [Frame]) -> (bytes: [UInt8], hasEnded: Bool) {
        var (bytes, hasEnded) = ([] as [UInt8], false)
        for case .data(stream, let part, let isLast) in frames {
            bytes += part
            hasEnded = hasEnded || isLast
        }
        return (bytes, hasEnded)
    }
}
