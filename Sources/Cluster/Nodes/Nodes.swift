// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// What is taken of each node, and where each Pod stands.
struct Nodes: Sendable {
    var states: [String: NodeState] = [:]
    /// The nodes' namespaces, in order.
    var namespaces: [NamespaceName] = []
    private(set) var placements: [ObjectKey: Placement] = [:]
    /// Pods that no node would take, to be tried again when room appears.
    var waiting: Set<ObjectKey> = []
    /// What the Pods that stand somewhere will not have near them.
    private(set) var shunning: [ObjectKey: [AffinityTerm]] = [:]
    /// Nodes that do not answer.
    var silent: Set<String> = []

    mutating func place(_ pod: ObjectKey, _ placement: Placement) {
        placements[pod] = placement
        if !placement.shuns.isEmpty { shunning[pod] = placement.shuns }
        states[placement.node]?.count(placement, 1)
    }

    /// Takes a Pod off its node and gives its address back.
    mutating func remove(_ pod: ObjectKey) -> Placement? {
        guard let placement = placements.removeValue(forKey: pod) else { return nil }
        shunning[pod] = nil
        states[placement.node]?.count(placement, -1)
        if placement.link != nil { states[placement.node]?.release(placement.addresses) }
        return placement
    }
}

/// What of one node is taken.
struct NodeState: Sendable {
    let namespace: NamespaceName
    /// The node's own, that of the primary family first.
    let addresses: [Address]
    /// What gives the Pods their addresses, one a family, in the same order.
    private(set) var allocators: [AddressAllocator]
    /// How many Pods there can be addresses for.
    let podCapacity: Int
    /// An IPv6 range has more addresses than a node's interfaces have numbers.
    private static let podLimit = 65_000
    private(set) var podCount = 0
    /// How many Pods of each controller run here, by the controller's uid.
    private(set) var controllers: [String: Int] = [:]
    private var hostPorts: Set<HostPort> = []
    /// What the Pods here ask for together, in thousandths, by resource.
    private(set) var requested: [String: Int64] = [:]

    init(namespace: NamespaceName, addresses: [Address], pods: [Prefix]) {
        self.namespace = namespace
        self.addresses = addresses
        // The first address of a node's Pods is a bridge's elsewhere; it stays free here.
        allocators = pods.map { AddressAllocator($0, firstOffset: 2) }
        podCapacity = min(allocators.map(\.capacity).min() ?? 0, NodeState.podLimit)
    }

    /// The node's own of the primary family.
    var address: Address { addresses[0] }

    /// The node's own addresses of a family.
    func addresses(_ family: Family) -> [Address] { addresses.filter { $0.family == family } }

    /// True if a family has no address left for a Pod.
    var hasNoAddress: Bool { allocators.contains { $0.usedCount >= $0.capacity } }

    /// Takes an address of each family; none if one of the families has none left.
    mutating func takeAddresses() throws(AllocationFailure) -> [Address] {
        var taken: [Address] = []
        do throws(AllocationFailure) {
            for index in allocators.indices { taken.append(try allocators[index].allocateNext()) }
        } catch {
            release(taken)
            throw error
        }
        return taken
    }

    /// Takes addresses that a Pod has already.
    mutating func restore(_ addresses: [Address]) {
        for address in addresses {
            for index in allocators.indices where allocators[index].range.family == address.family {
                try? allocators[index].allocate(address)
            }
        }
    }

    /// Has the next Pods get the addresses after the highest that is taken, as if all had been given in turn.
    mutating func goOn() { for index in allocators.indices { allocators[index].goOn() } }

    mutating func release(_ addresses: [Address]) {
        for address in addresses {
            for index in allocators.indices { allocators[index].release(address) }
        }
    }

    mutating func count(_ placement: Placement, _ change: Int) {
        podCount += change
        if let controller = placement.controller {
            let left = controllers[controller, default: 0] + change
            controllers[controller] = left > 0 ? left : nil
        }
        if change > 0 { hostPorts.formUnion(placement.hostPorts) } else { hostPorts.subtract(placement.hostPorts) }
        for (name, amount) in placement.requests { requested[name, default: 0] &+= amount * Int64(change) }
    }

    /// True if a port is taken at the same address, or at all of them.
    func hasConflict(with port: HostPort) -> Bool {
        hostPorts.contains { taken in
            taken.port == port.port && taken.transport == port.transport
                && (taken.address == port.address || taken.isEverywhere || port.isEverywhere)
        }
    }
}

