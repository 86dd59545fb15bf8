// SPDX-License-Identifier: Apache-2.0

/// The users that this program may become. The corresponding files are `/proc/self/uid_map` and `/proc/self/setgroups`.
struct UserTable {
    private var ranges: [ClosedRange<UInt64>] = []

    /// The users of the user namespace that this program is in; none where groups may not be left.
    static var current: UserTable {
        let groups = (try? File.read("/proc/self/setgroups")) ?? "allow"
        guard groups.hasPrefix("allow"), let map = try? File.read("/proc/self/uid_map") else { return UserTable("") }
        return UserTable(map)
    }

    /// The groups of the user namespace that this program is in.
    static var groups: UserTable { UserTable((try? File.read("/proc/self/gid_map")) ?? "") }

    /// A range `FIRST LAST`, made no larger than the numbers that are there.
    func fitted(_ text: String) -> String {
        let bounds = text.split(separator: " ").compactMap { UInt64($0) }
        // Ranges that follow one another are as one.
        var known: ClosedRange<UInt64>?
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let before = known else {
                known = range
                continue
            }
            guard range.lowerBound <= before.upperBound + 1 else { break }
            known = before.lowerBound...max(before.upperBound, range.upperBound)
        }
        guard bounds.count == 2, let known else { return text }
        return "\(max(bounds[0], known.lowerBound)) \(min(bounds[1], known.upperBound))"
    }

    /// Reads the lines `inside outside count`; others are left out.
    init(_ map: String) {
        ranges = map.split(separator: "\n").compactMap { line in
            let numbers = line.split(separator: " ").compactMap { UInt64($0) }
            guard numbers.count == 3, numbers[2] > 0 else { return nil }
            return numbers[0]...(numbers[0] + numbers[2] - 1)
        }
    }

    func holds(_ user: UInt64) -> Bool { ranges.contains { $0.contains(user) } }
}
