// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Linux
internal import Net

/// The Service rules of a lab's namespaces in the kernel, whichever engine has them: installs them, changes them, notices
/// when someone else changed them.
struct RuleKeeper {
    var tables: TableKeeper
    var chains: ChainKeeper
    private let board: HealthBoard
    /// Namespaces that could not be put right, and how many inspections to let pass before the next try.
    private var pauses: [NamespaceName: (length: Int, left: Int)] = [:]

    /// Namespaces whose rules are left as they are, on purpose.
    var held: Set<NamespaceName> = []

    /// After so many inspections at most something that failed is tried again.
    private static let longestPause = 64

    init(_ edge: KernelEdge, _ board: HealthBoard, _ variant: IPTablesVariant?) {
        tables = TableKeeper(edge, board)
        chains = ChainKeeper(edge, board, variant)
        self.board = board
    }

    // MARK: Whole rules

    /// Makes the rules of namespaces as the plan has them, whatever is there. Those of an engine that the plan does not
    /// want any more stay: see `removeStrays`.
    mutating func install(_ names: [NamespaceName], of plan: borrowing Plan) -> [RuleNews] {
        var rulesets: [(RulePlace, Ruleset)] = []
        var iptables: [(RulePlace, IPTables)] = []
        for name in names where !held.contains(name) {
            for family in [Family.v4, .v6] {
                let place = RulePlace(name, family)
                if let ruleset = plan.namespaces[name]?.rulesets[family] { rulesets.append((place, ruleset)) }
                if let rules = plan.namespaces[name]?.iptables[family] { iptables.append((place, rules)) }
            }
        }
        let news = tables.install(rulesets) + chains.install(iptables)
        return heard(news)
    }

    /// Takes over the rules that another daemon made. Tables are compared with the plan, element by element.
    /// - Returns: the namespaces with tables that are not as they should be.
    mutating func adopt(_ plan: borrowing Plan) -> [NamespaceName] {
        var different: Set<NamespaceName> = []
        for name in plan.namespaces.keys {
            for (family, ruleset) in plan.namespaces[name]?.rulesets ?? [:] {
                let isSame = (try? tables.adopt(RulePlace(name, family), ruleset)) ?? false
                if !isSame, !held.contains(name) { different.insert(name) }
            }
            for family in plan.namespaces[name]?.iptables.keys.map(\.self) ?? [] {
                do throws(KernelError) { try chains.adopt(RulePlace(name, family)) } catch { different.insert(name) }
            }
        }
        return different.sorted()
    }

    /// What the kernels' tables have that only history explains.
    static func formerTables(
        _ edge: KernelEdge, _ plan: borrowing Plan
    ) -> [(namespace: NamespaceName, family: Family, former: Ruleset.Former)] {
        var tables: [(namespace: NamespaceName, family: Family, former: Ruleset.Former)] = []
        for name in plan.namespaces.keys {
            for (family, ruleset) in plan.namespaces[name]?.rulesets ?? [:] {
                guard let place = try? edge.place(name),
                    let socket = try? TableSocket(in: place.namespace, place: name.text)
                else { continue }
                let former = Ruleset.Former { set in
                    guard let declaration = ruleset.sets.first(where: { $0.name == set }) else { return [] }
                    let found = try? socket.elements(of: declaration, family: family, table: ruleset.table)
                    return (found ?? []).map { ($0.key, $0.value) }
                }
                tables.append((name, family, former))
            }
        }
        return tables
    }

    /// Takes away the rules of the engine that the plan does not want any more.
    mutating func removeStrays(of plan: borrowing Plan) -> [RuleNews] {
        var news: [RuleNews] = []
        for place in tables.kept.keys.sorted()
        where plan.namespaces[place.namespace]?.rulesets[place.family] == nil && !held.contains(place.namespace) {
            do throws(KernelError) { try tables.remove(place) } catch { news.append(.refused(place, part: nil, error)) }
        }
        var gone: [RulePlace] = []
        for place in chains.kept.keys.sorted()
        where plan.namespaces[place.namespace]?.iptables[place.family] == nil && !held.contains(place.namespace) {
            gone.append(place)
        }
        news += chains.remove(gone)
        // Commands of iptables may go through nf_tables; that is not someone else's doing.
        for place in gone { tables.sockets.learn(place.namespace) }
        return heard(news)
    }

