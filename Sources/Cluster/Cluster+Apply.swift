// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// One object of an `apply` that was found good, before anything is written.
private struct Prepared {
    var object: Object
    var old: Object?
    var source: Source
    var applied: Applied

    /// What the others of a manifest need to be there.
    var isFirst: Bool { ["Namespace", "CustomResourceDefinition"].contains(applied.key.kind) }
}

extension Cluster {
    mutating func applyAll(_ documents: [Document], now: Timestamp) throws(Refusal) -> [Applied] {
        var faults: [Refusal.Fault] = []
        var prepared: [Prepared] = []
        let written = ManifestObjects(documents, catalog, &numbers)
        for (document, object) in zip(documents, written.objects) {
            do throws(Refusal) {
                prepared.append(try prepare(object, document.source, written))
            } catch {
                faults += error.faults
            }
        }
        guard faults.isEmpty else {
            allocations.rollBack()
            throw Refusal(faults)
        }
        allocations.commit()
        let applied = prepared.map(\.applied)
        // Each is let go when it is written: what the Store makes of it can be made in its place.
        var waiting = prepared.filter(\.isFirst) + prepared.filter { !$0.isFirst }
        prepared = []
        for index in waiting.indices { write(&waiting[index], now: now) }
        return applied
    }

    /// Defaults, merges, validates and allocates; takes nothing but addresses and ports, which can be given back.
    private mutating func prepare(
        _ written: Object, _ source: Source, _ manifest: ManifestObjects
    ) throws(Refusal) -> Prepared {
        let key = written.key
        guard let resource = manifest.catalog.resource(of: written) else {
            let unknown = Problem(
                "kind", .invalid, value: Value.string(written.kind).json(), "a lab knows no such kind")
            throw Refusal(written, [Resource.problem(of: written) ?? unknown], source: source)
        }
        let old = store[key]
        let warnings = written.defaulted().warnings()
        var object = merged(written, old)
        if key.kind == "Service", let old { object = object.carryingAllocations(from: old) }
        var problems = namespaceProblems(key, old, manifest.namespaces)
        if problems.isEmpty, key.kind == "Pod", old == nil { problems = admissionProblems(&object, manifest) }
        // An API server allocates before it validates: of both kinds of fault, the first are told.
        if problems.isEmpty, key.kind == "Service" { problems = allocations.settle(&object, replacing: old, &numbers) }
        if problems.isEmpty { problems = object.problems(replacing: old, of: resource) }
        if key.kind == "Node", old == nil {
            problems.append(Problem("metadata.name", .forbidden, Cluster.nodesAreGiven))
        }
        guard problems.isEmpty else { throw Refusal(object, problems, source: source) }
        var applied = Applied(key: key, verb: .unchanged, warnings: warnings)
        applied.isKept = resource.handling != .acted
        applied.verb = old == nil ? .created : old?.value == object.value ? .unchanged : .configured
        return Prepared(object: object, old: old, source: source, applied: applied)
    }

    private mutating func admissionProblems(_ pod: inout Object, _ manifest: ManifestObjects) -> [Problem] {
        do throws(Status) {
            try admit(pod: &pod, made: manifest.keys)
            return []
        } catch {
            return [Problem("spec", .forbidden, error.message)]
        }
    }

    private func merged(_ written: Object, _ old: Object?) -> Object {
        var object = written
        if let old { object = written.withAnnotations.merged(onto: old, lastWritten: LastApplied.value(of: old)) }
        object.annotations[LastApplied.annotation] = written.withAnnotations.value.json() + "\n"
        return object.canonical.defaulted()
    }

    private func namespaceProblems(_ key: ObjectKey, _ old: Object?, _ namespaces: Set<String>) -> [Problem] {
        guard !key.namespace.isEmpty else { return [] }
        let namespace = store[ObjectKey("Namespace", "", key.namespace)]
        if namespace == nil, !namespaces.contains(key.namespace) {
            return [
                Problem(
                    "metadata.namespace", .notFound, value: "\"\(key.namespace)\"",
                    "namespaces \"\(key.namespace)\" not found")
            ]
        }
        guard old == nil, namespace?.isTerminating == true else { return [] }
        return [Problem("metadata.namespace", .forbidden, Cluster.namespaceEnds(key.namespace))]
    }

    private mutating func write(_ item: inout Prepared, now: Timestamp) {
        let key = item.object.key
        var object = Object(.null)
        swap(&object, &item.object)
        sources[key] = item.source
        services.tables[key]?.entries = nil
        if item.old == nil {
            create(object, now: now)
        } else {
            update(key, now: now) { $0 = object }
        }
    }
}

/// The objects of a manifest as the user means them: with a namespace, with a name, and without what only servers
/// write.
private struct ManifestObjects {
    var objects: [Object] = []
    /// The namespaces that the manifest itself makes.
    var namespaces: Set<String> = []
    /// All that the manifest makes.
    var keys: Set<ObjectKey> = []
    /// All kinds, those that the manifest itself makes among them.
    private(set) var catalog: ResourceCatalog

    init(_ documents: [Document], _ known: ResourceCatalog, _ numbers: inout RandomNumbers) {
        catalog = known
        for document in documents where document.object.keyKind == "CustomResourceDefinition" {
            catalog.define(document.object)
        }
        for document in documents {
            var object = document.object
            let isNamespaced = catalog.resource(of: object)?.isNamespaced ?? true
            if isNamespaced, object.namespace.isEmpty { object.namespace = "default" }
            if !isNamespaced { object.namespace = "" }
            if object.name.isEmpty, let prefix = object.value["metadata", "generateName"]?.string {
                object.name = prefix + numbers.suffix()
            }
            object.removeServerFields()
            if object.kind == "Namespace" { namespaces.insert(object.name) }
            keys.insert(object.key)
            objects.append(object)
        }
    }
}

extension Object {
    fileprivate mutating func removeServerFields() {
        for field in Draft.serverFields + ["managedFields"] where value["metadata", field] != nil {
            value["metadata", field] = nil
        }
        let isActed = Resource.of(kind: keyKind)?.handling == .acted
        if isActed, value["status"] != nil { value["status"] = nil }
        if annotations[LastApplied.annotation] != nil { annotations[LastApplied.annotation] = nil }
    }

    /// The manifest with `metadata.annotations`, empty if need be: kubectl always writes the field, so that leaving it
    /// out does not take away the annotations of others.
    fileprivate var withAnnotations: Object {
        var object = self
        if value["metadata", "annotations"] == nil { object.value["metadata", "annotations"] = .object([:]) }
        return object
    }
}
