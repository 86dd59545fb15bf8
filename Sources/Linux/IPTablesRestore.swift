// SPDX-License-Identifier: Apache-2.0
public import Dataplane
internal import Glibc
public import Net
internal import Synchronization

/// Keeps the iptables rules of one family in one namespace, by running `iptables-restore --noflush` there.
///
/// It may be used from any thread; one command runs at a time.
public final class IPTablesRestore: Sendable {
    /// The namespace's name, for the text of errors.
    public let place: String
    /// Which kind of addresses the rules have.
    public let family: Family
    /// Whose commands are run.
    public let variant: IPTablesVariant
    private let namespace: NetworkNamespace
    private let restoring: IPTablesCommand
    private let saving: IPTablesCommand
    private let watch: IPTablesWatch
    private let record = Mutex(IPTablesRecord())

    /// Changes that the kernel or the command would not have.
    public struct Refusal: Sendable {
        /// The line of the input that was named, if one was: of kernel refusals, the legacy variant names only a table.
        public let line: IPTablesInput.Line?
        /// What they said.
        public let error: KernelError
    }

    /// Finds the commands, and says what is missing and what to install if there are none.
    /// - Parameters:
    ///   - place: the namespace's name, for the text of errors.
    ///   - sibling: the one of the other family in the same namespace, whose changes are none of someone else's.
    public init(
        in namespace: NetworkNamespace, place: String, family: Family, variant: IPTablesVariant,
        beside sibling: IPTablesRestore? = nil
    ) throws(KernelError) {
        self.namespace = namespace
        self.place = place
        self.family = family
        self.variant = variant
        restoring = try IPTablesCommand.find(.restore, variant, family)
        saving = try IPTablesCommand.find(.save, variant, family)
        watch = try IPTablesWatch(in: namespace, place: place, family, variant, beside: sibling?.watch)
    }

    // MARK: Changing

    /// Makes the changes, all of them or none; an error names the rule that was refused, and what asked for it.
    public func restore(_ changes: [ChainChange]) throws(KernelError) {
        if let refusal = attempt(changes) { throw refusal.error }
    }

    /// Makes the changes, or none: then the result says what was refused.
    ///
    /// Each table is changed at once or not at all. Should nat refuse what comes after changes of filter, filter is put
    /// back as it was, unless the changes are a whole installation: that leaves what it could do.
    public func attempt(_ changes: [ChainChange]) -> Refusal? {
        record.withLock { record in
            let changes = record.settled(changes)
            guard !changes.isEmpty else { return nil }
            do throws(KernelError) {
                let counts = try counting(&record)
                let prepared = try prepare(changes, counting: counts)
                if let refusal = try run(
                    prepared.input, isWhole: changes.contains(.clear), keepsOthers: prepared.keepsOthers)
                {
                    takeBack(changes, prepared.input, record)
                    return refusal
                }
                record.note(changes)
                return nil
            } catch { return Refusal(line: nil, error: error) }
        }
    }

    /// The input for changes, and whether there is anything of others' to be kept: a whole installation that finds nothing of
    /// that kind may empty the tables, which takes the nft variant less than half the time.
    private func prepare(
        _ changes: [ChainChange], counting: Bool
    ) throws(KernelError) -> (input: IPTablesInput, keepsOthers: Bool) {
        let present = changes.contains(.clear) ? IPTablesListing(try saved()) : IPTablesListing()
        // What only clears names no table that would be emptied.
        let keepsOthers = changes.first != .clear || changes.count == 1 || present.hasOthers
        let input = IPTablesInput(
            changes, family: family, present: keepsOthers ? present : IPTablesListing(), counting: counting)
        return (input, keepsOthers)
    }

