// SPDX-License-Identifier: Apache-2.0

/// Guesses at what a mistyped word was meant to be.
public enum Suggestion {
    /// The candidate that needs the fewest changes of a letter, at most a third of its length; nil if none is that
    /// close.
    public static func closest(to word: String, among candidates: some Sequence<String>) -> String? {
        let letters = Array(word.lowercased().utf8.prefix(64))
        var best: (distance: Int, text: String)?
        for candidate in candidates {
            let distance = distance(letters, Array(candidate.lowercased().utf8))
            guard distance <= max(1, candidate.utf8.count / 3) else { continue }
            if let best, (best.distance, best.text) <= (distance, candidate) { continue }
            best = (distance, candidate)
        }
        return best?.text
    }

    /// How many letters must be added, dropped, replaced or swapped with their neighbour.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var row = [i + 1]
            for (j, other) in right.enumerated() {
                var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == right[j - 1], left[i - 1] == other {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[right.count]
    }
}
