// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The program that speaks TLS on this one's behalf: a child that hands each connection on through a socket.
struct TLSProgram {
    /// How many times in all it is started again.
    private static let restartLimit = 5

    /// Where it finds the responder.
    let socket: String
    private let path: String
    private let arguments: [String]
    private(set) var process: Int32 = 0
    private var restarts = 0
    /// Our end of the child's standard input: when we go, however we go, the child reads its end and goes too.
    private var lifeline: Int32 = -1

    init(_ path: String, ports: [UInt16], socket: String, name: String) {
        self.path = path
        self.socket = socket
        let list = ports.map { String($0) }.joined(separator: ",")
        arguments = ["responder-tls", "--tls", list, "--socket", socket, "--name", name, "--lifeline"]
    }

    /// Starts it. The corresponding C function is `posix_spawn`.
    mutating func start() throws(SystemError) {
        if lifeline >= 0 { close(lifeline) }
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw SystemError("starting \(path)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        lifeline = ends[1]
        let (child, error) = spawn(standardInput: ends[0])
        close(ends[0])
        if error != 0 { throw SystemError("starting \(path)", error) }
        process = child
    }

    /// Starts it again after it has ended. Returns false when it has been started often enough.
    mutating func restart() throws(SystemError) -> Bool {
        process = 0
        if restarts == Self.restartLimit { return false }
        restarts += 1
        try start()
        return true
    }

    /// Lets it send what it has for half a second at most, then ends it.
    mutating func stop() {
        guard process > 0 else { return }
        close(lifeline)
        for _ in 0..<100 where process > 0 {
            if waitpid(process, nil, WNOHANG) == process { process = 0 } else { usleep(5000) }
        }
        guard process > 0 else { return }
        kill(process, SIGKILL)
        _ = waitpid(process, nil, 0)
        process = 0
    }

    private func spawn(standardInput: Int32) -> (Int32, Int32) {
        var (child, attributes, actions) = unsafe (pid_t(0), posix_spawnattr_t(), posix_spawn_file_actions_t())
        unsafe posix_spawnattr_init(&attributes)
        unsafe posix_spawn_file_actions_init(&actions)
        defer {
            unsafe posix_spawnattr_destroy(&attributes)
            unsafe posix_spawn_file_actions_destroy(&actions)
        }
        // Signals that this process blocks or ignores are the child's own again.
        var (none, all) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        unsafe posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        let error = unsafe posix_spawn(&child, path, &actions, &attributes, &words, environ)
        return (child, error)
    }
}

/// The next child that has ended, now reaped; nil when none has. The corresponding C function is `waitpid`.
func nextEndedChild() -> Int32? {
    let child = waitpid(-1, nil, WNOHANG)
    return child > 0 ? child : nil
}
