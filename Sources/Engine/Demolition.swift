// SPDX-License-Identifier: Apache-2.0
internal import Linux
internal import Net

/// Takes a lab away, whatever is left of it: a running lab, one whose daemon was killed, or one that was never finished.
///
/// Every step may find its work done already, so that a demolition that was itself killed can be run again.
public struct Demolition: Sendable {
    private let paths: LabPaths
    private let journal: Journal

    /// How long the processes may take to be gone after SIGKILL, in milliseconds.
    private static let patience = 10_000
    /// How long they may take before nobody is let in any more.
    private static let shortPatience = 1000

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

    /// Takes away what labs made for all of them, if no lab is left.
    public static func tidy() throws {
        try File.locked(LabPaths.lock) { () throws(KernelError) in LabFolders.removeShared() }
    }

    /// The same for a caller who holds the lock of all labs.
    func runLocked(sparesDaemon: Bool) throws(KernelError) {
        try endProcesses(sparesDaemon: sparesDaemon)
        try removeInterfaces()
        try removeTables()
        try removeBindings()
        try removeCgroup(sparesDaemon: sparesDaemon)
        try LabFolders.remove(paths)
        LabFolders.removeShared()
    }

    /// The names below `/run/netns` that are the lab's: those of its journal, or, should that be lost, those that begin
    /// as its names do and are not another lab's.
    private var bindings: [String] {
        let present = Set(BindingFolder.standard.names() + LabFolders.resolverNames)
        let journaled = journal.names(.binding).filter(present.contains)
        if File.exists(paths.journal) { return journaled }
        let others = LabDirectory.all().filter { $0.lab != paths.lab }
        let foreign = Set(others.flatMap { Journal($0).names(.binding) })
        let longer = others.filter { $0.lab.hasPrefix(paths.lab + "-") }.map(\.bindingPrefix)
        let lost = present.filter { name in
            name.hasPrefix(paths.bindingPrefix) && !foreign.contains(name) && !longer.contains { name.hasPrefix($0) }
        }
        return journaled + lost.subtracting(journaled).sorted()
    }

    /// True if something of the lab is there, with or without its folder.
    public var findsAnything: Bool {
        File.exists(paths.directory) || !bindings.isEmpty || Cgroup.find(paths.cgroup) != nil
    }

    private func endProcesses(sparesDaemon: Bool) throws(KernelError) {
        if let group = Cgroup.find(sparesDaemon ? paths.podsCgroup : paths.cgroup) {
            try group.kill()
            guard group.waitUntilEmpty(milliseconds: Demolition.patience) else {
                throw KernelError(
                    "ending the processes of \(paths.lab)", call: "cgroup.kill", .busy,
                    message: "some are still there: \((try? group.processes()) ?? [])")
            }
        } else if !sparesDaemon, let daemon = LabDirectory.daemon(paths), daemon.pid != Program.pid {
            // First: it would start again what ends.
            ProcessTable.killAndWait([daemon], milliseconds: Demolition.patience)
        }
        // Shells that the user has open in the lab, and everything where there is no cgroup.
        let inodes = Set(
            bindings.compactMap { ProcessTable.inode(at: "\(BindingFolder.standard.path)/\($0)") })
        guard !inodes.isEmpty else { return }
        var left = ProcessTable.killAndWait(inNetworkNamespaces: inodes, milliseconds: Demolition.shortPatience)
        if !left.isEmpty {
            // Somebody may enter again and again, as a loop of `lab kubectl` does: without the names nobody can.
            try removeBindings()
            left = ProcessTable.killAndWait(inNetworkNamespaces: inodes, milliseconds: Demolition.patience)
        }
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

    /// The lab's tables in the machine's own namespace: those of its journal, or, should that be lost, those of its name.
    private func removeTables() throws(KernelError) {
        for text in journal.names(.table) {
            let words = text.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2, let family = Family(rawValue: words[0]) else { continue }
            try TableSocket(place: "host").deleteTable(words[1], family: family)
        }
        guard !File.exists(paths.journal), let socket = try? TableSocket(place: "host") else { return }
        for family in Family.allCases {
            // A machine without the module has no tables.
            let tables = (try? socket.tables(family: family)) ?? []
            if tables.contains(paths.table) { try socket.deleteTable(paths.table, family: family) }
        }
    }

    private func removeBindings() throws(KernelError) {
        let names = bindings
        for name in names { LabFolders.unlinkResolver(name) }
        try BindingFolder.standard.unbind(names)
        let left = bindings
        guard left.isEmpty else {
            throw KernelError(
                "removing the namespaces of \(paths.lab)", call: "umount2", .busy,
                message: "some are still there: \(left)")
        }
    }

    private func removeCgroup(sparesDaemon: Bool) throws(KernelError) {
        guard let group = Cgroup.find(paths.cgroup), let root = Cgroup.root else { return }
        if sparesDaemon { try File.write("\(root)/cgroup.procs", "\(Program.pid)") }
        try group.remove()
    }
}