/// Where one Pod stands.
struct Placement: Sendable {
    /// The Pod's uid: a later Pod of the same name waits until this one's processes are gone.
    var pod: String
    var node: String
    /// The Pod's, or with `hostNetwork` the node's; that of the primary family first.
    var addresses: [Address]
    /// Nil for a Pod with `hostNetwork`.
    var link: PodLink?
    /// The uid of the Pod's controller.
    var controller: String?
    var hostPorts: Set<HostPort>
    /// What the Pod asks for, in thousandths, by resource.
    var requests: [String: Int64]
    /// What the Pod will not have near it.
    var shuns: [AffinityTerm]
}

/// A port of a node that a container asks for.
struct HostPort: Sendable, Hashable {
    var transport: TransportProtocol
    var port: UInt16
    /// The node's address to which the port is bound (`hostIP`); empty for all of them.
    var address: String

    var isEverywhere: Bool { ["", "0.0.0.0", "::"].contains(address) }

    static func all(of pod: Pod) -> Set<HostPort> {
        var found: Set<HostPort> = []
        for container in pod.containers + pod.initContainers.filter(\.isRestartableInit) {
            for port in container.ports {
                // With hostNetwork, a container's port is the node's.
                guard let number = port.hostPort ?? (pod.isHostNetwork ? port.containerPort : nil) else { continue }
                found.insert(HostPort(transport: port.transport, port: number, address: port.hostAddress))
            }
        }
        return found
    }
}

extension Cluster {
    /// Gives a Pod that has a node its address, its place in the plan and in the node's table.
    mutating func place(_ facts: PodFacts, _ object: Object) {
        guard let node = facts.node, let state = nodes.states[node] else { return }
        let namespace =
            facts.isHostNetwork ? state.namespace : NamespaceName("\(facts.key.namespace)/\(facts.key.name)")
        var placement = Placement(
            pod: object.uid, node: node, addresses: state.addresses, controller: facts.controller?.uid,
            hostPorts: HostPort.all(of: Pod(object)), requests: ResourceAmounts.requests(of: object),
            shuns: PodAffinity(object).far)
        if !facts.isHostNetwork {
            guard let addresses = try? nodes.states[node]?.takeAddresses() else { return }
            let number = Int(clamping: addresses[0].value - state.allocators[0].range.address.value)
            placement.addresses = addresses
            placement.link = PodLink(
                namespace: namespace, node: state.namespace, addresses: addresses, nodeAddresses: state.addresses,
                number: number, pod: facts.key)
        }
        nodes.place(facts.key, placement)
        placement.link?.join(to: &plan)
        if placement.link != nil { setLocalPod(facts.key, on: state.namespace, placement.addresses) }
        let pools = addHostPorts(placement, object)
        pending.kept.append(.place(facts.key, placement, pools))
        pending.podsToStart.append(assignment(facts.key, placement, state))
    }

    func assignment(_ key: ObjectKey, _ placement: Placement, _ state: NodeState) -> PodAssignment {
        PodAssignment(
            key: key, node: state.namespace, namespace: placement.link?.namespace ?? state.namespace,
            addresses: placement.addresses, interface: placement.link?.podEnd, nodeInterface: placement.link?.nodeEnd)
    }

    /// Gives a Pod its place that had to wait for an earlier one of the same name.
    mutating func place(again object: Object) {
        guard let facts = index.pods[object.key], facts.isActive, facts.node != nil else { return }
        place(facts, object)
    }

    /// Takes a Pod off its node, out of the plan and out of the node's table.
    mutating func releasePod(_ key: ObjectKey) {
        guard let placement = nodes.remove(key) else { return }
        pending.kept.append(StateChange(StateChange.name(StateChange.place, key), nil))
        if let link = placement.link {
            link.leave(&plan)
            setLocalPod(key, on: link.node, [])
            removeHostPorts(of: key, placement)
        }
        dirty.unscheduled.formUnion(nodes.waiting)
        nodes.waiting = []
    }

    mutating func setLocalPod(_ key: ObjectKey, on node: NamespaceName, _ addresses: [Address]) {
        let name = "\(key.namespace)/\(key.name)"
        for family in configuration.families {
            let address = addresses.first { $0.family == family }
            guard let changes = plan.namespaces[node]?.rulesets[family]?.setLocalPod(name: name, address: address)
            else { continue }
            pending.change(node, family, Ruleset.partName(pod: name), .table(changes))
        }
    }
}
