// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What the files of a scenario certainly have: for references to what is nowhere.
struct KnownObjects {
    /// Names by the kinds of the input's objects.
    private var names: [String: Set<String>] = [:]
    /// Nodes of the lab; nil if they are not known.
    let nodes: [String]?
    /// Systems beyond the edge.
    let outside: [String]
    /// Whether kinds may be there that Kubernetes does not have.
    let hasCustomKinds: Bool
    /// Whether there is any object at all: a scenario alone is used with files that are not known yet.
    let hasObjects: Bool

    init(_ documents: [Document], _ scenario: Document) {
        let read = try? LabConfiguration.read(documents)
        var lab = read?.lab
        if let spec = scenario.object.value["spec", "lab"], LabConfiguration.problems(ofSpec: spec).isEmpty {
            // Only what names things is of interest.
            var object = Object(["apiVersion": "lab/v1", "kind": "Lab"])
            object.spec = spec
            let over = try? LabConfiguration.read([Document(object: object, source: scenario.source)]).lab
            if spec["nodes"] != nil, let over { lab?.nodes = over.nodes }
            if spec["external"] != nil, let over { lab?.external = over.external }
        }
        nodes = lab.map { $0.nodes.map(\.name) }
        outside = (lab?.external ?? []).map(\.name)
        let rest = read?.rest ?? []
        hasObjects = !rest.isEmpty
        hasCustomKinds = rest.contains { $0.object.kind == "CustomResourceDefinition" }
        for document in rest { names[document.object.kind, default: []].insert(document.object.name) }
    }

    /// Kinds of which only the author makes objects.
    private static let authored: Set<String> = [
        "Service", "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Ingress", "NetworkPolicy",
    ]

    /// What is wrong with a reference; nil if it may be there.
    func problem(of reference: ObjectReference) -> String? {
        guard let resource = reference.resource else {
            if hasCustomKinds { return nil }
            let words = Resource.all.flatMap { [$0.singular, $0.plural] }
            let hint = Suggestion.closest(to: reference.kind, among: words).map { "; did you mean \($0.quoted)?" } ?? ""
            return "there is no kind \(reference.kind.quoted)\(hint)"
        }
        if resource.kind == "Node", let nodes, !nodes.contains(reference.name) {
            return problem(ofNode: reference.name)
        }
        guard hasObjects, Self.authored.contains(resource.kind) else { return nil }
        // The API itself, and what the lab brings with it.
        if resource.kind == "Service", ["kubernetes", "kube-dns"].contains(reference.name) { return nil }
        let names = names[resource.kind] ?? []
        guard !names.contains(reference.name) else { return nil }
        let hint =
            Suggestion.closest(to: reference.name, among: names.sorted()).map { "; did you mean \($0.quoted)?" }
            ?? (names.isEmpty ? "" : "; there are \(names.sorted().prefix(8).joined(separator: ", "))")
        return "no file has a \(resource.kind) of this name\(hint)"
    }

    func problem(ofNode name: String) -> String? {
        guard let nodes, !nodes.contains(name) else { return nil }
        let all = nodes.prefix(5).joined(separator: ", ") + (nodes.count > 5 ? ", …" : "")
        let hint = Suggestion.closest(to: name, among: nodes + ["host", "edge"]).map { "; did you mean \($0.quoted)?" }
        return "the lab has no such node; there are \(all)\(hint ?? "")"
    }

    func problem(of location: Location) -> String? {
        switch location {
        case .node(let name) where name != "control-plane": problem(ofNode: name)
        case .outside(let name) where !outside.contains(name):
            "the lab file has no such system outside"
                + (outside.isEmpty ? " (spec.external)" : "; there are \(outside.joined(separator: ", "))")
        default: nil
        }
    }
}
