// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// This program among the others of the machine: who runs it, from where, and what time it is.
public enum Program {
    /// The path of the running program's file. The corresponding link is `/proc/self/exe`.
    public static var path: String { File.target(of: "/proc/self/exe") ?? CommandLine.arguments[0] }

    /// True for the superuser (of this user namespace). The corresponding C function is `geteuid`.
    public static var isRoot: Bool { geteuid() == 0 }

    /// The process's number. The corresponding C function is `getpid`.
    public static var pid: Int32 { getpid() }

    /// An environment variable, if it is set. The corresponding C function is `getenv`.
    public static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// The whole environment, as `NAME=VALUE`.
    public static var environment: [String] {
        var result: [String] = []
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            result.append(unsafe String(cString: text))
            unsafe entry += 1
        }
        return result
    }

    /// Seconds and nanoseconds since 1970. The corresponding C clock is `CLOCK_REALTIME`.
    public static func wallClock() -> (seconds: Int64, nanoseconds: Int32) {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return (Int64(time.tv_sec), Int32(time.tv_nsec))
    }

    /// The same in nanoseconds since 1970.
    public static func nanoseconds() -> UInt64 {
        let time = wallClock()
        return UInt64(max(time.seconds, 0)) * 1_000_000_000 + UInt64(max(time.nanoseconds, 0))
    }

    /// Milliseconds since the machine started, which no one can set. The corresponding C clock is `CLOCK_MONOTONIC`.
    public static func milliseconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }

    /// Sleeps on the calling thread. The corresponding C function is `usleep`.
    public static func sleep(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }

    /// Raises the number of descriptors that this program may open to what the kernel allows; gives the new limit.
    /// The corresponding C call is `setrlimit(RLIMIT_NOFILE)`.
    @discardableResult
    public static func raiseDescriptorLimit() -> UInt64 {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        unsafe getrlimit(resource, &limit)
        let most = (try? File.read("/proc/sys/fs/nr_open")).flatMap { rlim_t($0.trimmingNewline) } ?? limit.rlim_max
        var wanted = rlimit(rlim_cur: most, rlim_max: max(most, limit.rlim_max))
        if unsafe setrlimit(resource, &wanted) != 0 {
            wanted = rlimit(rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max)
            unsafe setrlimit(resource, &wanted)
        }
        unsafe getrlimit(resource, &limit)
        return UInt64(limit.rlim_cur)
    }

    /// Ends the program at once, without running what waits for its end. The corresponding C function is `_exit`.
    public static func exit(_ code: Int32) -> Never { _exit(code) }

    /// True if the descriptor leads to a terminal. The corresponding C function is `isatty`.
    public static func isTerminal(_ raw: Int32) -> Bool { isatty(raw) == 1 }

    /// The width of the terminal at a descriptor, in columns; nil if it is none. The corresponding C call is `TIOCGWINSZ`.
    public static func columns(_ raw: Int32) -> Int? {
        var size = winsize()
        guard unsafe ioctl(raw, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes text to a descriptor; a reader that has gone is no error.
    /// - Returns: what kept it from being written whole.
    @discardableResult
    public static func write(_ raw: Int32, _ text: String) -> KernelError? {
        do throws(KernelError) { try File.writeAll(raw, Array(text.utf8), "output") } catch { return error }
        return nil
    }

    /// Sends standard output and standard error to the end of a file. The corresponding C function is `dup2`.
    public static func redirectOutput(to path: String) throws(KernelError) {
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        for number in [1, 2] as [Int32] {
            _ = try check("redirecting output to \(path)", "dup2") { dup2(file.raw, number) }
        }
    }

    /// Starts this program anew with other arguments, in a session of its own, away from the terminal; it outlives the caller.
    /// - Parameters:
    ///   - stream: handed to the child as descriptor 3.
    ///   - log: where its standard output and standard error go.
    ///   - program: the program's path, where it is another than this.
    /// The corresponding C function is `posix_spawn` with `POSIX_SPAWN_SETSID`.
    public static func startDetached(
        _ arguments: [String], stream: LineStream, log: String, program: String? = nil
    ) throws(KernelError) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawnattr_setflags(&attributes, Int16(0x80) /* POSIX_SPAWN_SETSID, which Glibc's module lacks */)
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        unsafe posix_spawn_file_actions_adddup2(&actions, stream.raw, 3)
        // Whatever the caller inherited (a pipe that someone reads to its end) must not live as long as the child.
        unsafe lab_spawn_close_from(&actions, 4)
        var process: pid_t = 0
        let path = program ?? Program.path
        var vector = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe vector.forEach { unsafe free($0) } }
        let code = unsafe posix_spawn(&process, path, &actions, &attributes, &vector, environ)
        guard code == 0 else { throw KernelError("starting \(path)", call: "posix_spawn", Errno(rawValue: code)) }
        return process
    }

    /// Runs this program anew with other arguments in the place of the running one, whose threads all end; returns only if
    /// that fails. The stream stays open. The corresponding C function is `execv`.
    public static func become(_ arguments: [String], keeping stream: LineStream) -> KernelError {
        let path = Program.path
        _ = fcntl(stream.raw, F_SETFD, 0)
        // Blocked signals would stay blocked in what comes.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
        var vector = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        unsafe execv(path, &vector)
        return KernelError("starting \(path)", call: "execv", .current)
    }

    /// Calls the handler on a thread of its own for each of the signals that comes; they no longer end the program.
    /// Once in a program. The corresponding C function is `sigaction`.
    public static func onSignals(_ signals: [Int32], _ handler: @escaping @Sendable (Int32) -> Void) throws(KernelError)
    {
        let pipe = Descriptor(
            owning: try checkNegated("catching signals", "sigaction") {
                unsafe lab_catch_signals(signals, Int32(signals.count))
            })
        let shared = SharedDescriptor(pipe)
        try ShortThread.detach("signals") {
            var signal: UInt8 = 0
            while unsafe read(shared.raw, &signal, 1) != 0 {
                handler(Int32(signal))
            }
        }
    }

    /// `SIGINT`, `SIGTERM`, `SIGHUP`, `SIGPIPE`: the numbers that commands listen for.
    public static let interrupt = SIGINT
    /// `SIGTERM`.
    public static let terminate = SIGTERM
    /// `SIGHUP`.
    public static let hangUp = SIGHUP
    /// `SIGKILL`.
    public static let kill = SIGKILL
    /// `SIGSTOP`.
    public static let stop = SIGSTOP
    /// `SIGCONT`.
    public static let `continue` = SIGCONT

    /// Ends this program as SIGKILL does: nothing is put in order.
    public static func endAtOnce() {
        _ = Glibc.kill(getpid(), SIGKILL)
    }

    /// The number of a signal by its name without `SIG`, as `TERM`, or by its number; nil for one that is not known.
    public static func signalNumber(_ name: String) -> Int32? {
        let numbers = [
            "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "ABRT": SIGABRT, "KILL": SIGKILL, "USR1": SIGUSR1,
            "USR2": SIGUSR2, "SEGV": SIGSEGV, "PIPE": SIGPIPE, "ALRM": SIGALRM, "TERM": SIGTERM, "STOP": SIGSTOP,
            "CONT": SIGCONT,
        ]
        let word = name.uppercased()
        if let number = Int32(word) { return (1...64).contains(number) ? number : nil }
        return numbers[word.hasPrefix("SIG") ? String(word.dropFirst(3)) : word]
    }

    /// A write to a reader that has gone gives EPIPE instead of ending the program.
    public static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}

extension String {
    /// The text without line ends and blanks at its end, as files below `/proc` have them.
    var trimmingNewline: String {
        var text = self[...]
        while let last = text.last, last == "\n" || last == " " { text = text.dropLast() }
        return String(text)
    }
}
