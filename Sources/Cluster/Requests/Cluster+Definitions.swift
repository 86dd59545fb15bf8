// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

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

extension Store {
    /// A version of a custom resource, as its definition has it: one entry of `spec.versions`; nil for all others.
    public func definedVersion(_ version: String, of resource: Resource) -> Value? {
        guard resource.isCustom else { return nil }
        let definition = self[ObjectKey("CustomResourceDefinition", "", resource.qualifiedPlural)]
        return definition?.spec["versions"]?.elements.first { $0["name"]?.string == version }
    }

    /// `openAPIV3Schema` of a version of a custom resource; nil for all others.
    public func schema(of resource: Resource, version: String) -> Value? {
        definedVersion(version, of: resource)?["schema", "openAPIV3Schema"]
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
