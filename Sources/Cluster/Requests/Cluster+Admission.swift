// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What a draft passes before it is written, in a real server's order: its namespace, its name, what admission adds,
/// what is allocated to it, and validation.
extension Cluster {
    static let nodesAreGiven = "a lab's nodes are those of its Lab document"

    static func namespaceEnds(_ name: String) -> String {
        "unable to create new content in namespace \(name) because it is being terminated"
    }

    /// Refuses a new object for a namespace that is missing or ends. The corresponding plugin is `NamespaceLifecycle`.
    func checkNamespace(_ draft: Draft) throws(Status) {
        let name = draft.object.namespace
        guard draft.resource.isNamespaced else { return }
        guard let namespace = store[ObjectKey("Namespace", "", name)] else {
            throw Status(
                .notFound, "namespaces \"\(name)\" not found", Status.Details(name: name, kind: "namespaces"))
        }
        guard namespace.isTerminating else { return }
        var status = Status.forbidden(
            draft.resource, draft.object.name,
            Cluster.namespaceEnds(name))
        status.details?.causes = [
            Status.Cause(
                reason: "NamespaceTerminating", message: "namespace \(name) is being terminated",
                field: "metadata.namespace")
        ]
        throw status
    }

    /// Gives an object that has only `generateName` a name that is free.
    mutating func generateName(_ draft: inout Draft) {
        guard draft.object.name.isEmpty, let prefix = draft.object.value["metadata", "generateName"]?.string,
            !prefix.isEmpty
        else { return }
        for _ in 0..<8 {
            draft.object.name = prefix.prefix(58) + numbers.suffix()
            if store[draft.object.key] == nil { return }
        }
    }

    /// Adds, allocates and validates; leaves allocations for the caller to commit or roll back.
    mutating func admit(
        _ draft: inout Draft, replacing old: Object? = nil, _ subresource: Subresource? = nil
    ) throws(Status) {
        let kind = draft.resource.keyKind
        if kind == "Node", old == nil {
            throw Status.forbidden(
                draft.resource, draft.object.name, Cluster.nodesAreGiven)
        }
        if kind == "Pod", old == nil { try admit(pod: &draft.object) }
        if kind == "Service", subresource == nil { try allocate(&draft.object, replacing: old) }
        let problems = problems(of: draft, replacing: old, subresource)
        guard problems.isEmpty else { throw Status.invalid(draft.object, problems) }
    }

    private mutating func allocate(_ service: inout Object, replacing old: Object?) throws(Status) {
        let problems = allocations.settle(&service, replacing: old, &numbers)
        guard let first = problems.first else { return }
        if first.path == "spec.healthCheckNodePort" {
            // A real server takes this one for a fault of its own.
            var details = Status.Details()
            details.causes = [Status.Cause(reason: "", message: first.detail)]
            throw Status(.internalError, "Internal error occurred: \(first.detail)", details)
        }
        throw Status.invalid(service, problems)
    }

    private func problems(of draft: Draft, replacing old: Object?, _ subresource: Subresource?) -> [Problem] {
        switch subresource {
        case .status: return draft.object.statusProblems()
        case .finalize: return []
        default: break
        }
        var problems = draft.object.problems(replacing: old, isStrict: false, of: draft.resource)
        if let old, old.isTerminating {
            let new = draft.object.finalizers.filter { !old.finalizers.contains($0) }.sorted()
            if !new.isEmpty {
                let list = new.map { Value.string($0).json() }.joined(separator: ", ")
                problems.append(
                    Problem(
                        "metadata.finalizers", .forbidden,
                        "no new finalizers can be added if the object is being deleted, found new finalizers "
                            + "[]string{\(list)}"))
            }
        }
        return problems
    }
}
