// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

/// Where the programs under test are: named by the environment, or built beside the package.
enum Program {
    private static let root = String(#filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 })

    static let responder = first(["LAB_RESPONDER"], ["\(root)/.build/lab-responder"])
    static let responderTLS = first(
        ["LAB_RESPONDER_TLS"], ["\(root)/.build/release/responder-tls", "\(root)/.build/debug/responder-tls"])
    static let howToBuild: Comment =
        "no responder: build one with scripts/build-responder .build/lab-responder, or name it in LAB_RESPONDER"
    static let howToBuildTLS: Comment =
        "no responder-tls: build it with swift build --product responder-tls, or name it in LAB_RESPONDER_TLS"

    private static func first(_ variables: [String], _ paths: [String]) -> String? {
        let named = variables.compactMap { getenv($0).map { String(cString: $0) } }
        return (named + paths).first { access($0, X_OK) == 0 }
    }
}

/// A test that could not be set up, and why.
struct SetupError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = "\(description): \(String(cString: strerror(errno)))" }
}

/// One responder under test, on ports of its own; it ends with the value.
final class ResponderProcess {
    let port: UInt16
    let udpPort: UInt16
    let tlsPort: UInt16
    let process: pid_t
    private let logPath: String
    private let socketPath: String
    private(set) var exitStatus: Int32?

    /// Starts a responder and waits until it listens.
    init(_ environment: [String] = [], withTLS: Bool = false, isNetexec: Bool = false, files: String? = nil) throws {
        let program = try #require(Program.responder)
        (port, udpPort, tlsPort) = (try freePort(), try freePort(datagrams: true), try freePort())
        var template = Array("/tmp/responder-test-XXXXXX".utf8CString)
        let log = mkstemp(&template)
        if log < 0 { throw SetupError("making a log file") }
        defer { close(log) }
        logPath = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        socketPath = logPath + ".sock"
        var arguments = [program, "--http", "\(port)", "--udp", "\(udpPort)"]
        if isNetexec { arguments = [program, "agnhost", "netexec", "--http-port=\(port)", "--udp-port", "\(udpPort)"] }
        if let files { arguments += ["--files", files] }
        if withTLS {
            arguments += ["--tls", "\(tlsPort)", "--tls-program", try #require(Program.responderTLS)]
            arguments += ["--tls-socket", socketPath]
        }
        let identity = ["LAB_POD=web-1", "LAB_NODE=node-1", "LAB_NAMESPACE=default"]
        process = try spawn(arguments, environment: identity + environment, output: log)
        try waitFor("the responder to listen on port \(port)") { (try? Client(port)) != nil }
        if withTLS { try waitFor("TLS on port \(tlsPort)") { (try? Client(tlsPort)) != nil } }
    }

    deinit {
        if exitStatus == nil {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
        unlink(logPath)
        unlink(socketPath)
    }

    /// What it has written to its standard output.
    var log: String { readFile(logPath) }

    func signal(_ number: Int32) { kill(process, number) }

    /// The status it exits with, within ten seconds.
    func exit() throws -> Int32 {
        var status: Int32 = 0
        try waitFor("the responder to exit") { waitpid(process, &status, WNOHANG) == process }
        exitStatus = status
        return status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
    }
}

/// Waits until something is so, at most ten seconds.
func waitFor(_ what: String, _ isSo: () -> Bool) throws {
    for _ in 0..<5000 {
        if isSo() { return }
        usleep(2000)
    }
    throw SetupError("waited ten seconds for \(what)")
}

func readFile(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
    while case let count = read(file, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

func monotonicMilliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

/// Runs a program of the host to its end. Returns what it wrote to its standard output.
func run(_ arguments: String...) throws -> String {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw SetupError("making a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let child = try spawn(["/usr/bin/env"] + arguments, environment: ["PATH=/usr/bin:/bin"], output: ends[1])
    close(ends[1])
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
    while case let count = read(ends[0], &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
    waitpid(child, nil, 0)
    return String(decoding: bytes, as: UTF8.self)
}

private func spawn(_ arguments: [String], environment: [String], output: Int32) throws -> pid_t {
    var (child, actions) = (pid_t(0), posix_spawn_file_actions_t())
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    var words = arguments.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for word in words + variables { free(word) } }
    errno = posix_spawn(&child, arguments[0], &actions, nil, &words, &variables)
    if errno != 0 { throw SetupError("starting \(arguments[0])") }
    return child
}

/// A port that nothing listens on at this moment.
func freePort(datagrams: Bool = false) throws -> UInt16 {
    let descriptor = socket(AF_INET6, Int32((datagrams ? SOCK_DGRAM : SOCK_STREAM).rawValue) | O_CLOEXEC, 0)
    defer { close(descriptor) }
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
    }
    guard isBound else { throw SetupError("finding a free port") }
    return UInt16(bigEndian: address.sin6_port)
}
