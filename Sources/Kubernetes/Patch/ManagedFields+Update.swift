// SPDX-License-Identifier: Apache-2.0

extension ManagedFields {
    /// Records what a write changed: its manager has what it set, and nobody else has that any longer.
    ///
    /// Call it for every create, update and patch but server-side apply, with the object as it was asked for and
    /// defaulted, before the server adds what is its own (addresses, resource version). Costs what comparing the two
    /// objects costs.
    /// - Parameters:
    ///   - old: the object as it was; nil when it is created.
    ///   - new: the object to be written. A client may have written its `managedFields`, even emptied them.
    ///   - manager: the query parameter `fieldManager`, or the first word of the user agent.
    ///   - subresource: `status`, `scale` or the like; nil for the object itself.
    ///   - schema: for custom resources, `openAPIV3Schema` of the version.
    public static func recordUpdate(
        old: Object?, new: inout Object, manager: String, subresource: String? = nil, schema: Value? = nil,
        now: Timestamp
    ) {
        let known = entriesToKeep(old, new, subresource)
        new.value["metadata", "managedFields"] = nil
        // An object that was never tracked is so from its first apply on.
        guard !known.isEmpty || old == nil else { return }
        let shape = MergeShape(of: new, schema: schema)
        let subresource = subresource ?? ""
        var before = old
        before?.value["metadata", "managedFields"] = nil
        let change = FieldComparison(before?.value, new.value, shape).excluding(untouched(subresource, shape))
        var entry = Entry(
            manager: manager, operation: "Update", apiVersion: new.apiVersion, subresource: subresource,
            time: now.description, fields: change.written.subtracting(serverOwned))
        guard !change.isEmpty else { return write(known, to: &new) }
        var others = known.map { $0.without(change) }
        if !entry.fields.isEmpty {
            if let index = others.firstIndex(where: { $0.isSameManager(as: entry) }) {
                entry.fields = entry.fields.union(others.remove(at: index).fields)
            }
            others.append(entry)
        }
        write(withinLimit(others), to: &new)
    }

    /// The entries that hold before the write: those that the client sent, if they are well-formed and it is allowed to,
    /// or else those of the old object.
    private static func entriesToKeep(_ old: Object?, _ new: Object, _ subresource: String?) -> [Entry] {
        let before = old.flatMap { entries(of: $0) } ?? []
        guard (subresource ?? "").isEmpty, let sent = new.value["metadata", "managedFields"].nonNull else {
            return before
        }
        if sent == old?.value["metadata", "managedFields"] { return before }
        if sent == [] || sent == [[:]] { return [] }
        guard let entries = entries(of: new, isStored: false), !entries.isEmpty else { return before }
        return entries
    }

    /// Puts the oldest updates of one version together, so that no more than ten are left.
    private static func withinLimit(_ entries: [Entry]) -> [Entry] {
        var updates = entries.filter { $0.operation == "Update" && !$0.fields.isEmpty }.sorted()
        guard updates.count > updateLimit else { return entries }
        var buckets: [String: Entry] = [:]
        var index = 0
        while index < updates.count, updates.count - index + buckets.count > updateLimit {
            var bucket = updates[index]
            if let fields = buckets[bucket.apiVersion]?.fields { bucket.fields = bucket.fields.union(fields) }
            bucket.manager = ancient
            bucket.subresource = ""
            buckets[bucket.apiVersion] = bucket
            index += 1
        }
        updates.removeFirst(index)
        return entries.filter { $0.operation != "Update" } + buckets.values + updates
    }
}

extension ManagedFields.Entry {
    /// The entry without what somebody else changed.
    func without(_ change: FieldComparison) -> Self {
        var entry = self
        entry.fields = fields.subtracting(change.written).subtracting(change.removed)
        return entry
    }
}
