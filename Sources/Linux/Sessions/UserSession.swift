// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// The namespaces in which a user who is not root is root: one user, mount and network namespace for all labs of a user.
///
/// The first command that needs it makes it; a small process holds it, and ends when no command, no daemon and no lab is
/// left in it. Every later command joins before it does anything else, and from then on is root: of its own `/run`, of the
/// network namespaces that it makes, and of nothing of the machine's. The corresponding C functions are
/// `unshare(CLONE_NEWUSER)` and `setns`.
public struct UserSession: Sendable {
    /// The user whose session it is.
    public let user: UInt32
    /// The folder of its files, of mode 0700: `lock`, held together by all who use it; `holder`, which says who holds it.
    public let directory: String

    private var lockPath: String { "\(directory)/lock" }
    private var recordPath: String { "\(directory)/holder" }
    private var makingPath: String { "\(directory)/making" }

    /// The environment variable that says which session a program is in: its folder.
    static let variable = "LAB_SESSION"
    /// What `holding` is while the program is in no session.
    private static let none: Int32 = -1
    /// The lock of the session that this program is in, until its end.
    private static let holding = Mutex<Int32>(none)

    /// The session of the user who runs this program.
    public static var own: UserSession {
        let user = getuid()
        return UserSession(user: user, directory: "/tmp/lab-\(user)")
    }

    /// True in a program that has entered a session, or was started in one.
    public static var isEntered: Bool { holding.withLock { $0 != none } }

    /// The process that holds the session that this program is in.
    static var holder: Int32? {
        Program.environment(variable).flatMap { SessionRecord.read("\($0)/holder")?.pid }
    }

    /// The user outside the session who is root in it; nil in none.
    public static var outsideUser: UInt32? {
        guard isEntered, let map = try? File.read("/proc/self/uid_map") else { return nil }
        let numbers = map.split(separator: "\n").first?.split(separator: " ").compactMap { UInt32($0) } ?? []
        return numbers.count == 3 ? numbers[1] : nil
    }

    /// True if the user has made a session.
    public var isThere: Bool { File.exists(recordPath) }

    /// The path by which the user reaches a file of the session's from outside; in no session the path itself.
    public static func outsidePath(_ path: String) -> String { holder.map { "/proc/\($0)/root\(path)" } ?? path }

    /// Enters the session. Only while the program has no other thread.
    /// - Parameter creating: make one if there is none.
    /// - Returns: false if there is none.
    public func enter(creating: Bool) throws(KernelError) -> Bool {
        for _ in 0..<1000 {
            guard creating || File.exists(recordPath) else { return false }
            try makeFolder()
            guard let lock = try share() else { continue }
            guard let record = try living(creating: creating) else { return false }
            // Someone may have cleared the folder in between: then the lock is nobody's.
            guard try File.isCurrent(lock.raw, lockPath), try join(record) else { continue }
            UserSession.hold(lock, directory)
            return true
        }
        throw KernelError("entering the session in \(directory)", call: "flock", .busy)
    }

    /// Uses the session that the program was started in, as a daemon and a command of `lab shell` are; nothing otherwise.
    public static func resume() {
        guard let directory = Program.environment(variable) else { return }
        let session = UserSession(user: 0, directory: directory)
        guard let record = SessionRecord.read(session.recordPath), record.isOurs, let lock = try? session.share() else {
            return
        }
        hold(lock, directory)
    }

    /// Ends the program's use of the session, and if no lab is left in it, waits a moment for its end. The last thing that
    /// a program does.
    static func release() {
        let lock = holding.withLock { holding in
            defer { holding = none }
            return holding
        }
        guard lock != none, let directory = Program.environment(variable) else { return }
        let holder = SessionRecord.read("\(directory)/holder")?.holder
        let isLast = !File.names(in: "/run/lab").contains { !$0.hasPrefix(".") }
        close(lock)
        // Others may be in it yet: they end it.
        if isLast { _ = holder?.hasEnded(within: 500) }
    }

    // MARK: Steps

    private static func hold(_ lock: consuming Descriptor, _ directory: String) {
        let raw = lock.release()
        holding.withLock { $0 = raw }
        unsafe setenv(variable, directory, 1)
        // The user behind sudo is not known here.
        for name in ["SUDO_UID", "SUDO_GID", "SUDO_USER"] { unsafe unsetenv(name) }
        _ = lab_at_exit { UserSession.release() }
    }

    /// Makes the folder; one that is not this user's alone is refused, for whoever can write there could lead us anywhere.
    private func makeFolder() throws(KernelError) {
        try File.makeDirectory(directory, mode: 0o700)
        var status = stat()
        let operation = "using the folder \(directory)"
        do throws(KernelError) {
            _ = try check(operation, "lstat") { unsafe lstat(directory, &status) }
        } catch  where error.errno == .noEntry {
            // It went meanwhile; opening the lock will tell.
            return
        }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == user, status.st_mode & 0o077 == 0 else {
            throw KernelError(
                operation, call: "lstat", .notPermitted,
                message: "it must be a folder of mode 0700 that belongs to user \(user); remove it")
        }
    }

    /// Takes the lock together with the others; nil if the folder went meanwhile.
    private func share() throws(KernelError) -> Descriptor? {
        let file: Descriptor
        do throws(KernelError) { file = try Descriptor.open(lockPath, O_RDWR | O_CREAT, mode: 0o600) } catch {
            guard error.errno == .noEntry else { throw error }
            return nil
        }
        let raw = file.raw
        _ = try check("locking \(lockPath)", "flock") { flock(raw, LOCK_SH) }
        guard try File.isCurrent(raw, lockPath) else { return nil }
        return file
    }

    /// Who holds the session; made, or put in the place of one who was ended, if need be. Nil if there is no session and
    /// none is to be made.
    private func living(creating: Bool) throws(KernelError) -> SessionRecord? {
        if let record = SessionRecord.read(recordPath), record.holder != nil { return record }
        let making = try File.lock(makingPath)
        defer { _ = making }
        let old = SessionRecord.read(recordPath)
        if let old, old.holder != nil { return old }
        if let old, let member = old.member() { return try adopt(member) }
        old?.endRemains()
        guard creating else {
            try clear()
            return nil
        }
        do throws(KernelError) {
            let record = try SessionMaker(self).make()
            try record.write(recordPath)
            return record
        } catch {
            try clear()
            throw error
        }
    }

    /// Takes the folder away when there is no session. Called with the lock of those who make one held.
    private func clear() throws(KernelError) {
        for path in [recordPath, makingPath, lockPath] { try File.remove(path) }
        try? File.removeDirectory(directory)
    }

    private func join(_ record: SessionRecord) throws(KernelError) -> Bool {
        if record.isOurs { return true }
        guard let holder = record.holder else { return false }
        return try enter(holder)
    }

    private func enter(_ process: ChildProcess) throws(KernelError) -> Bool {
        do throws(KernelError) {
            _ = try checkNegated("entering the session of process \(process.pid)", "setns") {
                lab_session_join(process.descriptor.raw)
            }
            return true
        } catch  where error.errno == .noProcess {
            return false
        }
    }

    /// Makes a new holder for a session that has lost its own, and is in use by another process.
    private func adopt(_ member: ChildProcess) throws(KernelError) -> SessionRecord? {
        guard try enter(member) else { return nil }
        let pid = try checkNegated("holding the session", "fork") {
            unsafe lab_session_keep(directory, CommandLine.unsafeArgv, CommandLine.argc)
        }
        let record = SessionRecord(of: pid)
        try record.write(recordPath)
        return record
    }
}
