// SPDX-License-Identifier: Apache-2.0
internal import CLinux

/// What keeps users of this machine who are not root from making namespaces, and who can change that and how.
public enum SessionObstacle {
    /// One setting in the way.
    public struct Found: Sendable, Hashable {
        /// The setting, as it stands: `user.max_user_namespaces = 0`.
        public var setting: String
        /// What to do about it.
        public var remedy: String
    }

    private struct Setting {
        var name: String
        /// The value that forbids it.
        var forbidding: String
        var remedy: String
    }

    private static let settings = [
        Setting(
            name: "kernel.unprivileged_userns_clone", forbidding: "0",
            remedy: "as root: sysctl -w kernel.unprivileged_userns_clone=1"),
        Setting(
            name: "user.max_user_namespaces", forbidding: "0",
            remedy: "as root: sysctl -w user.max_user_namespaces=15000"),
        Setting(
            name: "user.max_net_namespaces", forbidding: "0",
            remedy: "as root: sysctl -w user.max_net_namespaces=15000"),
        Setting(
            name: "user.max_mnt_namespaces", forbidding: "0",
            remedy: "as root: sysctl -w user.max_mnt_namespaces=15000"),
        Setting(
            name: "kernel.apparmor_restrict_unprivileged_userns", forbidding: "1",
            remedy: "as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, "
                + "or an AppArmor profile for lab that allows userns"),
    ]

    /// Everything that is in the way here; empty where the kernel's settings allow it.
    public static func all() -> [Found] {
        var found = settings.compactMap { setting -> Found? in
            let path = "/proc/sys/" + setting.name.replacing(".", with: "/")
            guard let value = try? File.read(path).trimmingNewline, value == setting.forbidding else { return nil }
            return Found(setting: "\(setting.name) = \(value)", remedy: setting.remedy)
        }
        if !File.exists("/proc/self/ns/user") {
            found.append(
                Found(setting: "no user namespaces", remedy: "a kernel with CONFIG_USER_NS, and /proc mounted"))
        }
        if isFiltered {
            found.append(
                Found(
                    setting: "a seccomp filter, as containers have",
                    remedy: "start the container with --security-opt seccomp=unconfined --security-opt "
                        + "apparmor=unconfined --security-opt systempaths=unconfined"))
        }
        if unsafe lab_is_mount_point("/") == 0 {
            found.append(Found(setting: "a chroot", remedy: "leave it: in a chroot the kernel makes no user namespace"))
        }
        return found
    }

    /// The sentence for an error with which entering a session ended.
    public static func explain(_ error: KernelError) -> String {
        let found = all()
        guard !found.isEmpty else { return "\(error)\n  lab doctor says more; or, as root: sudo lab …" }
        return "\(error)\n" + found.map { "  \($0.setting): \($0.remedy)" }.joined(separator: "\n")
    }

    /// The corresponding line is `Seccomp` of `/proc/self/status`: 2 for a filter.
    private static var isFiltered: Bool {
        let lines = ((try? File.read("/proc/self/status")) ?? "").split(separator: "\n")
        return lines.first { $0.hasPrefix("Seccomp:") }?.hasSuffix("2") ?? false
    }
}
