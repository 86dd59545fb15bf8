// SPDX-License-Identifier: Apache-2.0

extension ManagedFields {
    /// Merges an applied object into the one that is there, and records who has which field: server-side apply.
    ///
    /// What the manager applied last time and no longer applies goes, unless somebody else has it. The result is what
    /// was asked for: the caller defaults, validates and writes it. If nothing changed it equals the live object.
    /// - Parameters:
    ///   - applied: the body of the request.
    ///   - live: the object as it is; nil if there is none, so that it is created.
    ///   - manager: the query parameter `fieldManager`.
    ///   - subresource: `status` or the like; nil for the object itself.
    ///   - force: whether fields that others have are taken from them.
    ///   - schema: for custom resources, `openAPIV3Schema` of the version.
    /// - Throws: `Conflict` with one cause for each field that somebody else has and that would be changed; what a server
    ///   says to an object that it cannot apply.
    public static func serverSideApply(
        _ applied: Object, onto live: Object?, manager: String, subresource: String? = nil, force: Bool,
        schema: Value? = nil, now: Timestamp
    ) throws(Status) -> Object {
        try check(applied, onto: live)
        var applied = applied
        // A null here is how Go writes a time that is not set; it asks for nothing.
        if applied.value["metadata", "creationTimestamp"] == .null {
            applied.value["metadata", "creationTimestamp"] = nil
        }
        let shape = MergeShape(of: applied, schema: schema)
        try AppliedCheck.run(applied, shape)
        let entry = Entry(
            manager: manager, operation: "Apply", apiVersion: applied.apiVersion, subresource: subresource ?? "",
            time: now.description, fields: FieldSet())
        let apply = ServerSideApply(applied, onto: live, entry, shape)
        var (object, entries) = try apply.run(force: force)
        if manager == "kubectl" { LastApplied.renew(&object, applied) }
        write(entries, to: &object)
        return isSame(object, live) ? live ?? object : object
    }

    private static func check(_ applied: Object, onto live: Object?) throws(Status) {
        if let live {
            let isSameGroup = Resource.group(of: live.apiVersion) == Resource.group(of: applied.apiVersion)
            guard isSameGroup, live.kind == applied.kind else {
                throw Status(.badRequest, "invalid object type: \(applied.typeText)")
            }
        }
        guard applied.value["metadata", "managedFields"].nonNull == nil else {
            throw Status(.badRequest, "metadata.managedFields must be nil")
        }
    }

    /// True if nothing but the times of the entries differs.
    private static func isSame(_ object: Object, _ live: Object?) -> Bool {
        guard let live, let before = entries(of: live), let after = entries(of: object),
            before.count == after.count, Set(before.map(\.timeless)) == Set(after.map(\.timeless))
        else { return false }
        return object.withoutManagedFields == live.withoutManagedFields
    }
}

extension ManagedFields.Entry {
    fileprivate var timeless: Self {
        var entry = self
        entry.time = ""
        return entry
    }
}

extension Object {
    /// The object without `metadata.managedFields`.
    var withoutManagedFields: Object {
        var object = self
        object.value["metadata", "managedFields"] = nil
        return object
    }

    /// Group, version and kind as Go prints them: `apps/v1, Kind=Deployment`, `/v1, Kind=Service`.
    public var typeText: String { "\(apiVersion.contains("/") ? "" : "/")\(apiVersion), Kind=\(kind)" }
}
