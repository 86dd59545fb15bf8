// SPDX-License-Identifier: Apache-2.0
internal import Linux

/// Takes a lab away, whatever is left of it: a running lab, one whose daemon was killed, or one that was never finished.
///
/// Every step may find its work done already, so that a demolition that was itself killed can be run again.
public struct Demolition: Sendable {
    private let paths: LabPaths
    private let journal: Journal

    /// How long the processes may take to be gone after SIGKILL, in milliseconds.
    private static let patience = 10_000

    /// The demolition of the lab that has these paths.
    public init(_ paths: LabPaths) {
        self.paths = paths
        journal = Journal(paths)
    }

    /// Ends the processes, removes the link to the host, the namespaces, the cgroup and the folder, in this order: the
    /// journal goes last. When it returns, the host is as it was before the lab.
    /// - Parameter sparesDaemon: true when the daemon itself calls it, which ends on its own.
    public func run(sparesDaemon: Bool = false) throws {
        try File.locked(LabPaths.lock) { () throws(KernelError) in try runLocked(sparesDaemon: sparesDaemon) }
    }

    /// The same for a caller who holds the lock of all labs.
    func runLocked(sparesDaemon: Bool) throws(KernelError) {
        try endProcesses(sparesDaemon: sparesDaemon)
        try removeInterfaces()
        try removeBindings()
        try removeCgroup(sparesDaemon: sparesDaemon)
        try LabFolders.remove(paths)
        LabFolders.removeShared()
    }

    private func endProcesses(sparesDaemon: Bool) throws(KernelError) {
        if let group = Cgroup.find(sparesDaemon ? paths.podsCgroup : paths.cgroup) {
            try group.kill()
            guard group.waitUntilEmpty(milliseconds: Demolition.patience) else {
                throw KernelError(
                    "ending the processes of \(paths.lab)", call: "cgroup.kill", .busy,
                    message: "some are still there: \((try? group.processes()) ?? [])")
            }
        }
        // Shells that the user has open in the lab, and everything where there is no cgroup.
        let inodes = Set(
            journal.names(.binding).compactMap { ProcessTable.inode(at: "\(BindingFolder.standard.path)/\($0)") })
        guard !inodes.isEmpty else { return }
        let left = ProcessTable.killAndWait(inNetworkNamespaces: inodes, milliseconds: Demolition.patience)
        guard left.isEmpty else {
            throw KernelError(
                "ending the processes of \(paths.lab)", call: "kill", .busy, message: "some are still there: \(left)")
        }
    }

    private func removeInterfaces() throws(KernelError) {
        let names = journal.names(.interface)
        guard !names.isEmpty else { return }
        let socket = try RouteSocket(place: "host")
        for name in names {
            do throws(KernelError) { try socket.send(.deleteLinkNamed(name)) } catch {
                guard error.errno == .noDevice else { throw error }
            }
        }
    }

    private func removeBindings() throws(KernelError) {
        let names = journal.names(.binding)
        for name in names { LabFolders.unlinkResolver(name) }
        try BindingFolder.standard.unbind(names)
    }

    private func removeCgroup(sparesDaemon: Bool) throws(KernelError) {
        guard let group = Cgroup.find(paths.cgroup), let root = Cgroup.root else { return }
        if sparesDaemon { try File.write("\(root)/cgroup.procs", "\(Program.pid)") }
        try group.remove()
    }
}
