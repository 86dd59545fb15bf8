// SPDX-License-Identifier: Apache-2.0

/// The mounts that this thread sees, and which of them a container gets. The corresponding file is `mountinfo`.
struct MountTable {
    struct Entry: Hashable {
        var path: String
        var type: String
    }

    var entries: [Entry]

    /// Reads the lines `36 35 98:0 / /mnt rw,noatime master:1 - ext4 /dev/sda1 rw`; others are left out.
    init(_ text: String) {
        entries = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"), dash + 1 < fields.count else {
                return nil
            }
            return Entry(path: MountTable.unescaped(fields[4]), type: String(fields[dash + 1]))
        }
    }

    static func current() throws(KernelError) -> MountTable {
        // A thread may see other mounts than the program's first one.
        MountTable(try File.read("/proc/thread-self/mountinfo"))
    }

    /// File systems that hold files of the host's, outermost first, without `/` itself.
    ///
    /// Left out are the kernel's own, those that automount, those that belong to one user or to containers, and
    /// whatever is below a folder that containers do not see. At most 64: each costs every container a microsecond.
    var hostFileSystems: [String] {
        let paths = Set(entries.filter { $0.path != "/" && MountTable.holdsFiles($0) }.map(\.path))
        let sorted = paths.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
        return Array(sorted.prefix(64))
    }

    private static func holdsFiles(_ entry: Entry) -> Bool {
        !kernelTypes.contains(entry.type) && !entry.type.hasPrefix("fuse.")
            && !hidden.contains { entry.path == $0 || entry.path.hasPrefix($0 + "/") }
    }

    private static let kernelTypes: Set<String> = [
        "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
        "fusectl", "hugetlbfs", "mqueue", "nsfs", "proc", "pstore", "ramfs", "rpc_pipefs", "securityfs", "squashfs",
        "sysfs", "tracefs",
    ]

    private static let hidden = [
        "/dev", "/proc", "/run", "/sys", "/tmp", "/var/run", "/var/lock", "/var/tmp", "/snap", "/var/snap",
        "/var/lib/containerd", "/var/lib/containers", "/var/lib/docker", "/var/lib/kubelet", "/var/lib/lxc",
        "/var/lib/lxd", "/var/lib/incus", "/var/lib/nfs", "/var/lib/rancher", "/var/lib/snapd",
    ]

    /// A path without the kernel's octal escapes of blank, tab, line end and backslash.
    static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let value = UInt8(String(Substring(digits)), radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
