// SPDX-License-Identifier: Apache-2.0

/// What turns one namespace's rules into others, as a reader of both would mark it.
///
/// Lines are held against each other as the kernel has them: a reason that has moved to another line of its file is no
/// difference.
public struct RuleDifference: Sendable, Hashable {
    /// One line that goes or comes.
    public struct Change: Sendable, Hashable {
        /// True for a line that comes.
        public var isAdded: Bool
        /// The line.
        public var line: RuleLine

        /// Puts one together from its parts.
        public init(isAdded: Bool, _ line: RuleLine) {
            self.isAdded = isAdded
            self.line = line
        }
    }

    /// The changes of one chain, set or map.
    public struct Section: Sendable, Hashable {
        /// The table, as `ip lab`.
        public var table: String
        /// Where in the table, as `map service-ips`.
        public var place: String
        /// The changes in the order of the lines.
        public var changes: [Change]
    }

    /// The places that differ, in the order of the listings.
    public var sections: [Section] = []

    /// Compares two listings of the same namespace.
    public init(from old: RuleListing, to new: RuleListing) {
        let (before, after) = (old.places, new.places)
        for place in after.order + before.order.filter({ after.lines[$0] == nil }) {
            let changes = RuleDifference.changes(from: before.lines[place] ?? [], to: after.lines[place] ?? [])
            guard !changes.isEmpty else { continue }
            sections.append(Section(table: place.table, place: place.name, changes: changes))
        }
    }

    private static func changes(from old: [RuleLine], to new: [RuleLine]) -> [Change] {
        let isWhole = old.isEmpty || new.isEmpty
        let (olds, news) = (old.filter { isWhole || $0.isContent }, new.filter { isWhole || $0.isContent })
        guard !isWhole else {
            return olds.map { Change(isAdded: false, $0) } + news.map { Change(isAdded: true, $0) }
        }
        return olds.first?.kind == .rule || news.first?.kind == .rule
            ? inOrder(olds, news) : byKey(olds, news)
    }

    /// Elements have no order: one that has another value now stands beside what it was.
    private static func byKey(_ olds: [RuleLine], _ news: [RuleLine]) -> [Change] {
        let (before, after) = (Set(olds.map(\.text)), Set(news.map(\.text)))
        let come = news.filter { !before.contains($0.text) }
        var successors = Dictionary(come.map { ($0.key, $0) }) { first, _ in first }
        var changes: [Change] = []
        for line in olds where !after.contains(line.text) {
            changes.append(Change(isAdded: false, line))
            if let successor = successors.removeValue(forKey: line.key) {
                changes.append(Change(isAdded: true, successor))
            }
        }
        return changes + come.filter { successors[$0.key] != nil }.map { Change(isAdded: true, $0) }
    }

    /// More lines than this are not aligned with each other: who comes and who goes is told, without the order.
    private static let alignedLimit = 1000

    /// Of rules the order counts.
    private static func inOrder(_ olds: [RuleLine], _ news: [RuleLine]) -> [Change] {
        let start = zip(olds, news).prefix { $0.text == $1.text }.count
        let most = min(olds.count, news.count) - start
        let end = zip(olds.reversed(), news.reversed()).prefix(most).prefix { $0.text == $1.text }.count
        let (left, right) = (Array(olds[start..<olds.count - end]), Array(news[start..<news.count - end]))
        guard left.count + right.count <= alignedLimit else {
            let changes = byKey(left, right)
            return changes.isEmpty
                ? left.map { Change(isAdded: false, $0) } + right.map { Change(isAdded: true, $0) } : changes
        }
        let difference = right.difference(from: left) { $0.text == $1.text }
        let gone = Set(
            difference.removals.compactMap { if case .remove(let offset, _, _) = $0 { offset } else { nil } })
        let come = Set(
            difference.insertions.compactMap { if case .insert(let offset, _, _) = $0 { offset } else { nil } })
        return merge(left, right, gone, come)
    }

    private static func merge(
        _ left: [RuleLine], _ right: [RuleLine], _ gone: Set<Int>, _ come: Set<Int>
    ) -> [Change] {
        var changes: [Change] = []
        var (old, new) = (0, 0)
        while old < left.count || new < right.count {
            if gone.contains(old) {
                changes.append(Change(isAdded: false, left[old]))
                old += 1
            } else if come.contains(new) {
                changes.append(Change(isAdded: true, right[new]))
                new += 1
            } else {
                (old, new) = (old + 1, new + 1)
            }
        }
        return changes
    }
}

extension RuleLine {
    fileprivate var isContent: Bool { kind != .frame }
}

extension RuleListing {
    fileprivate struct Place: Hashable {
        var table: String
        var name: String
    }

    /// The lines by where they stand; the tables' own braces are left out.
    fileprivate var places: (order: [Place], lines: [Place: [RuleLine]]) {
        var order: [Place] = []
        var places: [Place: [RuleLine]] = [:]
        for line in lines where !line.place.isEmpty {
            let place = Place(table: line.table, name: line.place)
            if places[place] == nil { order.append(place) }
            places[place, default: []].append(line)
        }
        return (order, places)
    }
}
