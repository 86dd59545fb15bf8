// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Linux
internal import Net

/// The nftables tables of a lab's namespaces: sends batches, and keeps apart what the kernel refuses.
///
/// One hand uses it (the lab's actor). A batch is encoded once for all namespaces that need it. One that a kernel
/// refuses changes nothing there: the part that it does not like is withheld in that namespace, the others go through at
/// once, and what is withheld is tried again with each later change of the part, and at each inspection.
struct TableKeeper {
    /// What the lab knows of one table.
    struct Kept {
        let socket: TableSocket
        /// What the kernel lacks of which parts, and what it said of them.
        var withheld: [String: (part: WithheldPart, error: KernelError)] = [:]
        /// True after the kernel refused what all parts share: only a new table helps.
        var isBehind = false
    }

    var sockets: TableSockets
    var kept: [RulePlace: Kept] = [:]
    private let board: HealthBoard

    /// Batches of so many bytes in all go to several namespaces at the same time; smaller ones are not worth a thread.
    private static let largeBytes = 256 << 10
    /// Two cores are what a lab can count on.
    static let threads = 2

    init(_ edge: KernelEdge, _ board: HealthBoard) {
        sockets = TableSockets(edge)
        self.board = board
    }

    // MARK: Whole tables

    /// Makes tables as they should be, whatever is there.
    mutating func install(_ tables: [(RulePlace, Ruleset)]) -> [RuleNews] {
        var jobs: [InstallJob] = []
        var news: [RuleNews] = []
        for (place, ruleset) in tables {
            do throws(KernelError) {
                let socket = try sockets.socket(place.namespace)
                kept[place] = Kept(socket: socket)
                jobs.append(InstallJob(place: place, ruleset: ruleset, socket: socket))
            } catch { news.append(.refused(place, part: nil, error)) }
        }
        let isLarge = jobs.count > 4 || jobs.contains { $0.ruleset.parts.count > 100 }
        let results = Parallel.map(jobs, threads: isLarge ? TableKeeper.threads : 1) { $0.run() }
        for (job, result) in zip(jobs, results) {
            if result.refusals.isEmpty {
                board.committed(job.place, milliseconds: result.milliseconds)
            } else {
                news += installApart(job, result.refusals[0].error)
            }
            sockets.learn(job.place.namespace)
        }
        return news
    }

    /// Takes over a table that another daemon made; false if it is not as it should be, and has to be made anew.
    mutating func adopt(_ place: RulePlace, _ ruleset: Ruleset) throws(KernelError) -> Bool {
        let socket = try sockets.socket(place.namespace)
        var comparison = RuleComparison()
        try comparison.compare(ruleset, socket, place.namespace)
        guard comparison.differences.isEmpty else { return false }
        kept[place] = Kept(socket: socket)
        sockets.learn(place.namespace)
        return true
    }

    /// Makes a table part by part, after the kernel has refused it as a whole.
    private mutating func installApart(_ job: InstallJob, _ error: KernelError) -> [RuleNews] {
        let (shared, parts) = job.ruleset.installation()
        let batch = TableEncoder.encode(shared, family: job.place.family, table: job.ruleset.table)
        guard job.socket.attempt(batch).isEmpty else {
            kept[job.place]?.isBehind = true
            return [.refused(job.place, part: nil, error)]
        }
        return send(parts.compactMap(TablePiece.init), to: job.place)
    }

    /// Forgets a table, and takes it away.
    mutating func remove(_ place: RulePlace) throws(KernelError) {
        guard let gone = kept.removeValue(forKey: place) else { return }
        try gone.socket.deleteTable(family: place.family)
        sockets.learn(place.namespace)
    }

    /// The namespaces with tables in which someone else changed something.
    var disturbed: [NamespaceName] {
        let names = Set(kept.keys.map(\.namespace))
        return sockets.disturbed.filter(names.contains)
    }

    // MARK: Changes

    /// Sends one batch to all namespaces that need it.
    mutating func commit(_ update: RuleUpdate) -> [RuleNews] {
        let pieces = update.parts.compactMap(TablePiece.init)
        guard !pieces.isEmpty else { return [] }
        let batch = TableEncoder.encode(pieces.flatMap(\.changes), family: update.family, table: "lab")
        var jobs: [CommitJob] = []
        var news: [RuleNews] = []
        for name in update.namespaces {
            let place = RulePlace(name, update.family)
            // A table that is behind is made anew at the next inspection.
            guard let known = kept[place], !known.isBehind else { continue }
            if known.withheld.isEmpty {
                jobs.append(CommitJob(place: place, socket: known.socket, batch: batch))
            } else {
                news += send(pieces, to: place)
            }
        }
        let isLarge = batch.bytes.count * jobs.count > TableKeeper.largeBytes
        let results = Parallel.map(jobs, threads: isLarge ? TableKeeper.threads : 1) { $0.run() }
        for (job, result) in zip(jobs, results) {
            if result.refusals.isEmpty {
                sockets.count(job.place.namespace)
                board.committed(job.place, milliseconds: result.milliseconds)
            } else {
                news += send(pieces, to: job.place)
            }
        }
        return news
    }
}

/// One part's changes of a batch of nftables.
struct TablePiece: Sendable {
    var part: String
    var changes: [TableChange]

    init(_ part: String, _ changes: [TableChange]) {
        self.part = part
        self.changes = changes
    }

    /// Nil for changes of the other engine, and for none.
    init?(_ change: PartChange) {
        guard case .table(let changes) = change.changes, !changes.isEmpty else { return nil }
        self.init(change.part, changes)
    }
}

/// What a thread does for one table.
private struct CommitJob: Sendable {
    let place: RulePlace
    let socket: TableSocket
    let batch: EncodedBatch

    func run() -> CommitResult {
        let started = Program.milliseconds()
        let refusals = socket.attempt(batch)
        return CommitResult(refusals: refusals, milliseconds: Program.milliseconds() - started)
    }
}

private struct InstallJob: Sendable {
    let place: RulePlace
    let ruleset: Ruleset
    let socket: TableSocket

    func run() -> CommitResult {
        let changes = ruleset.difference(from: nil)
        let batch = TableEncoder.encode(changes, family: ruleset.family, table: ruleset.table)
        return CommitJob(place: place, socket: socket, batch: batch).run()
    }
}

private struct CommitResult: Sendable {
    var refusals: [TableRefusal]
    var milliseconds: Double
}
