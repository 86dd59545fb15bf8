// SPDX-License-Identifier: Apache-2.0
import Glibc
import Kubernetes
import Server
import Testing

@Suite struct SessionTests {
    private static let path = "/api/v1/namespaces/default/pods/one/exec"

    /// The path that runs a shell's command.
    static func shell(_ command: String, _ streams: String = "stdout=true&stderr=true") -> String {
        let encoded = command.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "\(path)?command=sh&command=-c&command=\(encoded)&\(streams)"
    }

    static func socket(
        _ server: TestServer, _ command: String, _ streams: String = "stdout=true&stderr=true",
        _ subprotocols: [String] = ["v5.channel.k8s.io"]
    ) async throws -> WebSocketClient {
        try await WebSocketClient(server, shell(command, streams), subprotocols: subprotocols)
    }

    @Test func `output, errors and the exit code come on their channels, then a normal close`() async throws {
        try await TestServer.run { server in
            let socket = try await SessionTests.socket(server, "echo out; echo err >&2; exit 3")
            #expect(socket.subprotocol == "v5.channel.k8s.io")
            let frames = try await socket.finish()
            #expect(WebSocketClient.channel(1, frames) == Array("out\n".utf8))
            #expect(WebSocketClient.channel(2, frames) == Array("err\n".utf8))
            let status = try Value(json: WebSocketClient.channel(3, frames))
            let expected: Value = [
                "metadata": .object([:]), "status": "Failure", "reason": "NonZeroExitCode",
                "details": ["causes": [["reason": "ExitCode", "message": "3"]]],
            ]
            #expect(status == expected)
            #expect(frames.last == WebSocketClient.Frame(opcode: 8, bytes: [3, 232]))
            // All output is there before the status is.
            #expect(frames.dropLast().last?.bytes.first == 3)
        }
    }

    @Test func `input goes back and forth intact, in pieces, until the client ends it`() async throws {
        try await TestServer.run { server in
            let socket = try await SessionTests.socket(server, "cat; echo end", "stdin=true&stdout=true")
            var random = SystemRandomNumberGenerator()
            let input = (0..<3_000_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            for start in stride(from: 0, to: input.count, by: 300_000) {
                let piece = Array(input[start..<start + 300_000])
                // One message in two frames, with a ping between.
                socket.send([0] + piece.prefix(100), isLast: false)
                socket.send([7], opcode: 9)
                socket.send(Array(piece.dropFirst(100)), opcode: 0)
            }
            socket.send([255, 0])
            let frames = try await socket.finish()
            #expect(WebSocketClient.channel(1, frames) == input + Array("end\n".utf8))
            #expect(frames.filter { $0 == WebSocketClient.Frame(opcode: 10, bytes: [7]) }.count == 10)
            #expect(try Value(json: WebSocketClient.channel(3, frames))["status"]?.string == "Success")
        }
    }

    @Test func `a terminal has the size that the client tells`() async throws {
        try await TestServer.run { server in
            let socket = try await SessionTests.socket(server, "read x; stty size", "stdin=true&stdout=true&tty=true")
            socket.send([4] + Array(#"{"Width":101,"Height":37}"#.utf8))
            socket.send([0] + Array("go\n".utf8))
            let frames = try await socket.finish()
            #expect(String(decoding: WebSocketClient.channel(1, frames), as: UTF8.self).contains("37 101"))
        }
    }

    @Test func `a command ends when its client goes`() async throws {
        try await TestServer.run { server in
            let socket = try await SessionTests.socket(server, "echo; sleep 100")
            #expect(try await socket.client.wait { socket.client.received.count > 4 })
            let process = try #require(await server.lab.sessions.first)
            #expect(kill(process.pid, 0) == 0)
            socket.client.close()
            #expect(try await socket.client.wait { kill(process.pid, 0) != 0 })
        }
    }

    @Test func `a process that leaves another behind with its output is over all the same`() async throws {
        try await TestServer.run { server in
            let socket = try await SessionTests.socket(server, "sleep 5 & echo done")
            let frames = try await socket.finish(seconds: 3)
            #expect(WebSocketClient.channel(1, frames) == Array("done\n".utf8))
            #expect(frames.last?.opcode == 8)
        }
    }

    @Test func `a client that takes nothing holds the process up, not the server`() async throws {
        try await TestServer.run { server in
            let socket = try await SessionTests.socket(server, "head -c 200000000 /dev/zero; echo over >&2")
            try await socket.client.stopReading()
            let before = SessionTests.memory()
            try await Task.sleep(for: .milliseconds(500))
            #expect(SessionTests.memory() - before < 30_000_000)
            let process = try #require(await server.lab.sessions.first)
            #expect(kill(process.pid, 0) == 0)
            socket.client.close()
            #expect(try await socket.client.wait { kill(process.pid, 0) != 0 })
        }
    }

    @Test(arguments: [
        ("v4.channel.k8s.io", true), ("channel.k8s.io", false), ("v4.base64.channel.k8s.io", true),
        ("base64.channel.k8s.io", false),
    ])
    func `older protocols are spoken too`(name: String, hasStatus: Bool) async throws {
        try await TestServer.run { server in
            let socket = try await SessionTests.socket(
                server, "read x; echo $x; exit 1", "stdin=true&stdout=true", [name])
            #expect(socket.subprotocol == name)
            let isText = name.contains("base64")
            // "hi\n" is aGkK in base64.
            socket.send(isText ? Array("0aGkK".utf8) : [0] + Array("hi\n".utf8), opcode: isText ? 1 : 2)
            let frames = try await socket.finish()
            let output = frames.map(\.bytes).filter { $0.first == (isText ? UInt8(ascii: "1") : 1) }
            #expect(output.last == (isText ? Array("1aGkK".utf8) : [1] + Array("hi\n".utf8)))
            let last = try #require(frames.dropLast().last?.bytes)
            #expect(last.first == (isText ? UInt8(ascii: "3") : 3))
            if !isText { #expect((last.dropFirst().first == UInt8(ascii: "{")) == hasStatus) }
        }
    }

    @Test func `frames without a mask, or that begin nowhere, end the connection`() async throws {
        try await TestServer.run { server in
            for bytes: [UInt8] in [
                [0x82, 2, 0, 65], WebSocketClient.frame([0, 65], opcode: 0), [0x8f, 0x80, 0, 0, 0, 0],
            ] {
                let socket = try await SessionTests.socket(server, "cat", "stdin=true&stdout=true")
                socket.client.send(bytes)
                let frames = try await socket.finish()
                #expect(frames.last == WebSocketClient.Frame(opcode: 8, bytes: [3, 234]))
            }
            for process in await server.lab.sessions {
                let client = try await server.connect()
                #expect(try await client.wait { kill(process.pid, 0) != 0 })
            }
        }
    }

    @Test func `without an upgrade there is no session`() async throws {
        try await TestServer.run { server in
            let plain = try await server.request("GET \(SessionTests.shell("true"))")
            #expect(plain.code == 400 && plain.message == "Upgrade request required")
            let unknown = try await server.request(
                "GET \(SessionTests.shell("true"))",
                [
                    "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: chat",
                ])
            #expect(unknown.code == 400 && unknown.message != nil)
            #expect(await server.lab.sessions.isEmpty)
        }
    }

    /// The memory of this process, in bytes.
    static func memory() -> Int {
        var bytes = [UInt8](repeating: 0, count: 200)
        let file = open("/proc/self/statm", O_RDONLY)
        let count = read(file, &bytes, bytes.count)
        close(file)
        let words = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(separator: " ")
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * 4096
    }
}
