// SPDX-License-Identifier: Apache-2.0

/// A moment: seconds and nanoseconds since 1970 in UTC. The corresponding Go types are `metav1.Time` and `MicroTime`.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Seconds since 1970.
    public var seconds: Int64
    /// From 0 to 999,999,999, also before 1970.
    public var nanoseconds: Int32

    /// Puts one together from its parts.
    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// A moment by its milliseconds since 1970.
    public init(milliseconds: Int64) {
        let rest = ((milliseconds % 1000) + 1000) % 1000
        self.init(seconds: (milliseconds - rest) / 1000, nanoseconds: Int32(rest) * 1_000_000)
    }

    /// Whole milliseconds since 1970.
    public var milliseconds: Int64 { seconds * 1000 + Int64(nanoseconds) / 1_000_000 }

    /// The moment so many milliseconds later.
    public func advanced(milliseconds: Int64) -> Timestamp {
        var later = Timestamp(milliseconds: self.milliseconds + milliseconds)
        later.nanoseconds += nanoseconds % 1_000_000
        return later
    }

    /// Earlier comes first.
    public static func < (left: Self, right: Self) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}