    // MARK: Changes

    /// Sends what changed to all namespaces that need it. Changes of iptables wait for a round.
    mutating func commit(_ update: RuleUpdate) -> [RuleNews] {
        var update = update
        update.namespaces.removeAll(where: held.contains)
        chains.add(update)
        let news = tables.commit(update)
        return heard(news)
    }

    /// True if changes were not sent yet, or are on their way.
    var isWaiting: Bool { chains.isWaiting }

    /// Takes the changes that wait, to be sent on another thread; nil if there are none, or others are on their way.
    mutating func beginRound() -> ChainRound? { chains.begin() }

    /// Takes in how a round went.
    mutating func endRound(_ round: ChainRound) -> [RuleNews] {
        let news = chains.end(round)
        return heard(news)
    }

    /// Sends the changes that wait, and waits until they are sent.
    mutating func flush() -> [RuleNews] {
        guard chains.isWaiting else { return [] }
        let news = chains.flush()
        return heard(news)
    }

    /// Tries again what the kernel has refused.
    mutating func retry(_ plan: borrowing Plan) -> [RuleNews] {
        let news = tables.retry() + chains.retry(plan)
        return heard(news)
    }

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
            .union(chains.kept.filter { $0.value.isBehind || !$0.value.withheld.isEmpty }.keys)
    }

    /// True if the kernel lacks something that it should have.
    var isBehind: Bool {
        tables.kept.values.contains { $0.isBehind || !$0.withheld.isEmpty }
            || chains.isWaiting || chains.kept.values.contains { $0.isBehind || !$0.withheld.isEmpty }
    }

    /// What kernels refused, a line each.
    var lacks: [String] {
        var lines: [String] = []
        for (place, kept) in tables.kept {
            for (part, withheld) in kept.withheld {
                lines.append("the rules of \(place) lack \(part): \(withheld.error)")
            }
        }
        for (place, kept) in chains.kept {
            for (part, withheld) in kept.withheld {
                lines.append("the rules of \(place) lack \(part): \(withheld.error)")
            }
        }
        return lines.sorted()
    }

    /// The namespaces whose rules were changed by someone else, or are to be made anew for another reason.
    mutating func disturbed(_ plan: borrowing Plan) -> [NamespaceName] {
        let behind = tables.kept.filter(\.value.isBehind).map(\.key.namespace)
        return Set(tables.disturbed + behind + chains.disturbed(plan)).subtracting(held).sorted().filter { name in
            guard let pause = pauses[name], pause.left > 0 else { return true }
            pauses[name]?.left -= 1
            return false
        }
    }

    /// What of a namespace's iptables rules is not as the plan has it, chain by chain.
    func chainDifferences(_ name: NamespaceName, from plan: borrowing Plan) throws(KernelError) -> [String] {
        var differences: [String] = []
        for (family, iptables) in plan.namespaces[name]?.iptables ?? [:] {
            guard let restore = chains.kept[RulePlace(name, family)]?.restore else { continue }
            differences += try restore.observe().differences(from: restore.expected(iptables))
        }
        return differences
    }

    /// True if the rules of a namespace are not the plan's. Large tables are not read: whoever changed something there
    /// has most likely changed the lab's.
    func isDifferent(_ name: NamespaceName, from plan: borrowing Plan) -> Bool {
        guard let rulesets = plan.namespaces[name]?.rulesets, !rulesets.isEmpty else { return true }
        for (family, ruleset) in rulesets {
            guard ruleset.parts.count < 1000, let socket = tables.kept[RulePlace(name, family)]?.socket else {
                return true
            }
            var comparison = RuleComparison()
            do throws(KernelError) { try comparison.compare(ruleset, socket, name) } catch { return true }
            if !comparison.differences.isEmpty { return true }
        }
        return false
    }

    /// Notes how the repair of a namespace went: one that fails is tried less and less often.
    mutating func repaired(_ name: NamespaceName, _ isDone: Bool) {
        guard !isDone else {
            pauses[name] = nil
            return board.setBehind(behind)
        }
        let length = min(2 * (pauses[name]?.length ?? 1), RuleKeeper.longestPause)
        pauses[name] = (length, length)
    }
}
