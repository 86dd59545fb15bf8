// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// The processes of the machine, for finding those that a crash left behind. The corresponding folder is `/proc`.
public enum ProcessTable {
    /// All process numbers that this program can see.
    public static func all() -> [Int32] { File.names(in: "/proc").compactMap { Int32($0) } }

    /// The number of a namespace's inode, by which processes are told to be in it. The corresponding C call is `fstat`.
    public static func inode(of namespace: NetworkNamespace) -> UInt64 {
        var status = stat()
        return unsafe fstat(namespace.raw, &status) == 0 ? UInt64(status.st_ino) : 0
    }

    /// The number of the namespace's inode that is bound at a path; nil if there is nothing.
    public static func inode(at path: String) -> UInt64? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// The processes, other than this one, in any of the network namespaces.
    public static func processes(inNetworkNamespaces inodes: Set<UInt64>) -> [Int32] {
        all().filter { $0 != getpid() && isIn(inodes, $0) }
    }

    /// Sends a signal to all processes of the PID namespaces that these processes are in: those, and all that they have
    /// started. For `SIGSTOP` and `SIGCONT`, which may be sent twice: what is started meanwhile is reached, too.
    public static func signalAll(beside processes: [ChildProcess], _ signal: Int32) throws(KernelError) {
        for process in processes { try? process.signal(signal) }
        // Never this program's own.
        let inodes = Set(processes.compactMap { inode(at: "/proc/\($0.pid)/ns/pid") })
            .subtracting([inode(at: "/proc/self/ns/pid") ?? 0])
        for _ in 0..<2 {
            let found = all().filter { pid in
                pid != getpid() && inode(at: "/proc/\(pid)/ns/pid").map(inodes.contains) == true
            }
            try self.signal(found, signal)
        }
    }

    /// Ends every process in the network namespaces, also those that start meanwhile, and waits until they have ended.
    /// Children of this program are left for their owners to reap. Gives those that are still there when the time is over.
    public static func killAndWait(
        inNetworkNamespaces inodes: Set<UInt64>, milliseconds: Int = 5000
    ) -> [Int32] {
        let deadline = Program.milliseconds() + Double(milliseconds)
        while true {
            let found = processes(inNetworkNamespaces: inodes)
            guard !found.isEmpty, Program.milliseconds() < deadline else { return found }
            // The number may have passed to another process since: look again once it is held by its descriptor.
            let held = found.compactMap { ChildProcess.find(pid: $0) }.filter { isIn(inodes, $0.pid) }
            end(held, deadline)
        }
    }

    /// Ends the processes by SIGKILL and waits until they are gone, children of this program or not.
    /// Gives those that are still there when the time is over.
    @discardableResult
    public static func killAndWait(_ processes: [ChildProcess], milliseconds: Int = 5000) -> [ChildProcess] {
        end(processes, Program.milliseconds() + Double(milliseconds))
        let left = processes.filter(\.isRunning)
        for process in processes where !process.isRunning { process.wait() }
        return left
    }

    /// When a process started, in clock ticks since the machine did; nil if it is gone.
    public static func startTime(of pid: Int32) -> UInt64? {
        guard let text = try? File.read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        // The name before the bracket may hold blanks and brackets; the field after it is the third.
        let fields = text[end...].split(separator: " ").dropFirst()
        return fields.count > 19 ? UInt64(fields[fields.startIndex + 19]) : nil
    }

    static func signal(_ pids: [Int32], _ signal: Int32) throws(KernelError) {
        for pid in pids where kill(pid, signal) != 0 && errno != ESRCH {
            throw KernelError("signalling process \(pid)", call: "kill", Errno.current)
        }
    }

    private static func end(_ processes: [ChildProcess], _ deadline: Double) {
        for process in processes { try? process.signal(SIGKILL) }
        for process in processes {
            let left = max(0, deadline - Program.milliseconds())
            _ = process.hasEnded(within: Int32(clamping: Int(left.rounded(.up))))
        }
    }

    private static func isIn(_ inodes: Set<UInt64>, _ pid: Int32) -> Bool {
        guard let inode = inode(at: "/proc/\(pid)/ns/net") else { return false }
        return inodes.contains(inode)
    }
}
