// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Linux
internal import Net

/// The iptables rules of a lab's nodes, which `iptables-restore` writes.
///
/// A program that is started for each change takes its time, so changes wait until `flush`, which sends all that came
/// meanwhile as one. What the kernel refuses is kept apart by part, as with tables.
struct ChainKeeper {
    /// What the lab knows of one family's rules on one node.
    struct Kept {
        let restore: IPTablesRestore
        /// What was not sent yet, in order.
        var waiting: [ChainPiece] = []
        /// The chains of refused parts, which are not all as the plan has them, and what was said of each part.
        var withheld: [String: (chains: Set<IPTablesChainName>, error: KernelError)] = [:]
        /// True after a whole installation was refused.
        var isBehind = false
    }

    private(set) var kept: [RulePlace: Kept] = [:]
    private let edge: KernelEdge
    private let board: HealthBoard
    private var variant: IPTablesVariant?

    init(_ edge: KernelEdge, _ board: HealthBoard, _ variant: IPTablesVariant?) {
        self.edge = edge
        self.board = board
        self.variant = variant
    }

    // MARK: Whole rules

    /// Makes the rules as they should be, whatever is there.
    mutating func install(_ rules: [(RulePlace, IPTables)]) -> [RuleNews] {
        var jobs: [ChainJob] = []
        var news: [RuleNews] = []
        for (place, iptables) in rules {
            do throws(KernelError) {
                let restore = try restore(place)
                kept[place] = Kept(restore: restore)
                jobs.append(ChainJob(place: place, restore: restore, changes: iptables.difference(from: nil)))
            } catch { news.append(.refused(place, part: nil, error)) }
        }
        for (job, result) in run(jobs) {
            guard let refusal = result.refusal else { continue }
            kept[job.place]?.isBehind = true
            news.append(.refused(job.place, part: nil, refusal))
        }
        return news
    }

    private mutating func restore(_ place: RulePlace) throws(KernelError) -> IPTablesRestore {
        if let known = kept[place]?.restore { return known }
        guard let variant = variant ?? IPTablesVariant.preferred else {
            throw KernelError(
                "making iptables rules in \(place.namespace)", call: "iptables-restore", .noEntry,
                message: IPTablesVariant.nft.lacking() ?? "no variant of iptables works here")
        }
        self.variant = variant
        let sibling = kept[RulePlace(place.namespace, place.family == .v4 ? .v6 : .v4)]?.restore
        return try IPTablesRestore(
            in: try edge.place(place.namespace).namespace, place: place.namespace.text, family: place.family,
            variant: variant, beside: sibling)
    }

    /// Forgets a node's rules, and takes them away.
    mutating func remove(_ place: RulePlace) throws(KernelError) {
        try kept.removeValue(forKey: place)?.restore.removeAll()
    }

    // MARK: Changes

    /// Takes in what changed, for the next flush.
    mutating func add(_ update: RuleUpdate) {
        let pieces = update.parts.compactMap(ChainPiece.init)
        guard !pieces.isEmpty else { return }
        for name in update.namespaces { kept[RulePlace(name, update.family)]?.waiting += pieces }
    }

    /// True if something was not sent yet.
    var isWaiting: Bool { kept.values.contains { !$0.waiting.isEmpty } }

    /// Sends what waits.
    mutating func flush() -> [RuleNews] {
        var jobs: [ChainJob] = []
        var pieces: [RulePlace: [ChainPiece]] = [:]
        for (place, known) in kept where !known.waiting.isEmpty {
            pieces[place] = known.waiting
            kept[place]?.waiting = []
            if !known.isBehind {
                jobs.append(
                    ChainJob(place: place, restore: known.restore, changes: known.waiting.flatMap(\.changes)))
            }
        }
        var news: [RuleNews] = []
        for (job, result) in run(jobs.sorted { $0.place < $1.place }) where result.refusal != nil {
            news += sendApart(pieces[job.place] ?? [], to: job.place)
        }
        return news
    }

    /// Starts the programs for several nodes at the same time.
    private func run(_ jobs: [ChainJob]) -> [(ChainJob, ChainResult)] {
        let results = Array(zip(jobs, Parallel.map(jobs, threads: TableKeeper.threads) { $0.run() }))
        for (job, result) in results where result.refusal == nil {
            board.committed(job.place, milliseconds: result.milliseconds)
        }
        return results
    }

