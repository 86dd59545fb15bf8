// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The kernel's settings below `/proc/sys/net`, of which each namespace has its own.
public enum Sysctl {
    /// Which groups may open a socket for pings: two numbers, which the kernel refuses if either is no group here.
    private static let groupRange = "ipv4/ping_group_range"

    /// Writes settings of a namespace, on a short thread that enters it.
    /// - Parameter settings: path below `/proc/sys/net` to value: `ipv4/ip_forward` to `1`.
    public static func write(_ settings: [String: String], in namespace: NetworkNamespace) throws(KernelError) {
        guard !settings.isEmpty else { return }
        try namespace.enter { () throws(KernelError) in try write(settings) }
    }

    /// Writes settings of the calling thread's namespace, in the order of their paths.
    public static func write(_ settings: [String: String]) throws(KernelError) {
        for (path, wanted) in settings.sorted(by: { $0.key < $1.key }) {
            let value = path == groupRange ? UserTable.groups.fitted(wanted) : wanted
            let file = try Descriptor.open("/proc/sys/net/" + path, O_WRONLY)
            _ = try check("setting net/\(path) to \(value)", "write") {
                unsafe Glibc.write(file.raw, value, value.utf8.count)
            }
        }
    }

    /// Reads a setting of the calling thread's namespace, without the line's end.
    public static func read(_ path: String) throws(KernelError) -> String {
        let file = try Descriptor.open("/proc/sys/net/" + path)
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = try check("reading net/\(path)", "read") {
            unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(file.raw, $0.baseAddress, $0.count) }
        }
        return String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
