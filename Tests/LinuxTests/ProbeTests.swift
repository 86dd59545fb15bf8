// SPDX-License-Identifier: Apache-2.0
import Glibc
import Linux
import Net
import Testing

@Suite(.needsRoot, .serialized) struct ProbeTests {
    /// A server in a namespace of its own, which gives each connection the same bytes and closes it.
    final class Server: Sendable {
        let namespace: NetworkNamespace
        let address: SocketAddress
        private let listener: SharedDescriptor

        /// - Parameter answer: nil to take connections and say nothing.
        init(_ answer: String?) throws {
            let (namespace, listener) = try NetworkNamespace.create { namespace throws(KernelError) in
                (namespace, try Server.listen())
            }
            self.namespace = namespace
            self.listener = listener
            address = SocketAddress(Address(127, 0, 0, 1), 8080)
            guard let answer else { return }
            try ShortThread.detach("test server") {
                while true {
                    let connection = accept(listener.raw, nil, nil)
                    guard connection >= 0 else { return }
                    var buffer = [UInt8](repeating: 0, count: 4096)
                    _ = recv(connection, &buffer, buffer.count, 0)
                    _ = answer.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
                    close(connection)
                }
            }
        }

        deinit { shutdown(listener.raw, Int32(SHUT_RDWR)) }

        private static func listen() throws(KernelError) -> SharedDescriptor {
            let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var request = ifreq()
            withUnsafeMutableBytes(of: &request) { $0.copyBytes(from: Array("lo".utf8)) }
            request.ifr_ifru.ifru_flags = Int16(IFF_UP)
            guard ioctl(raw, UInt(SIOCSIFFLAGS), &request) == 0 else {
                throw KernelError("raising lo", call: "ioctl", .invalid)
            }
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = UInt16(8080).bigEndian
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafePointer(to: &name) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(raw, $0, size) }
            }
            guard bound == 0, Glibc.listen(raw, 128) == 0 else {
                throw KernelError("listening", call: "bind", .invalid)
            }
            return SharedDescriptor(Descriptor(owning: raw))
        }

        func request(_ kind: ProbeRequest.Kind, port: UInt16 = 8080, timeout: Int = 2000) -> ProbeRequest {
            ProbeRequest(kind, to: SocketAddress(address.address, port), from: namespace, timeout: timeout)
        }
    }

    static func outcome(_ prober: Prober, _ request: ProbeRequest) async -> ProbeOutcome {
        await withCheckedContinuation { continuation in
            prober.probe(request) { continuation.resume(returning: $0) }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ProbeOutcome.success),
        ("HTTP/1.0 204 No Content\r\n\r\n", .success),
        ("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n", .success),
        ("HTTP/1.1 399 x\r\n\r\nbody until the end", .success),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", .failure("HTTP probe failed with statuscode: 400")),
        (
            "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\n\r\noops",
            .failure("HTTP probe failed with statuscode: 500")
        ),
        (
            "SSH-2.0-OpenSSH\r\n\r\n",
            .failure("Get \"http://127.0.0.1:8080/ready\": malformed HTTP response \"SSH-2.0-OpenSSH\"")
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
            .failure("Get \"http://127.0.0.1:8080/ready\": unexpected EOF")
        ),
        ("", .failure("Get \"http://127.0.0.1:8080/ready\": EOF")),
    ])
    func `an HTTP probe succeeds from 200 to 399 and says why it does not`(
        answer: String, expected: ProbeOutcome
    ) async throws {
        let server = try Server(answer)
        let prober = try Prober()
        #expect(await ProbeTests.outcome(prober, server.request(.http(path: "ready"))) == expected)
    }

    @Test func `a body of any size is read only as far as a kubelet reads it`() async throws {
        let server = try Server("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 1 << 20))
        let prober = try Prober()
        #expect(await ProbeTests.outcome(prober, server.request(.http())) == .success)
    }

    @Test func `a TCP probe succeeds when the connection is taken`() async throws {
        let server = try Server(nil)
        let prober = try Prober()
        #expect(await ProbeTests.outcome(prober, server.request(.tcp)) == .success)
    }

    @Test func `a refused connection is told in a kubelet's words`() async throws {
        let server = try Server(nil)
        let prober = try Prober()
        let refused = "dial tcp 127.0.0.1:81: connect: connection refused"
        #expect(await ProbeTests.outcome(prober, server.request(.tcp, port: 81)) == .failure(refused))
        #expect(
            await ProbeTests.outcome(prober, server.request(.http(path: "/x"), port: 81))
                == .failure("Get \"http://127.0.0.1:81/x\": \(refused)"))
    }

    @Test func `a silent server fails the probe when its time is over, and not before`() async throws {
        let server = try Server(nil)
        let prober = try Prober()
        let start = Program.milliseconds()
        let outcome = await ProbeTests.outcome(prober, server.request(.http(path: "/"), timeout: 150))
        let taken = Program.milliseconds() - start
        #expect(
            outcome
                == .failure(
                    "Get \"http://127.0.0.1:8080/\": context deadline exceeded "
                        + "(Client.Timeout exceeded while awaiting headers)"))
        #expect((150..<1000).contains(taken), "\(taken)")
    }

    @Test func `an address without a route fails at once`() async throws {
        let server = try Server(nil)
        let prober = try Prober()
        let request = ProbeRequest(.tcp, to: SocketAddress(Address(10, 1, 2, 3), 80), from: server.namespace)
        #expect(
            await ProbeTests.outcome(prober, request)
                == .failure("dial tcp 10.1.2.3:80: connect: network is unreachable"))
    }

    @Test func `a thousand probes from two namespaces end, and leave nothing behind`() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        let servers = [try Server(answer), try Server(answer)]
        let prober = try Prober()
        let before = File.names(in: "/proc/self/fd").count
        let start = Program.milliseconds()
        let successes = await withTaskGroup(of: ProbeOutcome.self) { group in
            for number in 0..<1000 {
                group.addTask { await ProbeTests.outcome(prober, servers[number % 2].request(.http(), timeout: 5000)) }
            }
            return await group.reduce(0) { $0 + ($1 == .success ? 1 : 0) }
        }
        let taken = Program.milliseconds() - start
        #expect(successes == 1000)
        #expect(taken < 3000, "\(taken)")
        #expect(eventually { File.names(in: "/proc/self/fd").count < before + 100 })
        let finished = try Shell.run("grep -c ' 06 ' /proc/net/tcp; true") { $0.network = servers[0].namespace }
        #expect(finished.lines == ["0"])
    }

    @Test func `timers run in the order they are due`() throws {
        let prober = try Prober()
        let order = Shared<[Int]>([])
        for delay in [60, 20, 40, 1] { prober.delay(milliseconds: delay) { order.change { $0.append(delay) } } }
        #expect(eventually { order.value.count == 4 })
        #expect(order.value == [1, 20, 40, 60])
    }

    @Test func `a timer that is called off in time never runs`() throws {
        let prober = try Prober()
        let runs = Shared<[Int]>([])
        let first = prober.delay(milliseconds: 30) { runs.change { $0.append(1) } }
        let second = prober.delay(milliseconds: 60) { runs.change { $0.append(2) } }
        #expect(prober.cancel(first))
        #expect(!prober.cancel(first))
        #expect(eventually { runs.value == [2] })
        #expect(!prober.cancel(second))
    }

    @Test func `thousands of timers that are called off cost nothing later`() throws {
        let prober = try Prober()
        for _ in 0..<5000 { prober.cancel(prober.delay(milliseconds: 60_000) {}) }
        let runs = Shared(0)
        prober.delay(milliseconds: 1) { runs.change { $0 += 1 } }
        #expect(eventually { runs.value == 1 })
    }
}

