// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite(.enabled(if: Program.responder != nil, Program.howToBuild), .serialized)
struct LifeTests {
    @Test func `readiness is flipped by a request and by a signal, and other paths answer on`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        #expect(client.get("/readyz?set=false")?.status == 200)
        #expect(client.get("/readyz")?.status == 503)
        #expect(client.get("/")?.status == 200)
        #expect(client.get("/healthz")?.status == 200)
        #expect(client.get("/readyz?set=true")?.status == 200)
        #expect(client.get("/readyz")?.status == 200)
        responder.signal(SIGUSR2)
        try waitFor("not ready") { client.get("/readyz")?.status == 503 }
        responder.signal(SIGUSR1)
        try waitFor("ready") { client.get("/readyz")?.status == 200 }
    }

    @Test func `shutdown answers and exits with 0, exit with the code that is asked for`() throws {
        let first = try ResponderProcess()
        #expect(try Client(first.port).get("/shutdown")?.body == "shutting down\n")
        #expect(try first.exit() == 0)
        let second = try ResponderProcess()
        #expect(try Client(second.port).get("/exit?code=7")?.body == "exiting with code 7\n")
        #expect(try second.exit() == 7)
    }

    @Test func `after SIGTERM it serves on for a while, then exits with 0 and fails no request`() throws {
        let responder = try ResponderProcess(["LAB_DRAIN_MILLISECONDS=400"])
        let idle = try Client(responder.port)
        #expect(idle.get("/")?.status == 200)
        let begun = monotonicMilliseconds()
        responder.signal(SIGTERM)
        try waitFor("not ready") { (try? Client(responder.port).get("/readyz")?.status) == 503 }
        var served = 0
        while monotonicMilliseconds() - begun < 300 {
            let response = try Client(responder.port).get("/")
            #expect(response?.status == 200)
            #expect(response?.says("Connection: close") == true)
            served += 1
        }
        #expect(served > 10)
        #expect(try responder.exit() == 0)
        #expect(400...2000 ~= monotonicMilliseconds() - begun)
    }

    @Test func `a request that is under way when time is up is finished`() throws {
        let responder = try ResponderProcess(["LAB_DRAIN_MILLISECONDS=50"])
        let client = try Client(responder.port)
        client.send("POST /echo?msg=done HTTP/1.1\r\nHost: lab\r\nContent-Length: 5\r\n\r\nab")
        usleep(50_000)
        responder.signal(SIGTERM)
        usleep(300_000)
        client.send("cde")
        #expect(client.response()?.body == "done")
        #expect(try responder.exit() == 0)
    }

    @Test func `SIGINT and a second SIGTERM end it at once`() throws {
        for signals in [[SIGINT], [SIGTERM, SIGTERM]] {
            let responder = try ResponderProcess(["LAB_DRAIN_MILLISECONDS=60000"])
            for signal in signals {
                responder.signal(signal)
                usleep(50_000)
            }
            #expect(try responder.exit() == 0)
        }
    }

    @Test(arguments: [0, 5, 40_000])
    func `a datagram comes back whole from the address that it was sent to`(length: Int) throws {
        let responder = try ResponderProcess()
        let text = String(repeating: "x", count: length)
        let isSame = try exchangeDatagram(text, responder.udpPort) == text
        #expect(isSame)
        try waitFor("the log") { responder.log.contains(" UDP \(length)\n") }
    }

    @Test func `a port that is taken is an error that names it`() throws {
        let responder = try ResponderProcess()
        let program = try #require(Program.responder)
        let said = try run("sh", "-c", "\(program) --http \(responder.port) 2>&1; echo $?")
        #expect(said == "responder: listening on TCP port \(responder.port): Address already in use\n1\n")
    }

    @Test(arguments: ["--http", "--http x", "--http 0", "--nonsense 1", "--tls 443"])
    func `a command line that makes no sense is an error`(arguments: String) throws {
        let program = try #require(Program.responder)
        #expect(try run("sh", "-c", "\(program) \(arguments) 2>/dev/null; echo $?") == "2\n")
    }

    @Test func `the program is static and costs little memory`() throws {
        let program = try #require(Program.responder)
        #expect(try !run("readelf", "-lW", program).contains("INTERP"))
        let responder = try ResponderProcess()
        #expect(try Client(responder.port).get("/")?.status == 200)
        let memory = anonymousMemory(responder.process)
        #expect(memory > 0 && memory < 400, "\(memory) KB of private memory")
    }

    @Test func `a log that nobody reads holds nobody up`() throws {
        let program = try #require(Program.responder)
        let port = try freePort()
        // The pipe's reader sleeps: 64 KB of log fill it long before the last of these requests.
        let answers = try run(
            "sh", "-c",
            """
            mkfifo /tmp/responder-log-$$; sleep 20 </tmp/responder-log-$$ & reader=$!
            \(program) --http \(port) >/tmp/responder-log-$$ & served=$!
            sleep 0.2; curl -s -m 10 "http://127.0.0.1:\(port)/healthz?[1-2000]" | sort | uniq -c
            kill -9 $served $reader; rm /tmp/responder-log-$$
            """)
        #expect(answers.contains("2000 ok"))
    }
}

