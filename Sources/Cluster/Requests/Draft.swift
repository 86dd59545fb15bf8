// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// An object on its way into the Store: as the client wrote it, then step by step as it will be kept.
struct Draft {
    var object: Object
    let resource: Resource
    /// For `Warning` headers.
    var warnings: [String] = []

    /// Reads what a client wrote: of a kind that is served, with fields of the right types, all of them known or told
    /// of, in their canonical form, and with the defaults filled in.
    init(
        _ object: Object, _ catalog: ResourceCatalog, _ options: WriteOptions, _ subresource: Subresource? = nil
    ) throws(Status) {
        guard let resource = catalog.resource(of: object), resource.handling != .answered else {
            throw Status.nothingThere
        }
        self.resource = resource
        self.object = object
        if let why = object.decodingFailure() { throw Status(.badRequest, why) }
        try dropUnknownFields(options)
        self.object = self.object.canonical
        if resource.isCustom { self.object.value["apiVersion"] = .string(resource.apiVersion) }
        if resource.isNamespaced, object.namespace.isEmpty { self.object.namespace = "default" }
        if !resource.isNamespaced, !object.namespace.isEmpty { self.object.namespace = "" }
        self.object = self.object.defaulted(isAdmitted: false)
        if subresource == nil { warnings += self.object.warnings() }
    }

    private mutating func dropUnknownFields(_ options: WriteOptions) throws(Status) {
        let duplicates = options.duplicateFields
        let faults = object.strictFaults(duplicates: duplicates)
        guard !faults.isEmpty else { return }
        switch options.fieldValidation {
        case .strict:
            throw Status(.badRequest, object.strictDecodingFailure(duplicates: duplicates) ?? faults[0])
        case .warn: warnings += faults
        case .ignore: break
        }
        object = object.withoutUnknownFields()
    }

    /// Takes away what only the server writes. The corresponding Go function is `rest.BeforeCreate`.
    /// - Returns: the resourceVersion that the client gave, which a new object cannot have.
    mutating func prepareForCreation(_ options: WriteOptions) -> String {
        let version = object.value["metadata", "resourceVersion"]?.string ?? ""
        for field in Self.serverFields where object.value["metadata", field] != nil {
            object.value["metadata", field] = nil
        }
        if !options.keepsManagedFields { object.value["metadata", "managedFields"] = nil }
        if resource.hasStatus, object.value["status"] != nil { object.value["status"] = nil }
        // Its first status is part of what a Pod, say, is defaulted to.
        if !resource.isCustom { object = object.defaulted(isAdmitted: false) }
        return version
    }

    /// The fields of `metadata` that only the server writes.
    static let serverFields = [
        "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
        "selfLink",
    ]

    /// Keeps `metadata.managedFields` in the name of whoever writes. To be called before anything is admitted or
    /// allocated, for that is nobody's.
    mutating func recordManager(
        _ options: WriteOptions, _ old: Object?, _ subresource: Subresource? = nil, schema: Value?, now: Timestamp
    ) {
        guard !options.keepsManagedFields else { return }
        var written = object
        if resource.hasStatus, subresource == nil { written.value["status"] = old?.value["status"] }
        if resource.keyKind == "Namespace" { written.value["spec"] = old?.value["spec"] }
        ManagedFields.recordUpdate(
            old: old, new: &written, manager: options.fieldManager.isEmpty ? "unknown" : options.fieldManager,
            subresource: subresource?.rawValue, schema: schema, now: now)
        object.value["metadata", "managedFields"] = written.value["metadata", "managedFields"]
    }
}

extension Draft {
    /// The object that a `PUT` on a name that is free makes.
    func named(_ key: ObjectKey) -> Object {
        var object = object
        object.name = key.name
        object.namespace = key.namespace
        return object
    }

    func checkName(_ key: ObjectKey) throws(Status) {
        guard !object.name.isEmpty, object.name != key.name else { return }
        throw Status(
            .badRequest,
            "the name of the object (\(object.name)) does not match the name on the URL (\(key.name))")
    }

