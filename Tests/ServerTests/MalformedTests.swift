// SPDX-License-Identifier: Apache-2.0
import Glibc
import Kubernetes
import Server
import Testing

/// Requests and frames that are almost right, from a seed, so that a failure can be seen again.
@Suite(.serialized) struct MalformedTests {
    /// A small generator with a seed (xorshift).
    struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    /// How many of each; together with sessions they are 10,000.
    private static let requests = 8000
    private static let frames = 1000
    private static let workers = 8

    private static let namespace = #"{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"fuzz"}}"#

    private static let good: [String] = [
        TestServer.text("GET /api/v1/pods?limit=2&labelSelector=a%3Db"),
        TestServer.text("GET /apis", ["Accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"]),
        TestServer.text("POST /api/v1/namespaces", ["Content-Type: application/json"], body: namespace),
        TestServer.text(
            "PATCH /api/v1/namespaces/default", ["Content-Type: application/merge-patch+json"],
            body: #"{"metadata":{"labels":{"a":"b"}}}"#),
        TestServer.text(
            "POST /api/v1/namespaces", ["Content-Type: application/vnd.kubernetes.protobuf"],
            body: "k8s\0\n\u{f}\n\u{2}v1\u{12}\tNamespace\u{12}\u{8}\n\u{6}\n\u{4}fuzz\u{1a}\0\"\0"),
        TestServer.text("DELETE /api/v1/namespaces/fuzz", ["Expect: 100-continue"], body: "{}"),
        TestServer.text("GET /api/v1/namespaces/default/pods/one:1/proxy/x", ["TE: trailers"]),
        TestServer.text("GET /api/v1/namespaces/default/pods/one/log?tailLines=5"),
        TestServer.text(
            "POST /api/v1/namespaces", ["Content-Type: application/json", "Transfer-Encoding: chunked"])
            + "41\r\n\(namespace)\r\n0\r\n\r\n",
        TestServer.text("GET /version") + TestServer.text("HEAD /healthz"),
        TestServer.text(
            "GET /api/v1/namespaces/default/pods/one/exec?command=true&stdout=true",
            ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAA"]),
    ]

    /// Bytes with some changed, left out, put in or repeated.
    static func mutate(_ bytes: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(place + Int.random(in: 1...12, using: &random), bytes.count)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 3: bytes.insert([0, 10, 13, 32, 37, 47, 34, 255].randomElement(using: &random) ?? 0, at: place)
            default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        return bytes
    }

    /// Does something so many times, by several at once.
    private static func all(_ count: Int, _ body: @escaping @Sendable (inout Seeded) async throws -> Void) async throws
    {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var random = Seeded(state: 0x9e37_79b9_7f4a_7c15 &+ UInt64(worker))
                    for _ in 0..<count / workers { try await body(&random) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// What this program has open, as /proc names it.
    private static func descriptors() -> [String] {
        guard let folder = opendir("/proc/self/fd") else { return [] }
        defer { closedir(folder) }
        var all: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var target = [CChar](repeating: 0, count: 256)
            let length = readlink("/proc/self/fd/\(name)", &target, target.count)
            all.append(
                "\(name) \(String(decoding: target[..<max(length, 0)].map { UInt8(bitPattern: $0) }, as: UTF8.self))")
        }
        return all
    }

    /// Runs a test, after which the server still answers and has nothing left open.
    private static func run(_ body: (TestServer) async throws -> Void) async throws {
        try await TestServer.run { server in
            #expect(try await server.request("GET /version").code == 200)
            // None stays: a client that says nothing is not kept for as long as this may take on a busy machine.
            let client = try await server.connect()
            client.close()
            try await client.wait { server.server.connectionCount == 0 }
            let before = descriptors()
            try await body(server)
            #expect(
                try await client.wait(seconds: 15) {
                    server.server.connectionCount == 0 && descriptors().count <= before.count
                },
                "\(server.server.connectionCount) connections; before: \(before); now: \(descriptors())")
            for process in await server.lab.sessions {
                #expect(try await client.wait { kill(process.pid, 0) != 0 })
            }
            #expect(try await server.request("GET /version").code == 200)
        }
    }

    @Test func `each bad request is answered with a Status, and harms nobody`() async throws {
        try await MalformedTests.run { server in
            try await MalformedTests.all(MalformedTests.requests) { random in
                let text = MalformedTests.good.randomElement(using: &random) ?? ""
                let client = try await server.connect()
                defer { client.close() }
                client.send(MalformedTests.mutate(Array(text.utf8), &random))
                guard let answer = try await client.responseIfAny(seconds: 0.2) else {
                    // What is not whole has no answer yet; nobody is sent away without one.
                    #expect(!client.isClosed || !client.received.isEmpty)
                    return
                }
                guard answer.code >= 400 else { return }
                if !answer.body.isEmpty {
                    #expect(answer.value?["kind"]?.string == "Status", "\(answer.code) \(answer.text)")
                }
            }
        }
    }

    @Test func `no frame of a WebSocket harms the server`() async throws {
        try await MalformedTests.run { server in
            let good: [[UInt8]] = [
                WebSocketClient.frame([0] + Array("hello".utf8)), WebSocketClient.frame([255, 0]),
                WebSocketClient.frame([4] + Array(#"{"Width":1,"Height":2}"#.utf8)),
                WebSocketClient.frame([], opcode: 9),
                WebSocketClient.frame([0, 1], isLast: false) + WebSocketClient.frame([2], opcode: 0),
                WebSocketClient.frame([3, 232], opcode: 8),
            ]
            try await MalformedTests.all(MalformedTests.frames) { random in
                let socket = try await SessionTests.socket(server, "exec cat", "stdin=true&stdout=true")
                let bytes = (0..<3).flatMap { _ in good.randomElement(using: &random) ?? [] }
                socket.client.send(MalformedTests.mutate(bytes, &random))
                try await socket.client.wait(seconds: 0.02) { socket.client.isClosed }
                socket.client.close()
            }
        }
    }

    @Test func `no frame of SPDY harms the server`() async throws {
        try await MalformedTests.run { server in
            try await MalformedTests.all(MalformedTests.frames) { random in
                let path = SessionTests.shell("exec cat", "stdin=true&stdout=true")
                let client = try await SPDYClient(server, path, version: "v4.channel.k8s.io")
                let error = SPDYClient.openFrame(1, [("streamtype", "error")], isFirst: true)
                let input = SPDYClient.openFrame(3, [("streamtype", "stdin")], isFirst: false)
                let output = SPDYClient.openFrame(5, [("streamtype", "stdout")], isFirst: false)
                let data = SPDYClient.word(3) + SPDYClient.word(5) + Array("hello".utf8)
                let bytes = error + input + output + data + SPDYClient.control(6, SPDYClient.word(1))
                client.client.send(MalformedTests.mutate(bytes, &random))
                try await client.client.wait(seconds: 0.02) { client.client.isClosed }
                client.client.close()
            }
        }
    }
}
