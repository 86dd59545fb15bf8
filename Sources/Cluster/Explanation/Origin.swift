// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// Where a connection begins.
struct Origin {
    /// The namespace whose program opens it.
    var namespace: NamespaceName
    /// The Pod whose program it is; nil for the host, the edge, a node.
    var pod: ObjectKey?
    /// Whether the sender asks cluster DNS for names, and from which namespace's point of view.
    var searches: String?
}

extension Cluster {
    private static let podKinds = ["pod", "pods", "po"]
    private static let nodeKinds = ["node", "nodes", "no"]

    /// The place that a question's `from` names.
    func origin(_ text: String) throws(QuestionError) -> Origin {
        let name = NamespaceName(text)
        if !text.contains("/"), plan.namespaces[name] != nil { return Origin(namespace: name) }
        if let address = Address(text) { return try origin(address) }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3, parts.allSatisfy({ !$0.isEmpty }) else { throw noPlace(text) }
        if parts.count == 1 { return try origin(pod: uniquePod(parts[0], text)) }
        let kind = parts[0].lowercased()
        let namespace = parts.count == 3 ? parts[1] : nil
        if kind == Cluster.outsideKind, parts.count == 2, let system = outsideSystem(.outside(parts[1])) {
            return Origin(namespace: .outside(system.name))
        }
        if Cluster.podKinds.contains(kind) {
            return try origin(pod: uniquePod(parts[parts.count - 1], in: namespace, text))
        }
        if Cluster.nodeKinds.contains(kind), parts.count == 2, nodes.states[parts[1]] != nil {
            return Origin(namespace: NamespaceName(parts[1]))
        }
        if let owner = catalog.named(kind)?.keyKind, Cluster.kindsWithSelectors.contains(owner) {
            return try origin(podOf: uniqueKey(owner, parts[parts.count - 1], in: namespace, text))
        }
        guard parts.count == 2 else { throw noPlace(text) }
        return try origin(pod: uniquePod(parts[1], in: parts[0], text))
    }

    private func origin(_ address: Address) throws(QuestionError) -> Origin {
        if let pod = pod(at: address) { return try origin(pod: pod) }
        let owner = plan.namespaces.keys.sorted().first { name in
            !name.text.contains("/") && plan.namespaces[name]?.owns(address) == true && !address.isLoopback
        }
        if let owner { return Origin(namespace: owner) }
        let what = destination(SocketAddress(address, 0), .tcp)
        if what.isRuleOnly, let service = what.service {
            throw QuestionError("\(address) is an address of \(service): it is only a rule, and nothing sends from it")
        }
        throw QuestionError("nobody in the lab has the address \(address)")
    }

    private func origin(pod key: ObjectKey) throws(QuestionError) -> Origin {
        guard let placement = nodes.placements[key], let state = nodes.states[placement.node] else {
            let why =
                store[key]?.condition("PodScheduled").map(\.message).flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
            throw QuestionError("\(key) is on no node, so that nothing can be sent from it\(why)")
        }
        let pod = store[key].map(Pod.init)
        let policy = pod?.dnsPolicy ?? "ClusterFirst"
        let asks = placement.link == nil ? policy == "ClusterFirstWithHostNet" : policy.hasPrefix("ClusterFirst")
        return Origin(
            namespace: placement.link == nil ? state.namespace : NamespaceName("\(key.namespace)/\(key.name)"),
            pod: key, searches: asks ? key.namespace : nil)
    }

    /// One of a workload's Pods: the first that is ready, else the first that has a node.
    private func origin(podOf owner: ObjectKey) throws(QuestionError) -> Origin {
        let pods = pods(of: owner).filter { nodes.placements[$0] != nil }
        guard let key = pods.first(where: { index.pods[$0]?.isReady == true }) ?? pods.first else {
            throw QuestionError("\(owner) has no Pod on a node")
        }
        return try origin(pod: key)
    }

    /// The Pods of a workload, and of the ReplicaSets and Jobs that it has, sorted.
    func pods(of owner: ObjectKey) -> [ObjectKey] {
        guard let uid = store[owner]?.uid else { return [] }
        return store.dependents(ofUID: uid).sorted().flatMap { $0.kind == "Pod" ? [$0] : pods(of: $0) }
    }

    // MARK: Names

    func uniquePod(_ name: String, in namespace: String? = nil, _ text: String) throws(QuestionError) -> ObjectKey {
        try uniqueKey("Pod", name, in: namespace, text)
    }

    /// The key of the only object of a kind that has a name, in a namespace or in any.
    func uniqueKey(
        _ kind: String, _ name: String, in namespace: String?, _ text: String
    ) throws(QuestionError) -> ObjectKey {
        if let namespace {
            let key = ObjectKey(kind, namespace, name)
            guard store[key] != nil else { throw notFound(kind, name, in: namespace, text) }
            return key
        }
        let found = store.keys(kind).filter { $0.name == name }
        guard let first = found.first else { throw notFound(kind, name, in: nil, text) }
        guard found.count == 1 else {
            let all = found.prefix(5).map { "\(kind.lowercased())/\($0.namespace)/\($0.name)" }
            throw QuestionError(
                "several namespaces have a \(kind) named \(name): \(all.joined(separator: ", "))"
                    + (found.count > all.count ? " and \(found.count - all.count) more" : ""))
        }
        return first
    }

    private func notFound(_ kind: String, _ name: String, in namespace: String?, _ text: String) -> QuestionError {
        let place = namespace.map { " in namespace \($0)" } ?? ""
        if let namespace, store[ObjectKey("Namespace", "", namespace)] == nil {
            let near = Suggestion.closest(to: namespace, among: store.keys("Namespace").map(\.name))
            return QuestionError("there is no namespace \(namespace)" + (near.map { "; is it \($0)?" } ?? ""))
        }
        if let other = store.keys(kind).first(where: { $0.name == name }) {
            return QuestionError("there is no \(kind) \(name)\(place); there is one in namespace \(other.namespace)")
        }
        // A Pod of a workload is named in part: web for web-5d9c7b-x2x4z.
        let keys = store.keys(kind, namespace: namespace)
        let near =
            keys.first { $0.name.hasPrefix(name + "-") }?.name
            ?? Suggestion.closest(to: name, among: keys.map(\.name))
        let isAnyPlace = kind == "Pod" && !text.contains("/")
        let hint = near ?? (isAnyPlace ? otherPlaces(name) : nil)
        let choices = isAnyPlace ? "; nodes are \(nodes.states.keys.sorted().listed(or: "none"))" : ""
        return QuestionError(
            "there is no \(isAnyPlace ? "place" : kind) \(name)\(place)" + (hint.map { "; is it \($0)?" } ?? choices))
    }

    private func otherPlaces(_ name: String) -> String? {
        Suggestion.closest(to: name, among: plan.namespaces.keys.map(\.text).filter { !$0.contains("/") })
    }

    private func noPlace(_ text: String) -> QuestionError {
        QuestionError(
            "\"\(text)\" is no place: write host, edge, a node's name, outside/NAME, pod/NAME, NAMESPACE/NAME, deploy/NAME, or an address"
        )
    }
}
