// SPDX-License-Identifier: Apache-2.0
import Testing

/// The client's side of a WebSocket: masked frames out, messages in.
final class WebSocketClient {
    struct Frame: Equatable {
        let opcode: UInt8
        let bytes: [UInt8]
    }

    let client: TestClient
    /// What the server chose.
    let subprotocol: String?

    /// Asks for a WebSocket.
    init(_ server: TestServer, _ path: String, subprotocols: [String]) async throws {
        client = try await server.connect()
        client.send(
            TestServer.text(
                "GET \(path)",
                [
                    "Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                ] + subprotocols.map { "Sec-WebSocket-Protocol: \($0)" }))
        let answer = try await client.response()
        try #require(answer.code == 101, "\(answer.text)")
        // The example of RFC 6455, section 1.3.
        #expect(answer.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        subprotocol = answer.headers["sec-websocket-protocol"]
    }

    /// A masked frame.
    static func frame(_ bytes: [UInt8], opcode: UInt8 = 2, isLast: Bool = true, mask: [UInt8] = [1, 2, 3, 4]) -> [UInt8]
    {
        var frame: [UInt8] = [(isLast ? 0x80 : 0) | opcode]
        switch bytes.count {
        case 0..<126: frame.append(0x80 | UInt8(bytes.count))
        case 126..<65536: frame += [0x80 | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
        default: frame += [0x80 | 127] + (0..<8).reversed().map { UInt8(bytes.count >> ($0 * 8) & 255) }
        }
        frame += mask
        for (index, byte) in bytes.enumerated() { frame.append(byte ^ mask[index & 3]) }
        return frame
    }

    func send(_ bytes: [UInt8], opcode: UInt8 = 2, isLast: Bool = true) {
        client.send(WebSocketClient.frame(bytes, opcode: opcode, isLast: isLast))
    }

    /// The frames that are whole.
    func frames() -> [Frame] {
        var frames: [Frame] = []
        while let (frame, length) = WebSocketClient.parse(client.received) {
            _ = client.take(length)
            frames.append(frame)
        }
        return frames
    }

    private static func parse(_ bytes: [UInt8]) -> (Frame, Int)? {
        guard bytes.count >= 2 else { return nil }
        var (count, start) = (Int(bytes[1]), 2)
        if count == 126 || count == 127 {
            let width = count == 126 ? 2 : 8
            guard bytes.count >= 2 + width else { return nil }
            count = bytes[2..<2 + width].reduce(0) { $0 << 8 | Int($1) }
            start += width
        }
        guard bytes.count >= start + count else { return nil }
        return (Frame(opcode: bytes[0] & 15, bytes: Array(bytes[start..<start + count])), start + count)
    }

    /// All frames until the server closes.
    func finish(seconds: Double = 20) async throws -> [Frame] {
        var all: [Frame] = []
        try await client.wait(seconds: seconds) {
            all += frames()
            return all.last?.opcode == 8 || client.isClosed
        }
        return all
    }

    /// What all binary messages of a channel say together.
    static func channel(_ number: UInt8, _ frames: [Frame]) -> [UInt8] {
        frames.filter { $0.opcode == 2 && $0.bytes.first == number }.flatMap { $0.bytes.dropFirst() }
    }
}
