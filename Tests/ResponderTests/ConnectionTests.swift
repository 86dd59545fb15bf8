// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite(.enabled(if: Program.responder != nil, Program.howToBuild), .serialized)
struct ConnectionTests {
    @Test func `ten requests in one write come back in order`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        client.send((0..<10).map { "GET /echo?msg=\($0) HTTP/1.1\r\nHost: lab\r\n\r\n" }.joined())
        for number in 0..<10 { #expect(client.response()?.body == "\(number)") }
    }

    @Test func `more answers than a socket takes at once come back in order`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        let long = String(repeating: "x", count: 8000)
        let batch = (0..<50).map { "GET /echo?msg=\($0)\(long) HTTP/1.1\r\nHost: lab\r\n\r\n" }.joined()
        // The client reads nothing until it has sent all that fits: both sides' buffers fill up on the way.
        let requests = Array(repeating: batch, count: 4).joined()
        let flags = fcntl(client.descriptor, F_GETFL)
        _ = fcntl(client.descriptor, F_SETFL, flags | O_NONBLOCK)
        var (sent, answered) = (0, 0)
        let bytes = Array(requests.utf8)
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(client.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno != EAGAIN {
                break
            } else {
                #expect(client.response()?.body == "\(answered % 50)\(long)")
                answered += 1
            }
        }
        #expect(sent == bytes.count)
        _ = fcntl(client.descriptor, F_SETFL, flags)
        for number in answered..<200 { #expect(client.response()?.body == "\(number % 50)\(long)") }
    }

    @Test func `a request that comes byte by byte is answered`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        for byte
            in "POST /echo?msg=slow HTTP/1.1\r\nHost: lab\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n"
            .utf8
        { client.send([byte]) }
        #expect(client.response()?.body == "slow")
        #expect(client.get("/")?.status == 200)
    }

    @Test func `bodies are walked over, by length and by chunks`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        client.send("POST /echo?msg=1 HTTP/1.1\r\nHost: lab\r\nContent-Length: 3000000\r\n\r\n")
        client.send([UInt8](repeating: 0x41, count: 3_000_000))
        #expect(client.response()?.body == "1")
        client.send("POST /echo?msg=2 HTTP/1.1\r\nHost: lab\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<30 { client.send(Array("186A0\r\n".utf8) + [UInt8](repeating: 0x41, count: 100_000) + [13, 10]) }
        client.send("0\r\n\r\n")
        #expect(client.response()?.body == "2")
        client.send("POST /echo?msg=3 HTTP/1.1\r\nHost: lab\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi")
        #expect(client.response()?.body == "3")
    }

    @Test func `HTTP 1.0 closes after the answer unless asked to stay`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(client.response()?.says("Connection: keep-alive") == true)
        client.send("GET / HTTP/1.0\r\n\r\n")
        #expect(client.response()?.says("Connection: close") == true)
        #expect(client.hasEnded())
    }

    @Test func `Connection close closes after the answer`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        #expect(client.get("/", "Connection: close")?.says("Connection: close") == true)
        #expect(client.hasEnded())
    }

    @Test func `a client that ends its side first still gets its answer`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        client.send("GET /echo?msg=last HTTP/1.1\r\nHost: lab\r\n\r\n")
        client.endSending()
        #expect(client.response()?.body == "last")
        #expect(client.hasEnded())
    }

    static let malformed: [(String, Int)] = [
        ("hostName\n", 400),
        ("\u{16}\u{03}\u{01}\u{02}", 400),
        ("GET /\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \u{01}\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFF\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 17_000) + "\r\n\r\n", 431),
        ("GET /" + String(repeating: "x", count: 100_000), 431),
    ]

    @Test func `what is not a request is refused, and the next client is served`() throws {
        let responder = try ResponderProcess()
        for (text, status) in Self.malformed {
            let client = try Client(responder.port)
            client.send(text)
            let response = client.response()
            #expect(response?.status == status, "\(text.prefix(80).debugDescription)")
            #expect(response?.says("Connection: close") == true, "\(text.prefix(80).debugDescription)")
            client.endSending()
            #expect(client.hasEnded(), "\(text.prefix(80).debugDescription)")
        }
        #expect(try Client(responder.port).get("/")?.status == 200)
    }

    @Test func `random bytes never end the server`() throws {
        let responder = try ResponderProcess()
        var random = SystemRandomNumberGenerator()
        for length in 1...300 {
            let client = try Client(responder.port)
            var bytes = Array(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n".utf8)
            for _ in 0..<(length % 7) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            client.send(length % 5 == 0 ? (0..<length).map { _ in .random(in: 0...255, using: &random) } : bytes)
        }
        #expect(try Client(responder.port).get("/")?.status == 200)
    }

    @Test func `slow clients hold nobody up, and are told when their time is over`() throws {
        let responder = try ResponderProcess(["LAB_REQUEST_MILLISECONDS=400"])
        let slow = try (0..<100).map { _ in try Client(responder.port) }
        for client in slow { client.send("GET / HTTP/1.1\r\nHost:") }
        let before = monotonicMilliseconds()
        let quick = try Client(responder.port)
        for _ in 0..<100 { #expect(quick.get("/")?.status == 200) }
        #expect(monotonicMilliseconds() - before < 400)
        for client in slow {
            #expect(client.response()?.status == 408)
            #expect(client.hasEnded())
        }
        #expect(quick.get("/")?.status == 200, "a connection between requests has all the time in the world")
    }

    @Test(.enabled(if: descriptorLimit() >= 10_500, "fewer than 10,500 descriptors are allowed here"))
    func `ten thousand connections stay open at once, and each is served`() throws {
        raiseDescriptorLimit()
        let responder = try ResponderProcess()
        let clients = try (0..<10_000).map { _ in try Client(responder.port) }
        for (number, client) in clients.enumerated() where number % 100 == 0 {
            #expect(client.get("/echo?msg=\(number)")?.body == "\(number)")
        }
        for client in clients { client.send("GET /healthz HTTP/1.1\r\nHost: lab\r\n\r\n") }
        #expect(clients.allSatisfy { $0.response()?.status == 200 })
        let memory = anonymousMemory(responder.process)
        #expect(memory > 0 && memory < 8192, "\(memory) KB of private memory with 10,000 connections")
    }

    @Test func `with no descriptor left, the connection that is idle the longest makes room`() throws {
        let responder = try ResponderProcess()
        _ = try run("prlimit", "--pid", "\(responder.process)", "--nofile=60:60")
        let clients = try (0..<200).map { _ in try Client(responder.port) }
        #expect(clients[199].get("/")?.status == 200)
        #expect(clients[0].get("/") == nil)
    }
}

func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

func descriptorLimit() -> UInt {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return UInt(limit.rlim_max)
}

/// Kilobytes of memory that are a process's own and not a file's.
func anonymousMemory(_ process: pid_t) -> Int {
    for line in readFile("/proc/\(process)/smaps_rollup").split(separator: "\n") where line.hasPrefix("Anonymous:") {
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? -1
    }
    return -1
}
