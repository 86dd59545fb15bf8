// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux

/// The user behind `sudo`, to whom a lab's kubeconfig belongs.
public struct InvokingUser: Sendable, Hashable {
    /// Its number.
    public var user: UInt32
    /// Its group's number.
    public var group: UInt32
    /// Its home folder.
    public var home: String

    /// As `sudo` says (`SUDO_UID`, `SUDO_GID`); the program's own user without it.
    public static var current: InvokingUser {
        // In a session the user is root, whose number is another's outside.
        if UserSession.isEntered { return InvokingUser(user: 0, group: 0, home: Program.environment("HOME") ?? "/") }
        let user = Program.environment("SUDO_UID").flatMap { UInt32($0) } ?? 0
        let group = Program.environment("SUDO_GID").flatMap { UInt32($0) } ?? 0
        // Under sudo, HOME may be root's.
        let entry = (try? File.read("/etc/passwd"))?.split(separator: "\n").lazy.map {
            $0.split(separator: ":", omittingEmptySubsequences: false)
        }.first { $0.count > 5 && $0[2] == String(user) }
        let home = entry.map { String($0[5]) } ?? Program.environment("HOME") ?? "/"
        return InvokingUser(user: user, group: group, home: home)
    }

    init(user: UInt32, group: UInt32, home: String) {
        self.user = user
        self.group = group
        self.home = home
    }

    init(_ value: Value) {
        user = UInt32(clamping: value["user"]?.int ?? 0)
        group = UInt32(clamping: value["group"]?.int ?? 0)
        home = value["home"]?.string ?? "/"
    }

    /// As it goes to the daemon.
    var value: Value { ["user": .int(Int64(user)), "group": .int(Int64(group)), "home": .string(home)] }
}

/// A lab's context in the user's own kubeconfig, put there only when asked for and taken away by `lab down`, as kind does.
///
/// `kubectl config` does the work, as the user, so that the file keeps its owner and whatever else is in it.
public struct UserKubeconfig: Sendable {
    private let paths: LabPaths
    private let owner: InvokingUser
    private let file: String

    /// The file that kubectl would write to for this user: the first of `KUBECONFIG`, else `~/.kube/config`.
    public init(_ paths: LabPaths, _ owner: InvokingUser) {
        self.paths = paths
        self.owner = owner
        let named = Program.environment("KUBECONFIG")?.split(separator: ":").first.map(String.init)
        // kubectl runs elsewhere, now and when the lab goes down.
        let folder = File.target(of: "/proc/self/cwd") ?? ""
        file = named.map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" } ?? "\(owner.home)/.kube/config"
    }

    /// The one that was merged into while the lab came up; nil if none was.
    public init?(mergedBy paths: LabPaths) {
        guard let bytes = try? File.bytes(paths.mergedKubeconfig), let value = try? Value(json: bytes),
            let file = value["file"]?.string
        else { return nil }
        self.paths = paths
        self.file = file
        owner = InvokingUser(value)
    }

    /// Adds the context `lab-NAME` and makes it the current one.
    /// - Returns: the file.
    public func merge() throws -> String {
        var record = owner.value
        record["file"] = .string(file)
        try File.write(paths.mergedKubeconfig, record.json(), mode: 0o600)
        try run(UserKubeconfig.removal + UserKubeconfig.addition, "adding the context \(paths.context) to \(file)")
        return file
    }

    /// Takes the context out again.
    public func remove() throws {
        guard File.exists(file) else { return }
        try run(UserKubeconfig.removal, "taking the context \(paths.context) out of \(file)")
    }

    /// `$1` is the user's file, `$2` the lab's, `$3` the context.
    private static let removal = """
        set -e; umask 077; mkdir -p "$(dirname "$1")"; [ -e "$1" ] || : >"$1"
        current=$(kubectl --kubeconfig="$1" config current-context 2>/dev/null || true)
        for what in context cluster; do kubectl --kubeconfig="$1" config "delete-$what" "$3" >/dev/null 2>&1 || true; done
        kubectl --kubeconfig="$1" config delete-user "$3" >/dev/null 2>&1 || true
        [ "$current" != "$3" ] || kubectl --kubeconfig="$1" config unset current-context >/dev/null

        """
    private static let addition = """
        KUBECONFIG="$1:$2" kubectl config view --flatten --raw >"$1.lab"
        cat "$1.lab" >"$1"; rm "$1.lab"
        kubectl --kubeconfig="$1" config use-context "$3" >/dev/null

        """

    private func run(_ script: String, _ doing: String) throws {
        var options = ProcessOptions(.path("/bin/sh"))
        options.arguments = ["-c", script, "sh", file, paths.kubeconfig, paths.context]
        options.environment = [
            "HOME=\(owner.home)", "PATH=\(Program.environment("PATH") ?? ContainerProgram.searchPath)",
        ]
        options.directory = "/"
        if owner.user != 0 { options.privileges = .none(user: owner.user, group: owner.group) }
        let status = try ContainerProcess.spawn(options).wait()
        guard status == .exited(0) else {
            throw LabError("\(doing) did not succeed (\(status)); kubectl must be in the PATH")
        }
    }
}
