// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Server
import Testing

@Suite struct SPDYTests {
    private static let forward = "/api/v1/namespaces/default/pods/one/portforward"

    @Test func `a command's streams are SPDY streams, as kubectl 1.27 wants them`() async throws {
        try await TestServer.run { server in
            let path = SessionTests.shell("cat; echo err >&2; exit 3", "stdin=true&stdout=true&stderr=true")
            let client = try await SPDYClient(server, path, version: "v4.channel.k8s.io")
            #expect(client.answer.headers["x-stream-protocol-version"] == "v4.channel.k8s.io")
            for (stream, name) in [(1, "error"), (3, "stdin"), (5, "stdout"), (7, "stderr")] {
                client.open(UInt32(stream), [("streamtype", name)])
            }
            let input = [UInt8](repeating: 7, count: 500_000)
            client.send(input, on: 3)
            client.client.send(SPDYClient.control(6, SPDYClient.word(1)))
            client.send([8], on: 3, isLast: true)
            let frames = try await client.finish()
            #expect(SPDYClient.stream(5, frames) == (input + [8], true))
            #expect(SPDYClient.stream(7, frames) == (Array("err\n".utf8), true))
            let status = try Value(json: SPDYClient.stream(1, frames).bytes)
            #expect(status["details"]?["causes"]?.elements.first?["message"]?.string == "3")
            // Four replies, the ping as it came, and the goodbye.
            let controls = frames.compactMap { if case .control(let type, _) = $0 { type } else { nil } }
            #expect(controls == [2, 2, 2, 2, 6, 7])
        }
    }

    @Test func `the streams have names of their own, each once`() async throws {
        try await TestServer.run { server in
            let client = try await SPDYClient(server, SessionTests.shell("true"), version: "v4.channel.k8s.io")
            client.open(1, [("streamtype", "stdout")])
            client.open(3, [("streamtype", "stdout")])
            client.open(5, [("streamtype", "nonsense")])
            client.send([1], on: 9)
            let frames = try await client.finish { $0.count == 4 }
            #expect(
                frames.dropFirst() == [
                    .control(type: 3, bytes: [0, 0, 0, 3, 0, 0, 0, 3]),
                    .control(type: 3, bytes: [0, 0, 0, 5, 0, 0, 0, 3]),
                    .control(type: 3, bytes: [0, 0, 0, 9, 0, 0, 0, 2]),
                ])
        }
    }

    @Test(arguments: [
        SPDYClient.control(1, [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 2, 3]), SPDYClient.control(3, [1]),
        SPDYClient.control(1, SPDYClient.word(1) + [0, 0, 0, 0, 0, 0] + [UInt8](repeating: 9, count: 50)),
        [0x80, 2, 0, 1, 0, 0, 0, 0], SPDYClient.control(6, []), [0x80, 3, 0, 9, 0, 255, 255, 255],
    ])
    func `what is no SPDY ends with a goodbye`(bytes: [UInt8]) async throws {
        try await TestServer.run { server in
            let client = try await SPDYClient(server, SessionTests.shell("sleep 100"), version: "v4.channel.k8s.io")
            client.client.send(bytes)
            #expect(try await client.finish().last == .control(type: 7, bytes: [0, 0, 0, 0, 0, 0, 0, 1]))
        }
    }

    @Test func `a forwarded port reaches a server, and its end is heard`() async throws {
        try await TestServer.run { server in
            try await TestServer.run { target in
                let client = try await SPDYClient(server, SPDYTests.forward, version: "portforward.k8s.io")
                let headers = [("port", String(target.port)), ("requestid", "0")]
                client.open(1, [("streamtype", "error")] + headers, isLast: true)
                client.open(3, [("streamtype", "data")] + headers)
                // The target speaks TLS, and closes when it hears something else.
                client.send(Array("hello\r\n\r\n".utf8), on: 3)
                let frames = try await client.finish { SPDYClient.stream(1, $0).hasEnded }
                #expect(SPDYClient.stream(3, frames).hasEnded)
                #expect(SPDYClient.stream(1, frames).bytes.isEmpty)
            }
        }
    }

    @Test func `when the client breaks a connection off, the stream for errors ends, too`() async throws {
        try await TestServer.run { server in
            try await TestServer.run { target in
                let client = try await SPDYClient(server, SPDYTests.forward, version: "portforward.k8s.io")
                let headers = [("port", String(target.port)), ("requestid", "0")]
                client.open(1, [("streamtype", "error")] + headers, isLast: true)
                client.open(3, [("streamtype", "data")] + headers)
                client.client.send(SPDYClient.control(3, SPDYClient.word(3) + SPDYClient.word(5)))
                let frames = try await client.finish { SPDYClient.stream(1, $0).hasEnded }
                #expect(SPDYClient.stream(1, frames).hasEnded && SPDYClient.stream(1, frames).bytes.isEmpty)
                #expect(!client.client.isClosed)
            }
        }
    }

    @Test func `a port where nobody listens is an error on its stream only`() async throws {
        try await TestServer.run { server in
            let client = try await SPDYClient(server, SPDYTests.forward, version: "portforward.k8s.io")
            let headers = [("port", "1"), ("requestid", "7")]
            client.open(1, [("streamtype", "error")] + headers, isLast: true)
            client.open(3, [("streamtype", "data")] + headers)
            let frames = try await client.finish { SPDYClient.stream(3, $0).hasEnded }
            let sentence = String(decoding: SPDYClient.stream(1, frames).bytes, as: UTF8.self)
            #expect(sentence.contains("error forwarding port 1 to pod one"))
            #expect(!client.client.isClosed)
        }
    }
}
