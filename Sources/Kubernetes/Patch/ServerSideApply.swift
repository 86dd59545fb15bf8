// SPDX-License-Identifier: Apache-2.0

/// One server-side apply. The corresponding Go function is `merge.Updater.Apply`.
struct ServerSideApply {
    private let applied: Object
    private let live: Object?
    private let known: [ManagedFields.Entry]
    private let entry: ManagedFields.Entry
    private let shape: MergeShape

    /// An apply of an object by a manager, whose entry comes without fields.
    init(_ applied: Object, onto live: Object?, _ entry: ManagedFields.Entry, _ shape: MergeShape) {
        self.applied = applied
        self.live = live?.withoutManagedFields
        self.entry = entry
        self.shape = shape
        var known = live.flatMap { ManagedFields.entries(of: $0) } ?? []
        if known.isEmpty, let live = self.live {
            var first = entry
            first.manager = ManagedFields.beforeFirstApply
            first.operation = "Update"
            first.subresource = ""
            first.fields = FieldComparison(nil, live.value, shape)
                .excluding(ManagedFields.untouched("", shape)).written.subtracting(ManagedFields.serverOwned)
            known = [first]
        }
        self.known = known
    }

    /// The object that comes of it, and everybody's entries.
    /// - Throws: `Conflict` if others have fields that would be changed and they are not to be taken from them.
    func run(force: Bool) throws(Status) -> (object: Object, entries: [ManagedFields.Entry]) {
        let untouched = ManagedFields.untouched(entry.subresource, shape)
        let application = AppliedObject(applied.value, shape)
        var own = entry
        own.fields = application.fields.subtracting(treesOf: untouched)
        let others = known.filter { !$0.isSameManager(as: entry) }
        let last = known.first { $0.isSameManager(as: entry) }?.fields ?? FieldSet()
        let owned = others.reduce(own.fields) { $0.union($1.fields) }
        let object = Object(FieldPruning(last: last, owned: owned).pruned(application.merged(onto: live?.value), shape))
        let change = FieldComparison(live?.value, object.value, shape).excluding(untouched)
        if !force { try refuse(others, change) }
        own.fields = own.fields.subtracting(ManagedFields.serverOwned)
        return (object, others.map { $0.without(change) } + [own])
    }

    private func refuse(_ others: [ManagedFields.Entry], _ change: FieldComparison) throws(Status) {
        let written = change.written
        var conflicts = others.map { ApplyConflict(entry: $0, fields: $0.fields.intersection(written)) }
        conflicts.removeAll { $0.fields.isEmpty }
        guard !conflicts.isEmpty else { return }
        // kubectl takes over what it applied itself before it knew of server-side apply.
        if entry.manager == "kubectl", let live, let allowed = LastApplied.fields(of: live, shape) {
            conflicts = conflicts.map { ApplyConflict(entry: $0.entry, fields: $0.fields.subtracting(allowed)) }
            conflicts.removeAll { $0.fields.isEmpty }
        }
        guard conflicts.isEmpty else { throw ApplyConflict.status(conflicts) }
    }
}

/// What one manager has and an apply would change.
struct ApplyConflict {
    let entry: ManagedFields.Entry
    let fields: FieldSet

    /// The refusal, with one cause for each field: `Apply failed with 1 conflict: conflict with "kubectl-edit" using
    /// apps/v1: .spec.replicas`.
    static func status(_ conflicts: [ApplyConflict]) -> Status {
        let sorted = conflicts.sorted { $0.order < $1.order }
        var causes: [Status.Cause] = []
        var lines: [String] = []
        for conflict in sorted {
            lines.append("conflicts with \(conflict.entry.title):")
            for path in conflict.fields.paths {
                lines.append("- \(path)")
                causes.append(
                    Status.Cause(
                        reason: "FieldManagerConflict", message: "conflict with \(conflict.entry.title)", field: path))
            }
        }
        let text =
            causes.count == 1
            ? "1 conflict: \(causes[0].message): \(causes[0].field)"
            : "\(causes.count) conflicts: \(lines.joined(separator: "\n"))"
        var details = Status.Details()
        details.causes = causes
        return Status(.conflict, "Apply failed with \(text)", details)
    }

    private var order: (String, String, String, String) {
        (entry.manager, entry.operation, entry.apiVersion, entry.subresource)
    }
}
