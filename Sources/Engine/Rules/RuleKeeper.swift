// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Linux
internal import Net

/// The Service rules of a lab's namespaces in the kernel, whichever engine has them: installs them, changes them, notices
/// when someone else changed them.
struct RuleKeeper {
    private var tables: TableKeeper
    private let board: HealthBoard
    /// Namespaces that could not be put right, and how many inspections to let pass before the next try.
    private var pauses: [NamespaceName: (length: Int, left: Int)] = [:]

    /// After so many inspections at most something that failed is tried again.
    private static let longestPause = 64

    init(_ edge: KernelEdge, _ board: HealthBoard) {
        tables = TableKeeper(edge, board)
        self.board = board
    }

    // MARK: Whole rules

    /// Makes the rules of namespaces as the plan has them, whatever is there.
    mutating func install(_ names: [NamespaceName], of plan: borrowing Plan) -> [RuleNews] {
        var rulesets: [(RulePlace, Ruleset)] = []
        for name in names {
            for (family, ruleset) in (plan.namespaces[name]?.rulesets ?? [:]).sorted(by: { $0.key.text < $1.key.text })
            {
                rulesets.append((RulePlace(name, family), ruleset))
            }
        }
        return heard(tables.install(rulesets))
    }

    // MARK: Changes

    /// Sends what changed to all namespaces that need it.
    mutating func commit(_ update: RuleUpdate) -> [RuleNews] { heard(tables.commit(update)) }

    /// Tries again what the kernel has refused.
    mutating func retry() -> [RuleNews] { heard(tables.retry()) }

    /// Keeps the health board up to date with what the kernel does not take.
    private func heard(_ news: [RuleNews]) -> [RuleNews] {
        guard !news.isEmpty else { return news }
        for case .refused(let place, _, _) in news { board.refused(place) }
        board.setBehind(behind)
        return news
    }

    // MARK: What is wrong

    /// The rules of which the kernel lacks something.
    private var behind: Set<RulePlace> {
        Set(tables.kept.filter { $0.value.isBehind || !$0.value.withheld.isEmpty }.keys)
    }

    /// True if the kernel lacks something that it should have.
    var isBehind: Bool { tables.kept.values.contains { $0.isBehind || !$0.withheld.isEmpty } }

    /// The namespaces whose rules were changed by someone else, or are to be made anew for another reason.
    mutating func disturbed() -> [NamespaceName] {
        let behind = tables.kept.filter(\.value.isBehind).map(\.key.namespace)
        return Set(tables.sockets.disturbed + behind).sorted().filter { name in
            guard let pause = pauses[name], pause.left > 0 else { return true }
            pauses[name]?.left -= 1
            return false
        }
    }

    /// Notes how the repair of a namespace went: one that fails is tried less and less often.
    mutating func repaired(_ name: NamespaceName, _ isDone: Bool) {
        guard !isDone else {
            pauses[name] = nil
            return
        }
        let length = min(2 * (pauses[name]?.length ?? 1), RuleKeeper.longestPause)
        pauses[name] = (length, length)
    }
}
