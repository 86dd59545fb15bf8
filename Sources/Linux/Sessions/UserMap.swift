// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The users that a session has: the user as root and, where `/etc/subuid` and `/etc/subgid` grant them, others beside it,
/// so that containers can run as someone else. The corresponding man page is `user_namespaces(7)`.
public struct UserMap: Sendable, Hashable {
    /// The user's number outside.
    public let user: UInt32
    let group: UInt32
    /// The first of the numbers that the machine grants, and how many: users and groups.
    let users: Grant?
    let groups: Grant?

    struct Grant: Sendable, Hashable {
        var first: UInt32
        var count: UInt32
    }

    /// Containers run as number 65534.
    private static let needed: UInt32 = 65534

    /// What the user who runs this program is granted.
    public static var own: UserMap {
        let user = UserSession.outsideUser ?? getuid()
        let names = [String(user)] + (name(of: user).map { [$0] } ?? [])
        return UserMap(
            user: user, group: getgid(), users: grant(in: "/etc/subuid", names),
            groups: grant(in: "/etc/subgid", names))
    }

    /// Why containers run as the user itself, without capabilities; nil if they run as another user.
    public var lacking: String? {
        if users == nil { return "/etc/subuid grants user \(user) no range of \(UserMap.needed + 1) numbers" }
        if groups == nil { return "/etc/subgid grants user \(user) no range of \(UserMap.needed + 1) numbers" }
        for tool in ["newuidmap", "newgidmap"] where UserMap.path(of: tool) == nil {
            return "\(tool) is not installed"
        }
        return nil
    }

    /// Gives a process in a new user namespace its users.
    func give(to pid: Int32) throws(KernelError) {
        if lacking == nil, let users, let groups, (try? run("newuidmap", pid, user, users)) != nil {
            return try run("newgidmap", pid, group, groups)
        }
        // Who may not leave groups cannot get past a file that is closed to one of them.
        try put("setgroups", pid, "deny")
        try put("uid_map", pid, "0 \(user) 1")
        try put("gid_map", pid, "0 \(group) 1")
    }

    private func put(_ file: String, _ pid: Int32, _ text: String) throws(KernelError) {
        let open = try Descriptor.open("/proc/\(pid)/\(file)", O_WRONLY)
        try File.writeAll(open.raw, Array(text.utf8), "/proc/\(pid)/\(file)")
    }

    private func run(_ tool: String, _ pid: Int32, _ own: UInt32, _ grant: Grant) throws(KernelError) {
        var options = ProcessOptions(.path(UserMap.path(of: tool) ?? tool))
        options.arguments = ["\(pid)", "0", "\(own)", "1", "1", "\(grant.first)", "\(grant.count)"]
        options.environment = Program.environment
        options.streams = .output(try LogFile.open("/dev/null"))
        let status = try ContainerProcess.spawn(options).wait()
        guard status == .exited(0) else {
            throw KernelError(
                "giving the session its users", call: tool, .notPermitted, message: "\(tool): \(status)")
        }
    }

    private static func path(of tool: String) -> String? {
        let folders = (Program.environment("PATH") ?? "").split(separator: ":").map(String.init)
        return (folders + ["/usr/bin", "/usr/sbin", "/bin"]).map { "\($0)/\(tool)" }.first(where: File.isExecutable)
    }

    /// Lines are `NAME:FIRST:COUNT`; the first that is large enough.
    private static func grant(in path: String, _ names: [String]) -> Grant? {
        for line in ((try? File.read(path)) ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, names.contains(String(fields[0])), let first = UInt32(fields[1]),
                let count = UInt32(fields[2]), count >= needed
            else { continue }
            return Grant(first: first, count: min(count, needed + 1))
        }
        return nil
    }

    private static func name(of user: UInt32) -> String? {
        for line in ((try? File.read("/etc/passwd")) ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count > 2, fields[2] == String(user) { return String(fields[0]) }
        }
        return nil
    }
}
