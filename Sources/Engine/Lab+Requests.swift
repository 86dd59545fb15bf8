// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

extension Lab {
    /// Sets or removes (nil) labels of an object; false if all were so already.
    func relabel(_ key: ObjectKey, _ labels: [String: String?]) throws -> Bool {
        try write(key) { object in for (name, value) in labels { object.labels[name] = value } }
    }

    /// Sets how many Pods a Deployment, StatefulSet, ReplicaSet or ReplicationController wants.
    func scale(_ key: ObjectKey, to replicas: Int) throws {
        guard cluster.catalog.resource(of: key)?.subresources.contains("scale") == true else {
            throw LabError("\(key.kind) cannot be scaled")
        }
        guard (0...100_000).contains(replicas) else { throw LabError("\(replicas) replicas: choose 0 to 100000") }
        _ = try write(key) { $0.value["spec", "replicas"] = .int(Int64(replicas)) }
    }

    /// Writes an object as the API does; false if nothing changed.
    private func write(_ key: ObjectKey, _ body: (inout Object) -> Void) throws -> Bool {
        guard var object = cluster.store[key] else { throw LabError("\(key) is not there") }
        let before = object.value
        body(&object)
        guard object.value != before else { return false }
        var options = WriteOptions()
        options.fieldManager = "lab"
        do throws(Status) { _ = try cluster.replace(key, object, nil, options, now: .now()) } catch {
            throw LabError(error.message)
        }
        settle()
        return true
    }

    /// Whether objects of the key's kind are within a namespace.
    func isNamespaced(_ key: ObjectKey) -> Bool { cluster.catalog.resource(of: key)?.isNamespaced ?? true }

    /// The kind that a word on the command line means, as `pod`, `deploy` or a custom resource's name.
    func resource(named word: String) -> Resource? { cluster.catalog.named(word) }

    /// The key with its namespace, where `*` stands for the only one that has the name.
    func resolve(_ key: ObjectKey) throws -> ObjectKey {
        guard key.namespace == "*" else { return key }
        let found = cluster.store.keys(key.kind).filter { $0.name == key.name }
        guard let first = found.first else { throw LabError("there is no \(key.kind) named \(key.name)") }
        guard found.count == 1 else {
            throw LabError(
                "several namespaces have a \(key.kind) named \(key.name): "
                    + found.map { "\($0.kind.lowercased())/\($0.namespace)/\($0.name)" }.joined(separator: ", "))
        }
        return first
    }

    /// Where a command of the user's is to run: the binding of a node or of an outside system, or the process of a Pod's first container.
    func locate(_ what: String) throws -> Value {
        if let place = cluster.plan.namespaces.keys.first(where: { $0.text == what }), !what.contains("/") {
            let resolver = Value.string(resolver(place) ?? "")
            if place == .host, !options.isIsolated { return ["host": true, "resolver": resolver] }
            return [
                "binding": .string(paths.binding(place)), "kubeconfig": .string(paths.kubeconfig), "resolver": resolver,
            ]
        }
        if let system = try locateOutside(what) { return system }
        let parts = what.split(separator: "/").map(String.init)
        let name = parts.last ?? ""
        let namespace =
            parts.count > 1 && !["pod", "po", "pods"].contains(parts[parts.count - 2]) ? parts[parts.count - 2] : "*"
        let key = try resolve(ObjectKey("Pod", namespace, name))
        guard let running = pods[key] else { throw LabError("\(key) does not run") }
        let containers = running.lifecycle.containers.enumerated().map { index, state -> Value in
            var value: Value = ["name": .string(state.container.name), "init": .bool(state.container.isInit)]
            if let process = running.processes[index] {
                value["pid"] = .int(Int64(process.pid))
                value["startTime"] = process.startTime.map { .int(Int64($0)) }
            }
            value["environment"] = .array(
                (kernel.runner.streams[key, state.container.name]?.environment ?? []).map { .string($0) })
            return value
        }
        return [
            "pod": .string("\(key.namespace)/\(key.name)"), "containers": .array(containers),
            "directory": .string(paths.pod(key.namespace, key.name)),
            "binding": .string(paths.binding(running.assignment.namespace)),
        ]
    }

    /// What is not ready yet, and, for the first Pods of it, why.
    func pendingText() -> [String] {
        let unready = cluster.store.objects("Pod").filter { !$0.isStandIn }.map(Pod.init).filter {
            !$0.isReady && $0.phase != .succeeded
        }
        let why = unready.compactMap { pod -> String? in
            let scheduled = pod.object.condition("PodScheduled")
            let reason = scheduled?.status == .false ? scheduled?.message : reasons[pod.key]
            return reason.map { "\(pod.key): \($0)" }
        }
        return Progress(cluster).pending + why.prefix(5) + rules.lacks.prefix(5)
    }
}
