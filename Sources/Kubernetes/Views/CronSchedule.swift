// SPDX-License-Identifier: Apache-2.0

/// When a CronJob's turn comes: minute, hour, day of month, month and day of week, as cron writes them, in UTC.
public struct CronSchedule: Sendable, Hashable {
    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let days: Set<Int>
    private let months: Set<Int>
    private let weekdays: Set<Int>
    /// With both kinds of days narrowed down, either is enough.
    private let isEitherDay: Bool

    private static let shorthands = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]
    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// Reads a schedule; nil if it is none.
    public init?(_ text: String) {
        let fields = (Self.shorthands[text] ?? text).split(separator: " ").map { $0.lowercased() }
        guard fields.count == 5, let minutes = Self.values(fields[0], 0...59),
            let hours = Self.values(fields[1], 0...23), let days = Self.values(fields[2], 1...31),
            let months = Self.values(fields[3], 1...12, names: Self.monthNames, firstName: 1),
            let weekdays = Self.values(fields[4], 0...7, names: Self.dayNames, firstName: 0)
        else { return nil }
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.months = months
        self.weekdays = Set(weekdays.map { $0 % 7 })
        func isNarrow(_ field: String) -> Bool { !field.hasPrefix("*") && !field.hasPrefix("?") }
        isEitherDay = isNarrow(fields[2]) && isNarrow(fields[4])
    }

    /// One field: `*`, `5`, `1-5`, `*/15`, `1-30/2`, and several of these with commas.
    private static func values(
        _ field: String, _ range: ClosedRange<Int>, names: [String] = [], firstName: Int = 0
    ) -> Set<Int>? {
        func number(_ text: Substring) -> Int? {
            if let place = names.firstIndex(of: String(text)) { return place + firstName }
            guard let number = Int(text), range.contains(number) else { return nil }
            return number
        }
        var found: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let span = pieces.first, let step = pieces.count == 2 ? Int(pieces[1]) : 1, step > 0 else {
                return nil
            }
            var bounds = (range.lowerBound, range.upperBound)
            if span != "*", span != "?" {
                let ends = span.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(number)
                guard let low = ends[0] else { return nil }
                guard let high = ends.count == 2 ? ends[1] : pieces.count == 2 ? range.upperBound : low, low <= high
                else { return nil }
                bounds = (low, high)
            }
            found.formUnion(stride(from: bounds.0, through: bounds.1, by: step))
        }
        return found
    }

    /// The first moment after another one that the schedule names; nil if there is none within five years.
    public func next(after moment: Timestamp) -> Timestamp? {
        let minute: Int64 = 60
        let day: Int64 = 86400
        var second = (moment.seconds / minute + 1) * minute
        let end = moment.seconds + 5 * 366 * day
        while second <= end {
            guard let date = CalendarDate(second: second) else { return nil }
            if !months.contains(date.month) || !isRightDay(date) {
                second = (second / day + 1) * day
            } else if !hours.contains(Int(second % day / 3600)) {
                second = (second / 3600 + 1) * 3600
            } else if !minutes.contains(Int(second % 3600 / minute)) {
                second += minute
            } else {
                return Timestamp(seconds: second)
            }
        }
        return nil
    }

    private func isRightDay(_ date: CalendarDate) -> Bool {
        let (isDay, isWeekday) = (days.contains(date.day), weekdays.contains(date.weekday))
        return isEitherDay ? isDay || isWeekday : isDay && isWeekday
    }
}

/// The parts of a day's date that a schedule asks for.
private struct CalendarDate {
    let month: Int
    let day: Int
    /// 0 is Sunday.
    let weekday: Int

    init?(second: Int64) {
        // The text of a moment begins with its date.
        let parts = Timestamp(seconds: second).description.prefix(10).split(separator: "-")
        guard parts.count == 3, let month = Int(parts[1]), let day = Int(parts[2]), second >= 0 else { return nil }
        self.month = month
        self.day = day
        weekday = Int((second / 86400 + 4) % 7)
    }
}
