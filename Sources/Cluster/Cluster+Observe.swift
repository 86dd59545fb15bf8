// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What each write makes worth another look. A key in `dirty` only says "look again", never what to do.
extension Cluster {
    mutating func observe(_ event: StoreEvent, now: Timestamp) {
        pending.events.append(event)
        let key = event.key
        switch key.kind {
        case "Pod": observePod(event, now: now)
        case "Service":
            observeService(event)
            recordAddresses(of: event.old, event.new, now: now)
        case "Endpoints": dirty.endpoints.insert(ObjectKey("Service", key.namespace, key.name))
        case "EndpointSlice": observeSlice(event)
        case "Node": observeNode(event, now: now)
        case "Event": if event.kind == .deleted { eventLog.forget(key) }
        case "ServiceAccount", "ConfigMap":
            if event.kind != .added, Cluster.isNamespaceContent(key) {
                dirty.namespaces.insert(ObjectKey("Namespace", "", key.namespace))
            }
        case "Namespace" where event.new == nil:
            index.namespaceEnds[key] = nil
            pending.names.append(NameChange(.namespace(key.name, false)))
        case "Namespace":
            if event.old == nil { pending.names.append(NameChange(.namespace(key.name, true))) }
            if event.new?.isTerminating == true { dirty.namespaces.insert(key) }
        case "CustomResourceDefinition": observeDefinition(event)
        default: observeCustomObject(event)
        }
        index.setOwned(event)
        markControllers(of: event)
        markOwnership(of: event)
        if event.kind == .deleted { observeDeletion(event) }
    }

    private mutating func observeDeletion(_ event: StoreEvent) {
        sources[event.key] = nil
        if event.old?.isStandIn == true || event.key.namespace == "default" && event.key.name == "kubernetes" {
            dirty.namespaces.insert(ObjectKey("Namespace", "", event.key.namespace))
        }
        if let uid = event.old?.uid { dirty.collectable.formUnion(store.dependents(ofUID: uid)) }
        let namespace = ObjectKey("Namespace", "", event.key.namespace)
        if !event.key.namespace.isEmpty, store[namespace]?.isTerminating == true { dirty.namespaces.insert(namespace) }
    }

    private mutating func observePod(_ event: StoreEvent, now: Timestamp) {
        guard event.new?.isStandIn != true, event.old?.isStandIn != true else { return }
        let key = event.key
        let old = index.pods[key]
        let new = event.new.map { object in
            PodFacts(object) { store[ObjectKey("Node", "", $0)]?.labels["topology.kubernetes.io/zone"] }
        }
        if let pod = event.new, new?.node == nil, !pod.isTerminating, event.old?.value["spec"] != pod.value["spec"] {
            // What a Pod asks of nodes may have changed though nothing else did.
            dirty.unscheduled.insert(key)
        }
        guard old != new else { return }
        index.setPod(key, new, now: now)
        markServices(of: key, old, new)
        markControllers(of: key, old, new)
        if let new, let object = event.new { observeLivePod(new, object, old) } else { observeGonePod(key, old) }
    }

    private mutating func observeLivePod(_ new: PodFacts, _ object: Object, _ old: PodFacts?) {
        guard let node = new.node, nodes.states[node] != nil else {
            if !new.isTerminating { dirty.unscheduled.insert(new.key) }
            return
        }
        if old?.node != node { dirty.mark(ObjectKey("Node", "", node)) }
        if nodes.placements[new.key] == nil, new.isActive {
            place(new, object)
        }
        if new.isTerminating, old?.isTerminating != true, nodes.placements[new.key] != nil {
            pending.podsToStop.append(new.key)
        }
    }

    private mutating func observeGonePod(_ key: ObjectKey, _ old: PodFacts?) {
        nodes.waiting.remove(key)
        guard nodes.placements[key] != nil else { return }
        // Its object went without waiting for its processes.
        pending.podsToStop.append(key)
    }

    private mutating func markServices(of key: ObjectKey, _ old: PodFacts?, _ new: PodFacts?) {
        let isSame =
            old?.labels == new?.labels && old?.endpoints == new?.endpoints && old?.isFinished == new?.isFinished
        guard !isSame, old?.address != nil || new?.address != nil else { return }
        if let old { dirty.endpoints.formUnion(index.services.keys(selecting: old.labels, namespace: key.namespace)) }
        if let new, new.labels != old?.labels {
            dirty.endpoints.formUnion(index.services.keys(selecting: new.labels, namespace: key.namespace))
        }
    }

    private mutating func observeService(_ event: StoreEvent) {
        let key = event.key
        services.tables[key]?.entries = nil
        if services.setHealthCheckPort(key, event.new.flatMap { Service($0).servedHealthCheckPort }) {
            pending.healthChecksChanged = true
        }
        index.setSelector(key, event.new.flatMap { Service($0).selector })
        if !event.isStatusOnly {
            dirty.endpoints.insert(key)
            pending.names.append(NameChange(.service(key, event.new)))
        }
        dirty.nodeTables.insert(key)
        dirty.loadBalancers.insert(key)
        if event.kind == .deleted, let old = event.old {
            services.hints[key] = nil
            allocations.release(old)
            allocations.commit()
        }
    }

    private mutating func observeSlice(_ event: StoreEvent) {
        let old = index.slices[event.key]
        let new = event.new.flatMap { object in
            if let old, let before = event.old { old.after(before, object) } else { SliceFacts(object) }
        }
        // A slice that someone deleted is made again.
        if event.new == nil, let old { dirty.endpoints.insert(old.service) }
        guard old != new else { return }
        index.setSlice(event.key, new)
        pending.names.append(NameChange(.slice(event.key, new)))
        for facts in [old, new] {
            guard let facts else { continue }
            dirty.nodeTables.insert(facts.service)
            if services.followingEndpoints.contains(facts.service) { dirty.edgeTables.insert(facts.service) }
        }
    }

    private mutating func observeNode(_ event: StoreEvent, now: Timestamp) {
        let (old, new) = (event.old.map(NodeFacts.init), event.new.map(NodeFacts.init))
        guard old != new else { return }
        observeNodeTraffic(event.key.name, old, new, now: now)
        dirty.unscheduled.formUnion(nodes.waiting)
        nodes.waiting = []
        markAll("DaemonSet")
    }
}

extension StoreEvent {
    /// True for a change that leaves `spec` and `metadata` as they were, but for the revision.
    var isStatusOnly: Bool {
        guard let old, let new, old.value["spec"] == new.value["spec"] else { return false }
        var before = old.value["metadata"]
        before?["resourceVersion"] = new.value["metadata", "resourceVersion"]
        return before == new.value["metadata"]
    }
}
