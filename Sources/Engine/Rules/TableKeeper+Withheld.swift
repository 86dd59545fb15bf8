// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Linux
internal import Net

/// Parts of a table that the kernel refuses: kept apart, so that the others go through.
extension TableKeeper {
    /// Sends pieces to one table, part by part if need be: what is withheld of a piece's part goes with it, and what the
    /// kernel refuses is withheld.
    mutating func send(_ pieces: [TablePiece], to place: RulePlace) -> [RuleNews] {
        guard let known = kept[place], !known.isBehind else { return [] }
        var parts = PartOrder()
        for piece in pieces {
            if let waiting = known.withheld[piece.part]?.part { parts.begin(piece.part, with: waiting) }
            parts.append(piece)
        }
        var refused: [(name: String, error: KernelError)] = []
        // Each turn leaves at least one part out.
        for _ in 0...parts.names.count {
            let refusals = attempt(parts.batch(place.family), at: place)
            guard let first = refusals.first else { return settle(place, parts, refused) }
            if first.error.errno == .noEntry, sockets.isDisturbed(place.namespace) {
                // Someone else has emptied the table. The next inspection puts it back whole.
                kept[place]?.isBehind = true
                return []
            }
            let bad = refusals.compactMap { refusal in refusal.change.flatMap(parts.owner).map { ($0, refusal.error) } }
            guard !bad.isEmpty else {
                kept[place]?.isBehind = true
                return [.refused(place, part: nil, first.error)]
            }
            for (name, error) in bad where parts.leaveOut(name) { refused.append((name, error)) }
        }
        return []
    }

    /// Notes what went through and what did not; each refused part gets a second chance of its own, for the kernel may
    /// not have liked it for the sake of another one.
    private mutating func settle(
        _ place: RulePlace, _ parts: PartOrder, _ refused: [(name: String, error: KernelError)]
    ) -> [RuleNews] {
        var news: [RuleNews] = []
        for name in parts.names where kept[place]?.withheld[name] != nil && !parts.isLeftOut(name) {
            kept[place]?.withheld[name] = nil
            news.append(.accepted(place, part: name))
        }
        for (index, (name, error)) in refused.enumerated() {
            let part = parts.pending(name)
            let error = index == 0 ? error : attempt(alone: part, at: place)
            let before = kept[place]?.withheld.removeValue(forKey: name)
            if let error {
                kept[place]?.withheld[name] = (part, error)
                if before?.error.operation != error.operation { news.append(.refused(place, part: name, error)) }
            } else if before != nil {
                news.append(.accepted(place, part: name))
            }
        }
        return news
    }

    /// Sends one part alone; gives what the kernel had against it.
    private mutating func attempt(alone part: WithheldPart, at place: RulePlace) -> KernelError? {
        let batch = TableEncoder.encode(part.changes, family: place.family, table: "lab")
        return attempt(batch, at: place).first?.error
    }

    private mutating func attempt(_ batch: EncodedBatch, at place: RulePlace) -> [TableRefusal] {
        guard !batch.bytes.isEmpty, let socket = kept[place]?.socket else { return [] }
        let refusals = socket.attempt(batch)
        if refusals.isEmpty { sockets.count(place.namespace) }
        return refusals
    }

    /// Tries all again that is withheld.
    mutating func retry() -> [RuleNews] {
        kept.filter { !$0.value.withheld.isEmpty }.keys.sorted().flatMap { place in
            (kept[place]?.withheld.keys.sorted() ?? []).flatMap { send([TablePiece($0, [])], to: place) }
        }
    }
}

/// The parts of one batch, of which some may be left out.
struct PartOrder {
    private(set) var names: [String] = []
    private var shared: [TableChange] = []
    private var parts: [String: WithheldPart] = [:]
    private var leftOut: Set<String> = []
    /// Which part each change of the last batch belongs to; nil for what all share.
    private var owners: [String?] = []

    /// A part begins with what the kernel lacks of it.
    mutating func begin(_ name: String, with waiting: WithheldPart) {
        guard parts[name] == nil else { return }
        names.append(name)
        parts[name] = waiting
    }

    mutating func append(_ piece: TablePiece) {
        begin(piece.part, with: WithheldPart())
        shared += piece.changes.filter(\.isShared)
        parts[piece.part]?.append(piece.changes.filter { !$0.isShared })
    }

    /// What is left, as one batch.
    mutating func batch(_ family: Family) -> EncodedBatch {
        var changes = shared
        owners = shared.map { _ in nil }
        for name in names where !leftOut.contains(name) {
            let own = parts[name]?.changes ?? []
            changes += own
            owners += own.map { _ in name }
        }
        return TableEncoder.encode(changes, family: family, table: "lab")
    }

    /// The part that a change of the last batch belongs to.
    func owner(_ change: Int) -> String? { owners.indices.contains(change) ? owners[change] : nil }

    /// Leaves a part out from now on; false if it was left out before.
    mutating func leaveOut(_ name: String) -> Bool { leftOut.insert(name).inserted }

    func isLeftOut(_ name: String) -> Bool { leftOut.contains(name) }

    /// What the kernel lacks of a part.
    func pending(_ name: String) -> WithheldPart { parts[name] ?? WithheldPart() }
}
