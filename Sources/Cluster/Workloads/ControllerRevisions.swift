// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The templates that a StatefulSet or DaemonSet has had, kept as ControllerRevision objects for `kubectl rollout
/// history` and `undo`. The corresponding Go package is `pkg/controller/history`.
struct ControllerRevisions: Sendable {
    static let hashLabel = "controller-revision-hash"

    /// Oldest first; what was made or moved just now is among them.
    private(set) var all: [Object]
    /// What brings the objects into line: the present template's revision made, or moved to the end.
    private(set) var writes: [Write] = []
    /// The revision of the owner's present template.
    private(set) var current: Object

    init(of owner: Object, _ store: Store) {
        let data = ControllerRevisions.data(of: owner)
        all = store.dependents(ofUID: owner.uid).filter { $0.kind == "ControllerRevision" }.compactMap { store[$0] }
            .filter { !$0.isTerminating && $0.controller?.uid == owner.uid }
            .sorted { ($0.revision, $0.name) < ($1.revision, $1.name) }
        let last = all.last?.revision ?? 0
        if let place = all.lastIndex(where: { $0.value["data"] == data }) {
            var found = all[place]
            if found.revision < last {
                // A template that comes back becomes the newest.
                found.value["revision"] = .int(Int64(last + 1))
                writes.append(.replace(found))
                all.remove(at: place)
                all.append(found)
            }
            current = found
        } else {
            current = ControllerRevisions.revision(of: owner, data, number: last + 1, store)
            writes.append(.create(current))
            all.append(current)
        }
    }

    /// The hash by which Pods say which revision they are of.
    var currentHash: String { ControllerRevisions.hash(of: current) }

    static func hash(of revision: Object) -> String { revision.labels[hashLabel] ?? "" }

    /// The revision of this name.
    func named(_ name: String?) -> Object? { all.first { $0.name == name } }

    /// The Pod template that a revision keeps.
    static func template(of revision: Object) -> Value {
        var template = revision.value["data", "spec", "template"] ?? .object([:])
        template["$patch"] = nil
        return template
    }

    /// Deletes the oldest revisions beyond the limit that no Pod and no status names.
    func retire(limit: Int, live: Set<String>) -> [Write] {
        let idle = all.filter { $0.key != current.key && !live.contains(ControllerRevisions.hash(of: $0)) }
        return idle.prefix(max(0, idle.count - limit)).map { .delete($0.key) }
    }

    /// What a strategic merge patch needs to bring the template back.
    private static func data(of owner: Object) -> Value {
        var template = owner.spec["template"] ?? .object([:])
        template["$patch"] = "replace"
        return ["spec": ["template": template]]
    }

    private static func revision(of owner: Object, _ data: Value, number: Int, _ store: Store) -> Object {
        var salt: UInt32 = 0
        var hash = TemplateHash.text(of: data, salt: salt)
        while store[ObjectKey("ControllerRevision", owner.namespace, "\(owner.name)-\(hash)")] != nil, salt < 100 {
            salt += 1
            hash = TemplateHash.text(of: data, salt: salt)
        }
        var revision = Object(
            apiVersion: "apps/v1", kind: "ControllerRevision", namespace: owner.namespace, name: "\(owner.name)-\(hash)"
        )
        revision.labels = owner.spec["template", "metadata", "labels"]?.strings ?? [:]
        revision.labels[hashLabel] = hash
        revision.annotations = owner.annotations.filter { $0.key != LastApplied.annotation }
        revision.owners = [OwnerReference(controller: owner)]
        revision.value["data"] = data
        revision.value["revision"] = .int(Int64(number))
        return revision
    }
}

extension Object {
    fileprivate var revision: Int { value["revision"]?.count ?? 0 }
}
