// SPDX-License-Identifier: Apache-2.0

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in whole seconds, as `2026-11-21T01:22:09Z`: what `metav1.Time` writes.
    public var description: String { text(fraction: "") }

    /// RFC 3339 in microseconds, as `2026-11-21T01:22:09.000000Z`: what `metav1.MicroTime` writes.
    public var microText: String { text(fraction: "." + Self.pad(Int64(nanoseconds / 1000), 6)) }

    /// RFC 3339 in nanoseconds, as `2026-11-21T01:22:09.000000000Z`: what the lines of a log begin with when asked for.
    public var nanosecondText: String { text(fraction: "." + Self.pad(Int64(nanoseconds), 9)) }

    private func text(fraction: String) -> String {
        let second = ((seconds % 86400) + 86400) % 86400
        let (year, month, day) = Self.date(days: (seconds - second) / 86400)
        let date = "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(day, 2))"
        let clock = [second / 3600, second / 60 % 60, second % 60].map { Self.pad($0, 2) }.joined(separator: ":")
        return "\(date)T\(clock)\(fraction)Z"
    }

    private static func pad(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// The civil date so many days after 1970-01-01, in the Gregorian calendar counted back without end.
    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // Years begin in March here, so that the day that comes and goes is the last of a year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
    }

    fileprivate static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Timestamp: LosslessStringConvertible {
    /// Reads RFC 3339: `2026-11-21T01:22:09Z`, with a fraction or with an offset as `+01:00` if need be.
    public init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard let year = rest.number(4), rest.skip("-"), let month = rest.number(2), rest.skip("-"),
            let day = rest.number(2), rest.skip("T"), let hour = rest.number(2), rest.skip(":"),
            let minute = rest.number(2), rest.skip(":"), let second = rest.number(2),
            1...12 ~= month, 1...31 ~= day, 0...23 ~= hour, 0...59 ~= minute, 0...60 ~= second,
            let nanoseconds = rest.fraction(), let offset = rest.offset(), rest.isEmpty
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        self.init(
            seconds: days * 86400 + hour * 3600 + minute * 60 + second - offset, nanoseconds: nanoseconds)
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func number(_ digits: Int) -> Int64? {
        guard count >= digits, prefix(digits).allSatisfy({ 48...57 ~= $0 }) else { return nil }
        defer { removeFirst(digits) }
        return prefix(digits).reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    fileprivate mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard first == UInt8(ascii: character) else { return false }
        removeFirst()
        return true
    }

    fileprivate mutating func fraction() -> Int32? {
        guard skip(".") else { return 0 }
        let digits = prefix { 48...57 ~= $0 }
        guard !digits.isEmpty else { return nil }
        removeFirst(digits.count)
        var result: Int32 = 0
        for place in 0..<9 {
            result = result * 10 + (place < digits.count ? Int32(digits[digits.startIndex + place] - 48) : 0)
        }
        return result
    }

    fileprivate mutating func offset() -> Int64? {
        if skip("Z") { return 0 }
        let sign: Int64 = first == UInt8(ascii: "-") ? -1 : 1
        guard skip("+") || skip("-"), let hours = number(2), skip(":"), let minutes = number(2) else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
