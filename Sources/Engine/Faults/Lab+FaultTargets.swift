// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// What a request for a fault means.
extension Lab {
    /// What may be broken beside Pods and nodes.
    enum TargetRange { case objects, links }

    /// What a request names: `node-2`, `pod/web-1`, `NAMESPACE/NAME`, or the Pods that its selector picks.
    func targets(
        _ request: Value, _ field: String, allows range: TargetRange = .objects
    ) throws -> [FaultTarget] {
        if request["selector"] != nil { return try selectedPods(request).map(podTarget) }
        let text = request.text(field)
        if cluster.store[ObjectKey("Node", "", text)] != nil { return [.node(text)] }
        if range == .links {
            if text == NamespaceName.host.text { return [.place(text)] }
            let parts = text.split(separator: "/")
            if parts.count == 2, parts[0] == "outside" {
                guard cluster.plan.namespaces[.outside(String(parts[1]))] != nil else {
                    throw LabError("there is no system \(parts[1]) outside; lab status shows those that there are")
                }
                return [.place(text)]
            }
        }
        guard !text.isEmpty else { throw LabError("say which: \"\(field)\" takes a node or a Pod") }
        return [try podTarget(try pod(text))]
    }

    private func podTarget(_ key: ObjectKey) throws -> FaultTarget {
        guard let running = pods[key] else { throw LabError("\(key) does not run") }
        return .pod(key, uid: running.uid)
    }

    /// The Pod of a text: `NAME`, `pod/NAME`, `NAMESPACE/NAME`, `pod/NAMESPACE/NAME`.
    func pod(_ text: String) throws -> ObjectKey {
        var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count > 1, ["pod", "pods", "po"].contains(parts[0]) { parts.removeFirst() }
        guard (1...2).contains(parts.count), let name = parts.last, !name.isEmpty else {
            throw LabError("\"\(text)\" names no Pod: write pod/NAME or NAMESPACE/NAME")
        }
        let key = try resolve(ObjectKey("Pod", parts.count == 2 ? parts[0] : "*", name))
        guard cluster.store[key] != nil else { throw LabError("there is no Pod \(key.namespace)/\(key.name)") }
        return key
    }

    /// The Pods of a request: one by name, or those that its selector picks in its namespace.
    func selectedPods(_ request: Value) throws -> [ObjectKey] {
        guard let text = request["selector"]?.string else { return [try pod(request.text("pod"))] }
        let selector = try LabelSelector(text: text)
        let namespace = request["namespace"]?.string ?? "default"
        let found = cluster.store.objects("Pod").map(Pod.init).filter { pod in
            pod.namespace == namespace && selector.matches(pod.labels) && pods[pod.key] != nil
        }
        guard !found.isEmpty else { throw LabError("the selector \(text) picks no Pod that runs in \(namespace)") }
        return found.map(\.key).sorted()
    }

    /// The node that a field names.
    func node(_ request: Value, _ field: String) throws -> String {
        let name = request.text(field)
        guard cluster.store[ObjectKey("Node", "", name)] != nil else {
            let names = cluster.store.keys("Node").map(\.name).joined(separator: ", ")
            throw LabError("there is no node \(name); there are: \(names)")
        }
        return name
    }

    /// The node that a request names, or all of them.
    func nodes(_ request: Value) throws -> [String] {
        guard request.text("node").isEmpty else { return [try node(request, "node")] }
        return cluster.store.keys("Node").map(\.name).sorted()
    }

    /// Whether the state that a request asks for is the first of two.
    func isOn(_ request: Value, _ on: String, _ off: String) throws -> Bool {
        switch request.text("state") {
        case on: true
        case off: false
        case let state: throw LabError("the state is \(on) or \(off), not \"\(state)\"")
        }
    }

    /// The Pods that answer for names: the one of a name, or all.
    func nameServers(_ text: String) throws -> [ObjectKey] {
        let all = pods.filter { $0.value.answersNames }.keys.sorted()
        guard !text.isEmpty else {
            guard !all.isEmpty else { throw LabError("no Pod of this lab answers for names") }
            return all
        }
        let key = try pod(text)
        guard all.contains(key) else {
            let names = all.map { "\($0.namespace)/\($0.name)" }.joined(separator: ", ")
            throw LabError("\(key) does not answer for names; these do: \(names)")
        }
        return [key]
    }
}

extension RunningPod {
    /// True if it answers for names.
    var answersNames: Bool { lifecycle.containers.contains { ContainerProgram.answersNames($0.container) } }
}
