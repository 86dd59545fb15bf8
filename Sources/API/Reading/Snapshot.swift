// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

/// The objects of one collection, as they are or as they were.
enum Snapshot {
    /// A collection's objects as they are, sorted by key, as far as a filter lets them through. Asking for one name in
    /// one namespace costs one look, whatever the number of objects.
    static func objects(_ store: Store, _ resource: Resource, _ namespace: String?, _ filter: ObjectFilter) -> [Object]
    {
        guard let name = filter.name, namespace != nil || !resource.isNamespaced else {
            let all = store.objects(resource.keyKind, namespace: namespace)
            return filter.isEmpty ? all : all.filter(filter.matches)
        }
        guard let object = store[ObjectKey(resource.keyKind, namespace ?? "", name)] else { return [] }
        return filter.matches(object) ? [object] : []
    }

    /// A collection's objects as of a revision, sorted by key; nil if too much has happened since.
    static func objects(_ store: Store, _ kind: String, _ namespace: String?, asOf revision: UInt64) -> [Object]? {
        let current = store.objects(kind, namespace: namespace)
        guard revision < store.revision else { return current }
        guard let events = store.events(since: revision) else { return nil }
        // What each object was before the first write to it since then.
        var before: [ObjectKey: Object?] = [:]
        for event in events where event.key.kind == kind && (namespace == nil || event.key.namespace == namespace) {
            if before[event.key] == nil { before[event.key] = .some(event.old) }
        }
        guard !before.isEmpty else { return current }
        let unchanged = current.filter { before[$0.key] == nil }
        return (unchanged + before.values.compactMap { $0 }).sorted { $0.key < $1.key }
    }
}
