// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

extension StoryLine {
    /// The kinds of objects that a story tells of. Secrets are not among them.
    public static let objectKinds = [
        "Namespace", "Node", "ConfigMap", "Service", "EndpointSlice", "Deployment", "ReplicaSet", "StatefulSet",
        "DaemonSet", "Pod", "Event",
    ]

    private static let isTold = Set(objectKinds)

    /// The key as a story has it: `Service/default/web`, `Node/node-1`.
    public static func name(of key: ObjectKey) -> String {
        key.namespace.isEmpty ? "\(key.kind)/\(key.name)" : "\(key.kind)/\(key.namespace)/\(key.name)"
    }

    /// The key of an object as a story has it; nil for a text that is none.
    public static func key(_ name: String) -> ObjectKey? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 || parts.count == 3 else { return nil }
        return ObjectKey(parts[0], parts.count == 3 ? parts[1] : "", parts[parts.count - 1])
    }

    /// The object without what only the API's own book-keeping needs.
    public static func shown(_ object: Object) -> Value {
        var value = object.value
        value["metadata", "managedFields"] = nil
        return value
    }
}

extension Cluster {
    /// What a story tells of a write; nil for kinds that it does not tell of.
    public func storyFields(_ event: StoreEvent) -> Value? {
        guard StoryLine.isTold(event.key), let object = event.new ?? event.old else { return nil }
        return fields(event.kind.rawValue.lowercased(), event.key, object, revision: event.revision)
    }

    /// The objects of which a story tells at its beginning, after one of them; at most so many.
    public func storyObjects(after last: ObjectKey?, limit: Int) -> [(key: ObjectKey, fields: Value)] {
        var found: [ObjectKey] = []
        var kinds = StoryLine.objectKinds[...]
        if let last { kinds = kinds.drop { $0 != last.kind } }
        for kind in kinds where found.count < limit {
            found += store.keys(kind, after: kind == last?.kind ? last : nil, limit: limit - found.count)
        }
        return found.compactMap { key in
            guard let object = store[key] else { return nil }
            var fields = fields("added", key, object, revision: object.resourceVersion)
            fields["opening"] = true
            return (key, fields)
        }
    }

    private func fields(_ verb: String, _ key: ObjectKey, _ object: Object, revision: UInt64) -> Value {
        var value: Value = [
            "verb": .string(verb), "revision": .int(Int64(clamping: revision)),
            "key": .string(StoryLine.name(of: key)), "object": StoryLine.shown(object),
        ]
        if let place = sources[key]?.place(of: "") {
            value["source"] = .string("\(place.file):\(place.position.line)")
        }
        return value
    }
}

extension StoryLine {
    fileprivate static func isTold(_ key: ObjectKey) -> Bool { isTold.contains(key.kind) }
}
