// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials

/// The moment as the header field `Date` has it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
struct HTTPDate {
    private var second = Int64.min
    private var text = ""

    /// The text for now, which is made anew each second only.
    mutating func now() -> String {
        let now = Int64(Date.now.timeIntervalSince1970)
        if now != second {
            second = now
            text = HTTPDate.text(now)
        }
        return text
    }

    /// The text for a number of seconds since 1970.
    static func text(_ seconds: Int64) -> String {
        let (days, rest) = (seconds / 86_400, seconds % 86_400)
        let (year, month, day) = date(days)
        // The first of January 1970 was a Thursday.
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(days % 7)]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let time = [rest / 3600, rest / 60 % 60, rest % 60].map(twoDigits).joined(separator: ":")
        return "\(weekday), \(twoDigits(day)) \(months[Int(month) - 1]) \(year) \(time) GMT"
    }

    /// Year, month and day of a number of days since 1970: a year that begins in March has its odd day at its end.
    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let (era, ofEra) = (shifted / 146_097, shifted % 146_097)
        let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * month + 2) / 5 + 1
        return (era * 400 + year + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9, day)
    }

    private static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
