// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Durations in few characters: `45s`, `3m20s`, `5h`, `12d`. The corresponding Go function is `duration.HumanDuration`.
enum HumanDuration {
    /// The time between two moments. A clock that is a second behind still gives `0s`; more gives `<invalid>`.
    static func text(from start: Timestamp, to end: Timestamp) -> String {
        let milliseconds = end.milliseconds - start.milliseconds
        let seconds = milliseconds / 1000
        if seconds < -1 { return "<invalid>" }
        return text(seconds: max(0, seconds))
    }

    /// A number of seconds, in units as large as two or three digits allow.
    static func text(seconds: Int64) -> String {
        if seconds < 120 { return "\(seconds)s" }
        let minutes = seconds / 60
        if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        let hours = minutes / 60
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        let days = hours / 24
        if hours < 192 { return pair(days, "d", hours % 24, "h") }
        if days < 730 { return "\(days)d" }
        if days < 2920 { return pair(days / 365, "y", days % 365, "d") }
        return "\(days / 365)y"
    }

    private static func pair(_ large: Int64, _ unit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(unit)" : "\(large)\(unit)\(small)\(smallUnit)"
    }
}
