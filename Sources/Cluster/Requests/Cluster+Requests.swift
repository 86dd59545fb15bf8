// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// The writes of the Kubernetes API, each all or nothing. Whoever calls them settles the cluster afterwards.
///
/// What is refused is refused with the status that a real API server gives.
extension Cluster {
    /// Adds an object: `POST` on a collection. `generateName` gets its five letters here.
    public mutating func create(
        _ object: Object, _ options: WriteOptions, now: Timestamp
    ) throws(Status) -> Written {
        var draft = try Draft(object, catalog, options)
        defer { allocations.rollBack() }
        let version = draft.prepareForCreation(options)
        try checkNamespace(draft)
        draft.recordManager(
            options, nil, schema: store.schema(of: draft.resource, version: draft.resource.version),
            now: now)
        generateName(&draft)
        try admit(&draft)
        guard version.isEmpty || version == "0" else { throw Status.versionOnCreation }
        if let other = store[draft.object.key] { throw Status.taken(draft.resource, other) }
        let object = begun(draft.object, now: now)
        guard !options.isDryRun else { return Written(object, warnings: draft.warnings, isCreated: true) }
        allocations.commit()
        enter(object, now: now)
        return Written(store[object.key] ?? object, warnings: draft.warnings, isCreated: true)
    }

    /// Writes an object over the one that is there: `PUT`, and the end of every `PATCH`.
    ///
    /// A `metadata.resourceVersion` that is given must be the current one. With a subresource, only that part counts.
    public mutating func replace(
        _ key: ObjectKey, _ object: Object, _ subresource: Subresource? = nil, _ options: WriteOptions, now: Timestamp
    ) throws(Status) -> Written {
        switch subresource {
        case .binding: return try bind(key, to: object, options, now: now)
        case .eviction: return try evict(key, object, options, now: now)
        case .scale, .token, .ephemeralContainers:
            throw Status.methodNotAllowed
        case nil, .status, .finalize, .resize: break
        }
        guard let resource = catalog.resource(of: key) else { throw Status.nothingThere }
        var draft = try Draft(object, catalog, options, subresource)
        try draft.checkName(key)
        guard let old = store[key] else {
            guard subresource == nil, resource.allowsCreationOnUpdate else { throw Status.notFound(resource, key.name) }
            return try create(draft.named(key), options, now: now)
        }
        defer { allocations.rollBack() }
        try draft.checkPreconditions(old)
        draft.prepareForUpdate(of: old, subresource)
        guard draft.object.value != old.value else { return Written(old, warnings: draft.warnings) }
        draft.recordManager(
            options, old, subresource, schema: store.schema(of: draft.resource, version: draft.resource.version),
            now: now)
        try admit(&draft, replacing: old, subresource)
        guard !options.isDryRun else { return Written(draft.object, warnings: draft.warnings) }
        allocations.commit()
        return Written(overwrite(key, with: draft.object, now: now), warnings: draft.warnings)
    }

    /// Deletes an object, or begins to: `DELETE`.
    public mutating func delete(
        _ key: ObjectKey, _ options: DeleteOptions, now: Timestamp
    ) throws(Status) -> Deletion {
        guard let resource = catalog.resource(of: key) else { throw Status.nothingThere }
        guard let object = store[key] else { throw Status.notFound(resource, key.name) }
        try options.check(object, resource)
        if let why = protection(of: key) { throw Status.forbidden(resource, key.name, why) }
        guard !options.isDryRun else { return Deletion(object, isGone: true) }
        var options = options
        if options.propagation == nil, resource.orphansByDefault { options.propagation = .orphan }
        return beginDeletion(key, object, options, now: now)
    }

    /// Why an object may not be deleted; nil if it may.
    func protection(of key: ObjectKey) -> String? {
        switch key.kind {
        case "Namespace" where Cluster.initialNamespaces.contains(key.name): "this namespace may not be deleted"
        case "Node" where nodes.states[key.name] != nil: Cluster.nodesAreGiven
        default: nil
        }
    }

    /// Writes an object that was found good; one that only waited for its last finalizer is gone then.
    private mutating func overwrite(_ key: ObjectKey, with object: Object, now: Timestamp) -> Object {
        // Services are planned with the lines of their manifest, which the object no longer follows.
        services.tables[key]?.entries = nil
        update(key, now: now) { $0 = object }
        return store[key] ?? object
    }
}

extension Status {
    /// Another object has the name; one that goes says so.
    fileprivate static func taken(_ resource: Resource, _ other: Object) -> Status {
        var status = Status.alreadyExists(resource, other.name)
        if other.isTerminating { status.message = "object is being deleted: \(status.message)" }
        return status
    }

    static let versionOnCreation: Status = {
        var status = Status(.internalError, "resourceVersion should not be set on objects to be created")
        status.reason = nil
        return status
    }()
}

extension DeleteOptions {
    /// The corresponding Go functions are `Preconditions.Check` and `BeforeDelete`.
    fileprivate func check(_ object: Object, _ resource: Resource) throws(Status) {
        let record = String(object.resourceVersion)
        if let uid, uid != object.uid {
            throw conflict(
                object, resource,
                "the UID in the precondition (\(uid)) does not match the UID in record (\(object.uid)). "
                    + "The object might have been deleted and then recreated")
        }
        if let resourceVersion, resourceVersion != record {
            throw conflict(
                object, resource,
                "the ResourceVersion in the precondition (\(resourceVersion)) does not match the "
                    + "ResourceVersion in record (\(record)). The object might have been modified")
        }
    }

    private func conflict(_ object: Object, _ resource: Resource, _ why: String) -> Status {
        // A real server names the kind here, and everywhere else the plural.
        Status(
            .conflict, "Operation cannot be fulfilled on \(resource.qualifiedKind) \"\(object.name)\": \(why)",
            Status.Details(name: object.name, group: resource.group, kind: resource.kind))
    }
}
