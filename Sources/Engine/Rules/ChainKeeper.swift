// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Linux
internal import Net
internal import Synchronization

/// The iptables rules of a lab's nodes, which `iptables-restore` writes.
///
/// A program that is started for each change takes its time. It is not waited for: changes that come meanwhile are sent
/// together in the next round. What the kernel refuses is kept apart by part, as with tables.
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
    /// Whose commands are run; nil until some are. To find out which ones work takes a trial of them.
    private(set) var variant: IPTablesVariant?
    /// What is on its way to the kernels.
    private var round: ChainRound?
    /// Whose rules were not the plan's when they were last looked at.
    private var suspects: Set<NamespaceName> = []

    init(_ edge: KernelEdge, _ board: HealthBoard, _ variant: IPTablesVariant?) {
        self.edge = edge
        self.board = board
        self.variant = variant
    }

    // MARK: Whole rules

    /// Makes the rules as they should be, whatever is there.
    mutating func install(_ rules: [(RulePlace, IPTables)]) -> [RuleNews] {
        var news: [RuleNews] = []
        if let round { news += end(round) }
        var jobs: [InstallChainsJob] = []
        for (place, iptables) in rules {
            do throws(KernelError) {
                let restore = try restore(place)
                kept[place] = Kept(restore: restore)
                jobs.append(InstallChainsJob(place: place, restore: restore, iptables: iptables))
            } catch { news.append(.refused(place, part: nil, error)) }
        }
        let results = Parallel.map(jobs, threads: TableKeeper.threads) { $0.run() }
        for (job, result) in zip(jobs, results) {
            if let refusal = result.refusal {
                kept[job.place]?.isBehind = true
                news.append(.refused(job.place, part: nil, refusal))
            } else {
                board.committed(job.place, milliseconds: result.milliseconds)
            }
        }
        return news
    }

    /// Takes over rules that another daemon made. Whether they are as they should be shows `reading`: it takes a program.
    mutating func adopt(_ place: RulePlace) throws(KernelError) {
        kept[place] = Kept(restore: try restore(place))
    }

    /// What reads the rules that were taken over and compares them with the plan; nil if there are none.
    func reading(_ plan: borrowing Plan) -> ChainReading? {
        let jobs = watchJobs(plan)
        return jobs.isEmpty ? nil : ChainReading(jobs: jobs)
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

    /// Forgets rules, and takes them away.
    mutating func remove(_ places: [RulePlace]) -> [RuleNews] {
        var news: [RuleNews] = []
        if let round { news += end(round) }
        var gone: [(place: RulePlace, restore: IPTablesRestore)] = []
        for place in places {
            if let known = kept.removeValue(forKey: place) { gone.append((place, known.restore)) }
        }
        let errors = Parallel.map(gone.map(\.restore), threads: TableKeeper.threads) { restore -> KernelError? in
            do throws(KernelError) {
                try restore.removeAll()
                return nil
            } catch { return error }
        }
        for (place, error) in zip(gone.map(\.place), errors) {
            if let error { news.append(.refused(place, part: nil, error)) }
        }
        return news
    }

    // MARK: Changes

    /// Takes in what changed, for the next flush.
    mutating func add(_ update: RuleUpdate) {
        let pieces = update.parts.compactMap(ChainPiece.init)
        guard !pieces.isEmpty else { return }
        for name in update.namespaces { kept[RulePlace(name, update.family)]?.waiting += pieces }
    }

    /// True if something was not sent yet.
    var isWaiting: Bool { round != nil || kept.values.contains { !$0.waiting.isEmpty } }

    /// Takes what waits, to be sent by whoever runs the round; nil if nothing waits, or another round has not ended.
    mutating func begin() -> ChainRound? {
        guard round == nil, let hasEnded = try? Semaphore() else { return nil }
        var jobs: [ChainJob] = []
        for (place, known) in kept.sorted(by: { $0.key < $1.key }) where !known.waiting.isEmpty {
            kept[place]?.waiting = []
            // What is behind is made anew at the next inspection.
            if !known.isBehind { jobs.append(ChainJob(place: place, restore: known.restore, pieces: known.waiting)) }
        }
        round = jobs.isEmpty ? nil : ChainRound(jobs, hasEnded)
        return round
    }

    /// Takes in how a round went, when it is over; nothing comes of it the second time.
    mutating func end(_ ended: ChainRound) -> [RuleNews] {
        guard round === ended else { return [] }
        round = nil
        var news: [RuleNews] = []
        for (job, result) in ended.outcome() {
            if result.refusal == nil {
                board.committed(job.place, milliseconds: result.milliseconds)
            } else {
                news += sendApart(job.pieces, to: job.place)
            }
        }
        return news
    }

    /// Sends all that waits, and waits until it is sent.
    mutating func flush() -> [RuleNews] {
        var news: [RuleNews] = []
        if let round { news += end(round) }
        if let round = begin() {
            round.run()
            news += end(round)
        }
        return news
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
            let present = (try? known.restore.observe().chains.keys).map(Set.init) ?? []
            for (part, (chains, error)) in known.withheld.sorted(by: { $0.key < $1.key }) {
                let changes = chains.sorted().compactMap { chain -> ChainChange? in
                    if let rules = wanted[chain] { return .set(chain, rules) }
                    return present.contains(chain) ? .delete(chain) : nil
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
    ///
    /// A kernel that is only late looks the same: what was found is believed when it is found a second time.
    mutating func disturbed(_ plan: borrowing Plan) -> [NamespaceName] {
        let different = Set(ChainReading(jobs: watchJobs(plan)).run())
        let behind = kept.filter(\.value.isBehind).map(\.key.namespace)
        let names = different.intersection(suspects).union(behind)
        suspects = different
        return names.sorted()
    }

    private func watchJobs(_ plan: borrowing Plan) -> [WatchJob] {
        var jobs: [WatchJob] = []
        for (place, known) in kept {
            guard !known.isBehind, known.withheld.isEmpty, known.waiting.isEmpty,
                let iptables = plan.namespaces[place.namespace]?.iptables[place.family]
            else { continue }
            jobs.append(WatchJob(place: place, restore: known.restore, iptables: iptables))
        }
        return jobs
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

/// Changes of several nodes' rules that are on their way, while the lab goes on with other work.
final class ChainRound: Sendable {
    fileprivate let jobs: [ChainJob]
    private let results = Mutex<[ChainResult]>([])
    private let hasEnded: Semaphore

    fileprivate init(_ jobs: [ChainJob], _ hasEnded: Semaphore) {
        self.jobs = jobs
        self.hasEnded = hasEnded
    }

    /// Where they go.
    var places: Set<RulePlace> { Set(jobs.map(\.place)) }

    /// What is sent where.
    var changes: [(place: RulePlace, changes: [ChainChange])] {
        jobs.map { ($0.place, $0.pieces.flatMap(\.changes)) }
    }

    /// Sends them, several nodes' at the same time. Called once, on any thread.
    func run() {
        let all = Parallel.map(jobs, threads: TableKeeper.threads) { $0.run() }
        results.withLock { $0 = all }
        hasEnded.signal()
    }

    /// How it went, once all are sent. Called once.
    fileprivate func outcome() -> [(ChainJob, ChainResult)] {
        hasEnded.wait()
        return Array(zip(jobs, results.withLock { $0 }))
    }
}

/// A look at several nodes' rules, which may be taken on any thread.
struct ChainReading: Sendable {
    fileprivate let jobs: [WatchJob]

    /// - Returns: the nodes whose rules are not the plan's.
    func run() -> [NamespaceName] {
        let found = Parallel.map(jobs, threads: TableKeeper.threads) { job in
            (try? job.restore.isDisturbed(from: job.iptables)) ?? false
        }
        return Set(zip(jobs, found).filter(\.1).map(\.0.place.namespace)).sorted()
    }
}

/// What a thread does for one node.
private struct ChainJob: Sendable {
    let place: RulePlace
    let restore: IPTablesRestore
    let pieces: [ChainPiece]

    func run() -> ChainResult { ChainResult(restore, pieces.flatMap(\.changes)) }
}

private struct InstallChainsJob: Sendable {
    let place: RulePlace
    let restore: IPTablesRestore
    let iptables: IPTables

    func run() -> ChainResult { ChainResult(restore, iptables.difference(from: nil)) }
}

/// What a thread looks at for one node.
private struct WatchJob: Sendable {
    let place: RulePlace
    let restore: IPTablesRestore
    let iptables: IPTables
}

private struct ChainResult: Sendable {
    let refusal: KernelError?
    let milliseconds: Double

    /// Makes the changes.
    init(_ restore: IPTablesRestore, _ changes: [ChainChange]) {
        let started = Program.milliseconds()
        refusal = restore.attempt(changes)?.error
        milliseconds = Program.milliseconds() - started
    }
}
