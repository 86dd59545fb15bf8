// SPDX-License-Identifier: Apache-2.0

/// The time of day as HTTP and the log write it; a second's text is made once.
struct WallClock {
    private var second = Int.min
    /// `Sat, 21 Nov 2026 08:59:49 GMT` (RFC 9110 section 5.6.7).
    private(set) var httpDate: [UInt8] = []
    /// `2026-11-21T08:59:49`.
    private var stamp: [UInt8] = []

    /// Brings the texts up to date. Returns the time with milliseconds, for the log.
    mutating func now() -> [UInt8] {
        let time = wallTime()
        if time.seconds != second {
            second = time.seconds
            write(CivilTime(seconds: second))
        }
        var text = stamp
        text.append(".")
        text.append(decimal: time.milliseconds, width: 3)
        text.append("Z")
        return text
    }

    private mutating func write(_ time: CivilTime) {
        var clock: [UInt8] = []
        for (index, part) in [time.hour, time.minute, time.second].enumerated() {
            if index > 0 { clock.append(":") }
            clock.append(decimal: part, width: 2)
        }
        stamp = []
        stamp.append(decimal: time.year, width: 4)
        stamp.append("-")
        stamp.append(decimal: time.month, width: 2)
        stamp.append("-")
        stamp.append(decimal: time.day, width: 2)
        stamp.append("T")
        stamp += clock
        httpDate = []
        httpDate.append(time.weekdayName)
        httpDate.append(", ")
        httpDate.append(decimal: time.day, width: 2)
        httpDate.append(" \(time.monthName) ")
        httpDate.append(decimal: time.year, width: 4)
        httpDate.append(" ")
        httpDate += clock
        httpDate.append(" GMT")
    }
}

/// Seconds since 1970 as a date of the Gregorian calendar, in UTC.
struct CivilTime {
    var year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int
    private var weekday: Int

    init(seconds: Int) {
        let days = seconds / 86_400
        (hour, minute, second) = (seconds % 86_400 / 3600, seconds % 3600 / 60, seconds % 60)
        weekday = (days + 4) % 7
        // Years counted from March, so that the leap day is a year's last: eras of 400 years have 146,097 days.
        let shifted = days + 719_468
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + shifted / 146_097 * 400 + (month <= 2 ? 1 : 0)
    }

    var weekdayName: String { Self.name(weekday, in: "SunMonTueWedThuFriSat") }
    var monthName: String { Self.name(month - 1, in: "JanFebMarAprMayJunJulAugSepOctNovDec") }

    private static func name(_ index: Int, in names: String) -> String {
        String(decoding: names.utf8.dropFirst(index * 3).prefix(3), as: UTF8.self)
    }
}

/// One line a request, on standard output, each written at once.
struct RequestLog {
    private let standardOutputMayBlock = mayBlock(1)

    /// `2026-11-21T08:59:49.123Z 10.244.1.2:40112 "GET / HTTP/1.1" 200 24`.
    func write(_ request: some Sequence<UInt8>, from client: Endpoint, status: Int, length: Int, at time: [UInt8]) {
        var line = time
        line.append(" ")
        client.append(to: &line)
        line.append(" \"")
        line.append(log: request.prefix(900))
        line.append("\" ")
        line.append(decimal: status)
        line.append(" ")
        line.append(decimal: length)
        finish(&line)
    }

    /// `2026-11-21T08:59:49.123Z 10.244.1.2:40112 UDP 12`.
    func write(datagram length: Int, from client: Endpoint, at time: [UInt8]) {
        var line = time
        line.append(" ")
        client.append(to: &line)
        line.append(" UDP ")
        line.append(decimal: length)
        finish(&line)
    }

    /// Something that happens to the process, in words.
    func write(_ event: String, at time: [UInt8]) {
        var line = time
        line.append(" ")
        line.append(event)
        finish(&line)
    }

    private func finish(_ line: inout [UInt8]) {
        line.append(0x0a)
        writeWithoutWaiting(line, to: 1, mayBlock: standardOutputMayBlock)
    }
}
