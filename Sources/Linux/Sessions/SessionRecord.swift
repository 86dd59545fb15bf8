// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Which process holds a session, and which namespaces it is made of. The file has the four numbers in one line.
struct SessionRecord: Equatable {
    let pid: Int32
    let startTime: UInt64
    /// The number of the user namespace; another one may get it when this one is gone.
    let users: UInt64
    let mounts: UInt64

    init(of pid: Int32) {
        self.pid = pid
        startTime = ProcessTable.startTime(of: pid) ?? 0
        users = SessionRecord.namespace("user", of: "\(pid)") ?? 0
        mounts = SessionRecord.namespace("mnt", of: "\(pid)") ?? 0
    }

    private init?(_ text: String) {
        let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { UInt64($0) }
        guard numbers.count == 4 else { return nil }
        (pid, startTime, users, mounts) = (Int32(clamping: numbers[0]), numbers[1], numbers[2], numbers[3])
    }

    static func read(_ path: String) -> SessionRecord? { (try? File.read(path)).flatMap { SessionRecord($0) } }

    /// Writes it whole or not at all.
    func write(_ path: String) throws(KernelError) {
        try File.write("\(path).new", "\(pid) \(startTime) \(users) \(mounts)\n", mode: 0o600)
        try File.rename("\(path).new", to: path)
    }

    /// The process that holds the session; nil if it has ended.
    var holder: ChildProcess? {
        guard let process = ChildProcess.find(pid: pid, startTime: startTime), process.isRunning else { return nil }
        return process
    }

    /// True in a program that is in the session.
    var isOurs: Bool {
        SessionRecord.namespace("user", of: "self") == users && SessionRecord.namespace("mnt", of: "self") == mounts
    }

    /// A process of Lab's that is in the same namespaces.
    func member() -> ChildProcess? {
        for pid in ProcessTable.all() where isInside(pid) && isMember(pid) {
            if let process = ChildProcess.find(pid: pid), isInside(pid), isMember(pid) { return process }
        }
        return nil
    }

    /// Ends containers whose lab is gone with all that could have adopted them.
    func endRemains() {
        let remains = ProcessTable.all().filter { isInside($0) }.compactMap { ChildProcess.find(pid: $0) }
        ProcessTable.killAndWait(remains.filter { isInside($0.pid) })
    }

    private func isMember(_ pid: Int32) -> Bool { SessionRecord.namespace("mnt", of: "\(pid)") == mounts }

    /// True for a process in the user namespace that was started by Lab: a number alone may be another's by now.
    private func isInside(_ pid: Int32) -> Bool {
        guard SessionRecord.namespace("user", of: "\(pid)") == users,
            let environment = try? File.bytes("/proc/\(pid)/environ")
        else { return false }
        return environment.split(separator: 0).contains { entry in
            entry.starts(with: Array("\(UserSession.variable)=".utf8)) || entry.starts(with: Array("LAB_POD=".utf8))
        }
    }

    private static func namespace(_ kind: String, of process: String) -> UInt64? {
        ProcessTable.inode(at: "/proc/\(process)/ns/\(kind)")
    }
}