@Suite(
    .enabled(if: Program.responder != nil, Program.howToBuild),
    .enabled(if: Program.responderTLS != nil, Program.howToBuildTLS), .serialized)
struct TLSTests {
    @Test func `TLS shows the same answers and the client's own address`() throws {
        let responder = try ResponderProcess(withTLS: true)
        let url = "https://127.0.0.1:\(responder.tlsPort)"
        #expect(try run("curl", "-sk", "-m", "10", url + "/") == "Hello from Pod web-1!\n")
        let said = try run("curl", "-sk", "-m", "10", "-w", "127.0.0.1:%{local_port}\n", url + "/clientip").split(
            separator: "\n")
        #expect(said.count == 2 && said.first == said.last)
        #expect(try run("curl", "-s", "-m", "10", url + "/").isEmpty, "nobody vouches for the certificate")
    }

    @Test func `a long body goes through TLS whole in both directions`() throws {
        let responder = try ResponderProcess(withTLS: true)
        let command = """
            head -c 20000000 /dev/zero | curl -sk -m 20 --data-binary @- https://127.0.0.1:\(responder.tlsPort)/echo?msg=all
            """
        #expect(try run("sh", "-c", command) == "all")
        let long = String(repeating: "y", count: 15_000)
        let url = "https://127.0.0.1:\(responder.tlsPort)/echo?msg=\(long)&n=[1-200]"
        #expect(try run("curl", "-sk", "-m", "20", url) == String(repeating: long, count: 200))
    }

    @Test func `a TLS program that ends is started again, and after too often the responder gives up`() throws {
        let responder = try ResponderProcess(withTLS: true)
        let url = "https://127.0.0.1:\(responder.tlsPort)/healthz"
        for _ in 0..<5 {
            kill(try child(of: responder.process), SIGKILL)
            try waitFor("TLS to come back") { (try? run("curl", "-sk", "-m", "5", url)) == "ok\n" }
        }
        kill(try child(of: responder.process), SIGKILL)
        #expect(try responder.exit() == 1)
    }

    @Test func `when the responder goes, the TLS program goes too`() throws {
        let responder = try ResponderProcess(withTLS: true)
        let child = try child(of: responder.process)
        responder.signal(SIGKILL)
        #expect(try responder.exit() == -SIGKILL)
        try waitFor("the TLS program to end") {
            let state = readFile("/proc/\(child)/stat").split(separator: " ").dropFirst(2).first
            return state == nil || state == "Z"
        }
    }

    @Test func `requests under way through TLS are answered before the process ends`() throws {
        let responder = try ResponderProcess(["LAB_DRAIN_MILLISECONDS=100"], withTLS: true)
        let url = "https://127.0.0.1:\(responder.tlsPort)/shutdown"
        #expect(try run("curl", "-sk", "-m", "10", url) == "shutting down\n")
        #expect(try responder.exit() == 0)
    }

    private func child(of process: pid_t) throws -> pid_t {
        let children = readFile("/proc/\(process)/task/\(process)/children")
        return try #require(children.split(separator: " ").first.flatMap { pid_t($0) })
    }
}
