// SPDX-License-Identifier: Apache-2.0

extension ProcessTable {
    /// A process as `/proc` shows it, by which a program that comes later knows what an earlier one started.
    public struct Appearance: Sendable {
        /// Its parent's number, as this program sees it; 0 if the parent is not seen.
        public var parent: Int32
        /// True for the first process of a PID namespace within this program's.
        public var isFirst: Bool
        /// The environment that it was started with, as `NAME=VALUE`.
        public var environment: [String]

        /// The last value of a name in the environment.
        public func value(_ name: String) -> String? {
            environment.last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
        }
    }

    /// How a process appears; nil if it is gone or about to be. The corresponding files are `/proc/PID/status` and
    /// `/proc/PID/environ`.
    public static func appearance(of pid: Int32) -> Appearance? {
        guard let status = try? File.read("/proc/\(pid)/status"),
            let environment = try? File.bytes("/proc/\(pid)/environ"),
            !environment.isEmpty
        else { return nil }
        func numbers(_ field: String) -> [Int32] {
            let line = status.split(separator: "\n").first { $0.hasPrefix(field) }
            return (line?.split { $0 == "\t" || $0 == " " }.dropFirst() ?? []).compactMap { Int32($0) }
        }
        let own = numbers("NSpid:")
        return Appearance(
            parent: numbers("PPid:").first ?? 0, isFirst: own.count > 1 && own.last == 1,
            environment: environment.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
    }
}

extension ChildProcess {
    /// The pipe that the process writes its output to, opened for reading; nil if its output is none. For a reader that comes
    /// after the one that is gone. The corresponding file is `/proc/PID/fd/1`.
    public var outputPipe: SharedDescriptor? {
        let path = "/proc/\(pid)/fd/1"
        guard File.target(of: path)?.hasPrefix("pipe:") == true, let pipe = try? Descriptor.open(path) else {
            return nil
        }
        return SharedDescriptor(pipe)
    }
}

extension PodNamespaces {
    /// The namespaces of a process that was found.
    public static func of(_ process: ChildProcess) throws(KernelError) -> PodNamespaces {
        PodNamespaces(
            try Descriptor.open("/proc/\(process.pid)/ns/uts"), try Descriptor.open("/proc/\(process.pid)/ns/ipc"))
    }
}
