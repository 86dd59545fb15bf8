// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// CustomResourceDefinitions: what they make is in `catalog` with the very write, and goes with them.
extension Cluster {
    private static let cleanup = "customresourcecleanup.apiextensions.k8s.io"

    mutating func observeDefinition(_ event: StoreEvent) {
        if let new = event.new {
            catalog.define(new)
            dirty.definitions.insert(event.key)
        } else {
            catalog.remove(event.key.name)
        }
    }

    /// `openAPIV3Schema` of a custom object's version; nil for all others.
    func schema(of draft: Draft) -> Value? {
        guard draft.resource.isCustom else { return nil }
        let definition = store[ObjectKey("CustomResourceDefinition", "", draft.resource.qualifiedPlural)]
        let version = definition?.spec["versions"]?.elements.first { $0["name"]?.string == draft.resource.version }
        return version?["schema", "openAPIV3Schema"]
    }

    /// The last object of a kind lets a definition go that waits for it.
    mutating func observeCustomObject(_ event: StoreEvent) {
        guard event.kind == .deleted, let resource = catalog.resource(of: event.key), resource.isCustom else { return }
        let key = ObjectKey("CustomResourceDefinition", "", resource.qualifiedPlural)
        if store[key]?.isTerminating == true { dirty.finalizing.insert(key) }
    }

    /// Says that a definition's names are taken and its kind is served, as the API server of a real cluster does.
    mutating func reconcileDefinition(_ key: ObjectKey, now: Timestamp) {
        guard store[key]?.isTerminating == false else { return }
        let isServed = catalog.customResources.contains { $0.qualifiedPlural == key.name }
        update(key, now: now) { definition in
            definition.acceptNames()
            definition.set(
                Condition("NamesAccepted", .true, reason: "NoConflicts", message: "no conflicts found"), now: now)
            let established = Condition(
                "Established", isServed, reason: isServed ? "InitialNamesAccepted" : "NotServed",
                message: isServed ? "the initial names have been accepted" : "no version is served")
            definition.set(established, now: now)
            if !definition.finalizers.contains(Cluster.cleanup) { definition.finalizers += [Cluster.cleanup] }
        }
    }

    mutating func deleteCustomObjects(of definition: Object, now: Timestamp) {
        guard let resource = Resource(definition: definition) else {
            return drop(Cluster.cleanup, from: definition.key, now: now)
        }
        for key in store.keys(resource.keyKind) where store[key]?.isTerminating == false {
            requestDeletion(key, gracePeriodSeconds: nil, now: now)
        }
        if store.keys(resource.keyKind).isEmpty { drop(Cluster.cleanup, from: definition.key, now: now) }
    }
}

extension Object {
    fileprivate mutating func acceptNames() {
        let versions = (spec["versions"]?.elements ?? []).filter { $0["storage"] == true }.compactMap { $0["name"] }
        let stored = value["status", "storedVersions"]?.elements ?? []
        value["status", "acceptedNames"] = spec["names"]
        value["status", "storedVersions"] = .array(stored + versions.filter { !stored.contains($0) })
    }
}
