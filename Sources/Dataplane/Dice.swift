// SPDX-License-Identifier: Apache-2.0

/// The draws of one journey, and the way to the next: like the wheels of a counter, the last one turns first.
struct Dice {
    private struct Draw {
        var value: UInt32
        var cases: UInt32
        /// The share of the case 0, for draws whose two cases are not equally likely.
        var share: Probability?

        var probability: Probability {
            guard let share else { return Probability(1, of: UInt64(cases)) }
            return value == 0 ? share : share.complement
        }
    }

    private var draws: [Draw] = []
    private var position = 0

    /// The next draw among so many equally likely cases.
    mutating func draw(_ cases: UInt32) -> UInt32 { next(Draw(value: 0, cases: cases)) }

    /// The next draw among yes, which has the share, and no. What is certain is not drawn.
    mutating func happens(_ share: Probability) -> Bool {
        if share.numerator == 0 { return false }
        if share.numerator >= share.denominator { return true }
        return next(Draw(value: 0, cases: 2, share: share)) == 0
    }

    private mutating func next(_ first: Draw) -> UInt32 {
        if position == draws.count { draws.append(first) }
        defer { position += 1 }
        return draws[position].value
    }

    /// Sets the draws of the next journey; false after the last.
    mutating func advance() -> Bool {
        position = 0
        while var last = draws.popLast() {
            guard last.value + 1 >= last.cases else {
                last.value += 1
                draws.append(last)
                return true
            }
        }
        return false
    }

    /// The share of all journeys that has these draws.
    var probability: Probability { draws.reduce(.certain) { $0 * $1.probability } }
}