    private func run(
        _ input: IPTablesInput, isWhole: Bool = false, keepsOthers: Bool = true
    ) throws(KernelError) -> Refusal? {
        let answer = try watch.changing(isWhole: isWhole) { () throws(KernelError) in
            // The legacy variant has one lock for the whole machine: other nodes may have it for a while.
            try restoring.run(
                input.text, (keepsOthers ? ["--noflush"] : []) + ["--wait", "30"], in: namespace,
                seconds: 60 + Int32(clamping: input.lines.count / 2000))
        }
        guard !answer.isSuccess else { return nil }
        let line = answer.line.flatMap { input.lines.indices.contains($0 - 1) ? input.lines[$0 - 1] : nil }
        let what = line.map { "restoring \($0)" } ?? "restoring iptables rules"
        return Refusal(
            line: line,
            error: KernelError("\(what) in \(place)", call: restoring.name, .invalid, message: answer.sentence))
    }

    private func takeBack(_ changes: [ChainChange], _ input: IPTablesInput, _ record: IPTablesRecord) {
        guard input.tables.count > 1, !changes.contains(.clear) else { return }
        _ = try? run(IPTablesInput(record.undoing(changes), family: family, counting: record.counts ?? true))
    }

    /// Takes away the chains of kube-proxy and CNI plugins, and the jumps to them; what others have stays.
    public func removeAll() throws(KernelError) {
        try record.withLock { (record) throws(KernelError) in
            let present = IPTablesListing(try saved())
            let input = IPTablesInput([.clear], family: family, present: present)
            record.forget()
            guard !input.lines.isEmpty, let refusal = try run(input) else { return }
            throw refusal.error
        }
    }

    /// Changes other tables of the namespace, which are no one else's doing either.
    public func beside<Result>(_ body: () throws(KernelError) -> Result) throws(KernelError) -> Result {
        try watch.changing(isWhole: false, body)
    }

    /// Empties the tables behind the back of who watches them. The corresponding command is `iptables -F` for each.
    public func flushAll() throws(KernelError) {
        let text = ["mangle", "filter", "nat"].map { "*\($0)\nCOMMIT\n" }.joined()
        let answer = try restoring.run(text, ["--wait", "30"], in: namespace, seconds: 60)
        guard !answer.isSuccess else { return }
        throw KernelError(
            "emptying the tables of iptables in \(place)", call: restoring.name, .invalid, message: answer.sentence)
    }

    /// Makes the objects that `nfacct` counts by, where the kernel has that, and finds out whether the command has it too.
    private func counting(_ record: inout IPTablesRecord) throws(KernelError) -> Bool {
        if let counts = record.counts { return counts }
        let made = try IPTablesCounters.make(IPTables.Counter.all, in: namespace, place: place)
        let counts = made && IPTablesCounters.works(with: restoring)
        record.counts = counts
        return counts
    }

    // MARK: Looking

    /// The rules that are there, as `iptables-save` prints them.
    public func save() throws(KernelError) -> String { try saved() }

    private func saved() throws(KernelError) -> String {
        let answer = try saving.run(nil, in: namespace, seconds: 120)
        guard answer.isSuccess else {
            throw KernelError(
                "reading iptables rules in \(place)", call: saving.name, .invalid, message: answer.sentence)
        }
        return answer.output
    }

    /// What is there and ours, in a form that can be compared with a plan's.
    public func observe() throws(KernelError) -> IPTablesListing { IPTablesListing(try saved()).ours }

    /// What should be there, in the same form.
    public func expected(_ iptables: IPTables) -> IPTablesListing {
        IPTablesListing(iptables.text(counting: record.withLock(\.counts) ?? true)).ours
    }

    /// True if the rules are not the plan's, because someone else changed them.
    ///
    /// As long as nobody changed anything it takes one question to the kernel: for the nft variant, whether anything of
    /// nf_tables was committed since; for legacy, how many rules and bytes the tables have, so that a change that alters
    /// neither goes unseen. Only after that are the rules read and compared.
    public func isDisturbed(from iptables: IPTables) throws(KernelError) -> Bool {
        try record.withLock { (record) throws(KernelError) in
            try watch.isDisturbed { () throws(KernelError) in
                let expected = IPTablesListing(iptables.text(counting: record.counts ?? true)).ours
                return IPTablesListing(try saved()).ours == expected
            }
        }
    }
}
