// SPDX-License-Identifier: Apache-2.0

/// The computer that the lab runs on, as far as a Node's status tells of one. All nodes of a lab share it, and each says
/// that it has all of it, since nothing divides it among them.
public struct Machine: Sendable, Hashable {
    /// What `uname -r` prints; empty if unknown.
    public var kernelVersion = ""
    /// The distribution's name and version; empty if unknown.
    public var osImage = ""
    /// How many processors there are; 0 if unknown.
    public var processors = 0
    /// The memory in units of 1024 bytes; 0 if unknown.
    public var memory = 0
    /// The installation, as `/etc/machine-id` has it; empty if unknown.
    public var machineID = ""
    /// The run of the kernel, as `/proc/sys/kernel/random/boot_id` has it; empty if unknown.
    public var bootID = ""

    /// The processors' architecture, as Go's `GOARCH` names it: the one that the lab was built for.
    public static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "amd64"
        #endif
    }

    /// A computer of which nothing is known.
    public init() {}

    /// What the texts of some files say; what a text does not say stays unknown.
    ///
    /// - Parameters:
    ///   - osRelease: the text of `/etc/os-release`.
    ///   - processors: the text of `/sys/devices/system/cpu/online`, as `0-3,6`.
    ///   - memory: the text of `/proc/meminfo`.
    public init(osRelease: String, processors: String, memory: String) {
        osImage = Self.osImage(osRelease)
        self.processors = Self.count(processors)
        let total = Self.line(memory, "MemTotal:")?.split(separator: " ").first.flatMap { Int($0) }
        self.memory = max(0, total ?? 0)
    }

    private static func line(_ text: String, _ start: String) -> Substring? {
        text.split(separator: "\n").first { $0.hasPrefix(start) }?.dropFirst(start.count)
    }

    private static func osImage(_ text: String) -> String {
        let name = line(text, "PRETTY_NAME=") ?? ""
        return String(name.filter { $0 != "\"" && $0 != "'" })
    }

    /// How many numbers a list of ranges has.
    private static func count(_ ranges: String) -> Int {
        ranges.split { $0 == "," || $0.isWhitespace }.reduce(0) { sum, range in
            let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
            guard let first = ends.first, let last = ends.last, 0...4095 ~= first, first...4095 ~= last else {
                return sum
            }
            return sum + last - first + 1
        }
    }
}