    /// The uid, if one is given, and the resourceVersion must be those of the object that is there.
    func checkPreconditions(_ old: Object) throws(Status) {
        let uid = object.uid
        if !uid.isEmpty, uid != old.uid {
            throw Status.conflict(
                resource, old.name,
                "StorageError: invalid object, Code: 4, Key: \(resource.storagePath(old)), ResourceVersion: 0, "
                    + "AdditionalErrorMsg: Precondition failed: UID in precondition: \(uid), UID in object meta: \(old.uid)"
            )
        }
        let version = object.value["metadata", "resourceVersion"]?.string ?? ""
        guard !version.isEmpty, version != "0" else {
            guard !resource.allowsUnconditionalUpdate else { return }
            let path = "metadata.resourceVersion"
            throw Status.invalid(old, [Problem(path, .invalid, value: "0", "must be specified for an update")])
        }
        guard let number = UInt64(version) else {
            let why = "strconv.ParseUint: parsing \(Value.string(version).json()): invalid syntax"
            throw Status(
                .badRequest,
                "invalid resource version: resourceVersion: Invalid value: \(Value.string(version).json()): \(why)")
        }
        guard number == old.resourceVersion else {
            let why = "the object has been modified; please apply your changes to the latest version and try again"
            throw Status.conflict(resource, old.name, why)
        }
    }

    /// What only the server writes stays as it is, and so does the part that this write is not about. The
    /// corresponding Go functions are `rest.BeforeUpdate` and each kind's `PrepareForUpdate`.
    mutating func prepareForUpdate(of old: Object, _ subresource: Subresource?) {
        switch subresource {
        case .status: keepAllButStatus(of: old)
        case .finalize:
            let finalizers = object.value["spec", "finalizers"]
            object.value = old.value
            object.value["spec", "finalizers"] = finalizers
        case .resize: keepAllButResources(of: old)
        default:
            if resource.hasStatus { object.value["status"] = old.value["status"] }
            if resource.kind == "Namespace" { object.value["spec"] = old.value["spec"] }
        }
        object.value["apiVersion"] = .string(resource.isCustom ? resource.apiVersion : object.apiVersion)
        object.name = old.name
        object.namespace = old.namespace
        for field in Self.serverFields {
            let kept = old.value["metadata", field]
            if object.value["metadata", field] != kept { object.value["metadata", field] = kept }
        }
        if object.value["metadata", "managedFields"] == nil {
            object.value["metadata", "managedFields"] = old.value["metadata", "managedFields"]
        }
        if resource.keyKind == "Service", subresource == nil { object = object.carryingAllocations(from: old) }
    }

    private mutating func keepAllButStatus(of old: Object) {
        let (status, metadata) = (object.value["status"], object.value["metadata"])
        object.value = old.value
        object.value["status"] = status
        // Labels and annotations may be written beside a status, but not those of custom objects and workloads.
        guard !resource.isCustom, let metadata else { return }
        object.value["metadata"] = metadata
        object.value["metadata", "ownerReferences"] = old.value["metadata", "ownerReferences"]
        object.value["metadata", "finalizers"] = old.value["metadata", "finalizers"]
        if old.value["spec", "template"] != nil {
            object.value["metadata", "labels"] = old.value["metadata", "labels"]
        }
    }

    private mutating func keepAllButResources(of old: Object) {
        let wanted = Dictionary(
            (object.spec["containers"]?.elements ?? []).map { ($0["name"]?.string ?? "", $0["resources"]) }
        ) { first, _ in first }
        object.value = old.value
        let containers = (old.spec["containers"]?.elements ?? []).map { container in
            var container = container
            if let resources = wanted[container["name"]?.string ?? ""] { container["resources"] = resources }
            return container
        }
        object.value["spec", "containers"] = .array(containers)
    }
}