    /// Sends pieces one by one, after they were refused together.
    private mutating func sendApart(_ pieces: [ChainPiece], to place: RulePlace) -> [RuleNews] {
        guard let restore = kept[place]?.restore else { return [] }
        var news: [RuleNews] = []
        for piece in pieces {
            guard let refusal = restore.attempt(piece.changes) else { continue }
            // The chains that others' rules lead to have to be there, be they empty.
            let missing = piece.ownChains.subtracting((try? restore.observe().chains.keys).map(Set.init) ?? [])
            _ = restore.attempt(missing.sorted().map { .set($0, []) })
            let before = kept[place]?.withheld[piece.part]
            kept[place]?.withheld[piece.part] = (piece.chains.union(before?.chains ?? []), refusal.error)
            if before?.error.operation != refusal.error.operation {
                news.append(.refused(place, part: piece.part, refusal.error))
            }
        }
        return news
    }

    /// Tries again what was refused: those chains become what the plan has by now.
    mutating func retry(_ plan: borrowing Plan) -> [RuleNews] {
        var news: [RuleNews] = []
        for place in kept.filter({ !$0.value.withheld.isEmpty }).keys.sorted() {
            guard let known = kept[place], let iptables = plan.namespaces[place.namespace]?.iptables[place.family]
            else { continue }
            let wanted = iptables.chains
            for (part, (chains, error)) in known.withheld.sorted(by: { $0.key < $1.key }) {
                let changes = chains.sorted().map { chain in
                    wanted[chain].map { ChainChange.set(chain, $0) } ?? .delete(chain)
                }
                if let refusal = known.restore.attempt(changes) {
                    kept[place]?.withheld[part]?.error = refusal.error
                    if refusal.error.operation != error.operation {
                        news.append(.refused(place, part: part, refusal.error))
                    }
                } else {
                    kept[place]?.withheld[part] = nil
                    news.append(.accepted(place, part: part))
                }
            }
        }
        return news
    }

    // MARK: What is wrong

    /// The nodes whose rules someone else changed, or that are to be made anew for another reason.
    func disturbed(_ plan: borrowing Plan) -> [NamespaceName] {
        var jobs: [(RulePlace, IPTablesRestore, IPTables)] = []
        var names: Set<NamespaceName> = []
        for (place, known) in kept {
            if known.isBehind { names.insert(place.namespace) }
            guard !known.isBehind, known.withheld.isEmpty, known.waiting.isEmpty,
                let iptables = plan.namespaces[place.namespace]?.iptables[place.family]
            else { continue }
            jobs.append((place, known.restore, iptables))
        }
        for (place, restore, iptables) in jobs where (try? restore.isDisturbed(from: iptables)) ?? false {
            names.insert(place.namespace)
        }
        return names.sorted()
    }
}

/// One part's changes of a batch of iptables.
struct ChainPiece: Sendable {
    var part: String
    var changes: [ChainChange]

    /// Nil for changes of the other engine, and for none.
    init?(_ change: PartChange) {
        guard case .chains(let changes) = change.changes, !changes.isEmpty else { return nil }
        part = change.part
        self.changes = changes
    }

    /// The chains that it writes or deletes.
    var chains: Set<IPTablesChainName> {
        Set(
            changes.compactMap { change in
                switch change {
                case .set(let chain, _), .delete(let chain): chain
                case .clear, .replace: nil
                }
            })
    }

    /// Of those that it writes, the ones that belong to one object.
    var ownChains: Set<IPTablesChainName> {
        let prefixes = ["KUBE-SVC-", "KUBE-SVL-", "KUBE-EXT-", "KUBE-FW-", "KUBE-SEP-", "CNI-DN-"]
        let written = changes.compactMap { change -> IPTablesChainName? in
            if case .set(let chain, _) = change { chain } else { nil }
        }
        return Set(written.filter { chain in prefixes.contains { chain.name.hasPrefix($0) } })
    }
}

/// What a thread does for one node.
private struct ChainJob: Sendable {
    let place: RulePlace
    let restore: IPTablesRestore
    let changes: [ChainChange]

    func run() -> ChainResult {
        let started = Program.milliseconds()
        let refusal = restore.attempt(changes)
        return ChainResult(refusal: refusal?.error, milliseconds: Program.milliseconds() - started)
    }
}

private struct ChainResult: Sendable {
    var refusal: KernelError?
    var milliseconds: Double
}