@Suite struct LogTests {
    @Test(arguments: [(0, 8), (1, 6), (2, 4), (3, 0), (9, 0)])
    func `the last lines of a log are found`(lines: Int, offset: Int) throws {
        #expect(LogFile.offset(ofLast: lines, in: Array("one\n2\n3\n".utf8)) == offset)
        let folder = try Folder()
        let file = try LogFile.openWhole(try folder.file("log", "one\n2\n3\n"))
        #expect(try LogFile.start(ofLast: lines, in: file, limit: 100) == offset)
        #expect(try LogFile.start(ofLast: lines, in: file, limit: 0) == 8)
    }

    @Test func `a log is followed as it grows, and anew when it becomes shorter`() throws {
        let folder = try Folder()
        let path = "\(folder.path)/log"
        var seen = ""
        var rounds = 0
        try LogFile.follow(path, pause: 1) { bytes in
            seen += String(decoding: bytes, as: UTF8.self)
            rounds += 1
            switch rounds {
            case 1: try? File.write(path, "first\n")
            case 3: try? File.append(path, "second\n")
            case 5: try? File.write(path, "new\n")
            default: break
            }
            return rounds < 8
        }
        #expect(seen == "first\nsecond\nnew\n")
    }

    @Test func `a log may be followed from its end`() throws {
        let folder = try Folder()
        let path = try folder.file("log", "old\n")
        var seen: [UInt8] = []
        var rounds = 0
        try LogFile.follow(path, from: -1, pause: 1) { bytes in
            seen += bytes
            rounds += 1
            if rounds == 1 { try? File.append(path, "new\n") }
            return rounds < 4
        }
        #expect(String(decoding: seen, as: UTF8.self) == "new\n")
    }
}
