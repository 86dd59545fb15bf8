// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Kubernetes
public import Net

/// The cluster as it was, made of what was kept of it.
///
/// Objects, places, addresses and numbers are what they were. All else follows from them again: every object is looked at as if
/// it had just come, so that whatever a controller had yet to do is done by the next `settle`, and what was done stays.
extension Cluster {
    /// A cluster that another daemon had.
    /// - Parameters:
    ///   - configuration: what it was made of; the proxy mode may be another by now.
    ///   - seed: one that was never used, so that names and uids do not come again.
    public init(_ configuration: Configuration, restoring image: StateImage, seed: UInt64, now: Timestamp) {
        var configuration = configuration
        let mode = image[StateChange.proxyMode]?.string.flatMap { Configuration.ProxyMode(rawValue: $0) }
        configuration.proxyMode = mode ?? configuration.proxyMode
        self.configuration = configuration
        store = Store()
        numbers = RandomNumbers(seed: seed)
        allocations = Allocations(configuration)
        plan = Topology(configuration).plan
        takeNodes()
        restore(image, now: now)
        hasInitialObjects = true
    }

    /// The Pods that stand somewhere, with the uid of each. The Store may have another Pod of a key by now, or none.
    public var placedPods: [(uid: String, assignment: PodAssignment)] {
        nodes.placements.sorted { $0.key < $1.key }.compactMap { key, placement in
            nodes.states[placement.node].map { (placement.pod, assignment(key, placement, $0)) }
        }
    }

    /// Has the plan's tables become what the kernels have: endpoints keep their slots, and what a table got as it was needed
    /// it has. Comes before the first `settle`; what it does not use is forgotten by `forgetFormerTables`.
    public mutating func setFormerTable(_ former: Ruleset.Former, of namespace: NamespaceName, _ family: Family) {
        services.formerSlots[.init(namespace: namespace, family: family)] = former.slots
        plan.namespaces[namespace]?.rulesets[family]?.grow(as: former)
    }

    /// The first `settle` has used what the kernels had.
    public mutating func forgetFormerTables() { services.formerSlots = [:] }

    /// The wall clock was set: what waits for a moment waits as long as it would have.
    public mutating func moveAlarms(milliseconds: Int64) { alarms.move(milliseconds: milliseconds) }

    private mutating func restore(_ image: StateImage, now: Timestamp) {
        let prefix = StateChange.object + " "
        let objects = image.entries.filter { $0.key.hasPrefix(prefix) }.map { Object($0.value) }
        store.restore(objects, revision: UInt64(clamping: image[StateChange.revision]?.int ?? 0))
        for definition in store.objects("CustomResourceDefinition") { catalog.define(definition) }
        restoreNumbers(image)
        restorePlaces(image)
        for object in objects.sorted(by: { ($0.restoringRank, $0.key) < ($1.restoringRank, $1.key) }) {
            observe(StoreEvent(.added, object.key, revision: object.resourceVersion, old: nil, new: object), now: now)
        }
        restoreJobs(image)
        restoreEvents()
        // Nobody needs to be told of what was there already.
        pending.events = []
        _ = (index.takeKept(), services.takeKept())
        pending.kept = pending.kept.filter { image[$0.name] != $0.value }
    }

    /// The numbers of Services in the tables, their addresses and their ports.
    private mutating func restoreNumbers(_ image: StateImage) {
        for name in image.names(StateChange.pools) {
            let fields = image["\(StateChange.pools) \(name)"]?.fields ?? [:]
            let numbers = fields.map { text, value in (ServiceState.PortKey(text), value.numbers) }
            for (port, numbers) in numbers {
                if let port { services.restore(pools: [port: numbers], of: ObjectKey("Service", slashed: name)) }
            }
        }
        services.restoreNumbers(
            besides: image.names(StateChange.place).flatMap {
                image["\(StateChange.place) \($0)"]?["pools"]?.numbers ?? []
            })
        for service in store.objects("Service").map(Service.init) { allocations.restore(service) }
        for name in image.names(StateChange.balancer) {
            let addresses = image["\(StateChange.balancer) \(name)"]?.addresses ?? []
            for address in addresses {
                guard let range = configuration.ranges(address.family)?.loadBalancers else { continue }
                _ = try? services.takeExternalAddress(address, of: range)
            }
            services.setLoadBalancer(ObjectKey("Service", slashed: name), addresses)
        }
        for name in image.names(StateChange.probe) {
            let value = image["\(StateChange.probe) \(name)"]
            let parts = name.split(separator: "/").map(String.init)
            guard parts.count == 2, let port = UInt16(parts[1]), let succeeded = value?["succeeded"]?.bool,
                let address = value?["address"]?.string.flatMap({ Address($0) })
            else { continue }
            services.setProbe(LoadBalancerProbe(node: parts[0], address: address, port: port), succeeded)
        }
    }

