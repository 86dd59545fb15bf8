// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Glibc
import Kubernetes
import Net
import Server
import Testing

/// A lab without namespaces: the real API on a real cluster value, whose containers' commands run on this machine.
actor TestLab: Backend {
    private var cluster: Cluster
    private let api = KubernetesAPI()
    private var hub = WatchHub()
    private var sinks: [Int: @Sendable ([UInt8]?) -> Void] = [:]
    /// Answers that a test gives instead of the API, by path.
    private var answers: [String: Response] = [:]
    /// How many watches were opened, and how many closed.
    private(set) var opened = 0
    private(set) var closed = 0
    /// The sessions that were begun.
    private(set) var sessions: [TestProcess] = []
    /// What a container's log says, piece by piece; nil for the end.
    private var pieces: [[UInt8]] = []

    init() throws {
        let configuration = Configuration(
            name: "test", nodes: [NodeConfiguration("node-1", zone: "zone-1")],
            ranges: [
                Configuration.Ranges(
                    nodes: try #require(Prefix("172.18.0.0/24")), pods: try #require(Prefix("10.244.0.0/16")),
                    services: try #require(Prefix("10.96.0.0/12")),
                    loadBalancers: try #require(Prefix("203.0.113.0/24")))
            ])
        cluster = Cluster(configuration, seed: 1, now: TestLab.now)
        _ = cluster.settle(now: TestLab.now)
        for name in ["one", "two"] {
            let pod: Value = [
                "kind": "Pod", "apiVersion": "v1", "metadata": ["name": .string(name), "namespace": "default"],
                "spec": [
                    "nodeName": "node-1",
                    "containers": [["name": "main", "image": "nginx", "ports": [["containerPort": 80]]]],
                ],
            ]
            let request = Request(
                .post, "/api/v1/namespaces/default/pods", headers: ["content-type": "application/json"],
                body: Array(pod.json().utf8), user: .admin)
            _ = api.respond(to: request, &cluster, now: TestLab.now)
            let status: Value = [
                "status": [
                    "phase": "Running", "podIP": "10.244.0.9", "podIPs": [["ip": "10.244.0.9"]],
                    "containerStatuses": [
                        [
                            "name": "main", "ready": true, "started": true, "restartCount": 0, "image": "nginx",
                            "imageID": "", "state": ["running": ["startedAt": "2026-01-01T00:00:00Z"]],
                        ]
                    ],
                ]
            ]
            let patch = Request(
                .patch, "/api/v1/namespaces/default/pods/\(name)/status",
                headers: ["content-type": "application/merge-patch+json"], body: Array(status.json().utf8), user: .admin
            )
            _ = api.respond(to: patch, &cluster, now: TestLab.now)
        }
    }

    static var now: Timestamp { Timestamp(seconds: Int64(time(nil))) }

    func answer(_ path: String, _ response: Response) { answers[path] = response }

    func set(log: [[UInt8]]) { pieces = log }

    /// Tells all watches of these bytes, as they are.
    func tellAll(_ bytes: [UInt8]?) { for sink in sinks.values { sink(bytes) } }

    // MARK: Backend

    func user(ofToken token: String) -> User? { token == "secret" ? .admin : nil }

    func respond(to request: Request) -> Response {
        if let answer = answers[request.path] { return answer }
        let revision = cluster.store.revision
        let response = api.respond(to: request, &cluster, now: TestLab.now)
        if cluster.store.revision != revision {
            _ = cluster.settle(now: TestLab.now)
            let events = cluster.store.events(since: revision) ?? []
            for event in hub.feed(events, now: TestLab.now) { sinks[event.watch]?(event.bytes) }
        }
        return response
    }

    func open(_ watch: Watch, _ sink: @escaping @Sendable ([UInt8]?) -> Void) -> WatchHandle {
        let number = hub.open(watch)
        sinks[number] = sink
        opened += 1
        for event in hub.feed(cluster.store.events(since: watch.revision) ?? [], only: number, now: TestLab.now) {
            sink(event.bytes)
        }
        return WatchHandle(number)
    }

    func close(_ watch: WatchHandle) {
        closed += 1
        hub.close(watch.number)
        sinks[watch.number] = nil
    }

    func session(_ connection: API.Connection) throws -> any Session {
        switch connection.purpose {
        case .exec(let command, let streams):
            let process = try TestProcess(command, streams)
            sessions.append(process)
            return process
        default: throw Status(.badRequest, "no streams")
        }
    }

    func log(_ connection: API.Connection) -> AsyncThrowingStream<[UInt8], any Error> {
        let pieces = pieces
        return AsyncThrowingStream { continuation in
            for piece in pieces { continuation.yield(piece) }
            continuation.finish()
        }
    }

    nonisolated func dial(_ key: ObjectKey, port: UInt16) async throws -> Int32 {
        try TestSocket.connect(port: port)
    }
}

/// A command that runs on this machine, with pipes or a terminal.
final class TestProcess: Session {
    let input: Int32?
    let output: Int32?
    let errors: Int32?
    let pid: pid_t
    private let terminal: Int32?
    private let ending: Task<SessionEnd, Never>

    init(_ command: [String], _ streams: API.Connection.Streams) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, 0x80 /* POSIX_SPAWN_SETSID */)
        var theirs: [Int32] = []
        if streams.terminal {
            let own = Glibc.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
            var (number, unlocked): (Int32, Int32) = (0, 0)
            // TIOCSPTLCK and TIOCGPTN.
            _ = ioctl(own, 0x4004_5431, &unlocked)
            _ = ioctl(own, 0x8004_5430, &number)
            let name = "/dev/pts/\(number)"
            posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
            terminal = own
            input = streams.input ? fcntl(own, F_DUPFD_CLOEXEC, 3) : nil
            output = fcntl(own, F_DUPFD_CLOEXEC, 3)
            errors = nil
        } else {
            func pipe(_ wanted: Bool, _ target: Int32) -> (reading: Int32, writing: Int32)? {
                guard wanted else {
                    posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
                    return nil
                }
                var ends: [Int32] = [0, 0]
                Glibc.pipe(&ends)
                for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
                let their = target == 0 ? ends[0] : ends[1]
                posix_spawn_file_actions_adddup2(&actions, their, target)
                theirs.append(their)
                return (ends[0], ends[1])
            }
            (input, output, errors) = (
                pipe(streams.input, 0)?.writing, pipe(streams.output, 1)?.reading, pipe(streams.errors, 2)?.reading
            )
            terminal = nil
        }
        var pid: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let result = posix_spawnp(&pid, command[0], &actions, &attributes, &arguments, environ)
        for descriptor in theirs { Glibc.close(descriptor) }
        guard result == 0 else { throw Status(.internalError, "spawn: \(result)") }
        self.pid = pid
        ending = Task { [pid, terminal] in
            var status: Int32 = 0
            while waitpid(pid, &status, WNOHANG) == 0 { try? await Task.sleep(for: .milliseconds(2)) }
            if let terminal { Glibc.close(terminal) }
            return .exited(status & 0x7f == 0 ? Int(status >> 8 & 0xff) : 128 + Int(status & 0x7f))
        }
    }

    func resize(columns: Int, rows: Int) {
        guard let terminal else { return }
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
    }

    func end() async -> SessionEnd { await ending.value }

    func hangUp() { kill(-pid, SIGKILL) }
}

/// TCP over the loopback, for tests.
enum TestSocket {
    /// A connected socket.
    static func connect(port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            Glibc.close(descriptor)
            throw Status(.serviceUnavailable, "dial tcp 127.0.0.1:\(port): connect: connection refused")
        }
        return descriptor
    }
}