    // MARK: Pods and nodes

    private mutating func restorePlaces(_ image: StateImage) {
        for node in store.objects("Node") where node.condition("Ready")?.status == .unknown {
            nodes.silent.insert(node.name)
        }
        for name in image.names(StateChange.place) {
            guard let value = image["\(StateChange.place) \(name)"] else { continue }
            restore(ObjectKey("Pod", slashed: name), value)
        }
        for node in nodes.states.keys { nodes.states[node]?.goOn() }
    }

    /// Gives a Pod the place that it had. Of one whose object is gone, or is another's by now, the place is all there is.
    private mutating func restore(_ key: ObjectKey, _ kept: Value) {
        guard let uid = kept["pod"]?.string, let node = kept["node"]?.string, let state = nodes.states[node] else {
            return
        }
        let object = store[key].flatMap { $0.uid == uid ? $0 : nil }
        var placement = Placement(
            pod: uid, node: node, addresses: kept["addresses"]?.addresses ?? [], controller: object?.controller?.uid,
            hostPorts: object.map { HostPort.all(of: Pod($0)) } ?? [],
            requests: object.map { ResourceAmounts.requests(of: $0) } ?? [:],
            shuns: object.map { PodAffinity($0).far } ?? [])
        guard let first = placement.addresses.first else { return }
        if kept["own"]?.bool == true {
            nodes.states[node]?.restore(placement.addresses)
            placement.link = PodLink(
                namespace: NamespaceName("\(key.namespace)/\(key.name)"), node: state.namespace,
                addresses: placement.addresses, nodeAddresses: state.addresses,
                number: Int(clamping: first.value - state.allocators[0].range.address.value), pod: key)
        }
        nodes.place(key, placement)
        placement.link?.join(to: &plan)
        if placement.link != nil { setLocalPod(key, on: state.namespace, placement.addresses) }
        if let object { addHostPorts(placement, object, former: kept["pools"]?.numbers ?? []) }
    }

    // MARK: What is remembered

    private mutating func restoreJobs(_ image: StateImage) {
        for uid in image.names(StateChange.job) {
            if let kept = image["\(StateChange.job) \(uid)"] { index.restore(job: uid, JobRecord(kept)) }
        }
    }

    private mutating func restoreEvents() {
        let events = store.objects("Event").filter { $0.value["involvedObject"]?["uid"] != nil }
        for event in events.sorted(by: { $0.creationTimestamp < $1.creationTimestamp }) { eventLog.restore(event) }
    }
}

extension ServiceState.PortKey {
    /// The port of a text as `TCP/80`; nil for any other.
    fileprivate init?(_ text: String) {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 2, let transport = TransportProtocol(name: parts[0]), let port = UInt16(parts[1]) else {
            return nil
        }
        self.init(transport: transport, port: port)
    }
}

extension ObjectKey {
    /// The key of a kind and a text as `default/web`.
    fileprivate init(_ kind: String, slashed text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        self.init(kind, parts[0], parts.count > 1 ? parts[1] : "")
    }
}

extension Object {
    /// What others look at comes before them.
    fileprivate var restoringRank: Int {
        switch keyKind {
        case "CustomResourceDefinition": 0
        case "Namespace": 1
        case "Node": 2
        case "Service": 3
        case "Pod": 4
        default: 5
        }
    }
}
