// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// What is in a cluster before anyone applies anything.
extension Cluster {
    static let initialNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"]

    mutating func makeInitialObjects(now: Timestamp) {
        for name in Cluster.initialNamespaces {
            create(Object(apiVersion: "v1", kind: "Namespace", name: name), now: now)
        }
        takeNodes()
        for node in configuration.nodes {
            guard let state = nodes.states[node.name] else { continue }
            create(Cluster.node(node, state, configuration.machine, now: now), now: now)
        }
        for object in AccessObjects.all + Cluster.priorityClasses { create(object, now: now) }
        makeServiceRange(now: now)
        provideKubernetesService(now: now)
        makeNameService(now: now)
        if configuration.dns.isEnabled { create(Cluster.nameServers.defaulted(), now: now) }
        provideStandIns(now: now)
    }

    /// Takes in what the nodes have to give, which follows from the configuration.
    mutating func takeNodes() {
        let topology = Topology(configuration)
        for (index, node) in configuration.nodes.enumerated() {
            let pods = topology.podRanges(index)
            guard !pods.isEmpty else { continue }
            let state = NodeState(
                namespace: topology.namespace(index), addresses: topology.nodeAddresses(index), pods: pods)
            nodes.states[node.name] = state
            nodes.namespaces.append(state.namespace)
        }
    }

    /// What Pods that a cluster cannot be without may name as their `priorityClassName`.
    private static let priorityClasses = [
        ("system-cluster-critical", Int64(2_000_000_000)), ("system-node-critical", 2_000_001_000),
    ]
    .map { name, value in
        var object = Object(apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", name: name)
        object.value["value"] = .int(value)
        object.value["preemptionPolicy"] = "PreemptLowerPriority"
        object.value["description"] = "For Pods that the cluster needs in order to work."
        return object
    }

    private static func node(
        _ node: NodeConfiguration, _ state: NodeState, _ machine: Machine, now: Timestamp
    ) -> Object {
        var object = Object(apiVersion: "v1", kind: "Node", name: node.name)
        var labels = node.labels
        labels["kubernetes.io/hostname"] = node.name
        labels["kubernetes.io/os"] = "linux"
        labels["beta.kubernetes.io/os"] = "linux"
        labels["kubernetes.io/arch"] = Machine.architecture
        labels["beta.kubernetes.io/arch"] = Machine.architecture
        if let zone = node.zone { labels["topology.kubernetes.io/zone"] = zone }
        object.labels = labels
        let ranges = state.allocators.map { Value.string($0.range.description) }
        object.spec = ["podCIDR": ranges[0], "podCIDRs": .array(ranges)]
        var capacity: Value = ["pods": .string(String(state.podCapacity))]
        if machine.processors > 0 { capacity["cpu"] = .string(String(machine.processors)) }
        if machine.memory > 0 { capacity["memory"] = .string("\(machine.memory)Ki") }
        object.status = [
            "addresses": .array(
                state.addresses.map { ["type": "InternalIP", "address": .string($0.description)] }
                    + [["type": "Hostname", "address": .string(node.name)]]),
            "capacity": capacity, "allocatable": capacity,
            "nodeInfo": [
                "architecture": .string(Machine.architecture), "operatingSystem": "linux",
                "osImage": .string(machine.osImage), "kernelVersion": .string(machine.kernelVersion),
                "kubeletVersion": .string(EmulatedVersion.text), "kubeProxyVersion": "",
                "containerRuntimeVersion": "lab://1",
                "machineID": .string(machine.machineID), "systemUUID": "", "bootID": .string(machine.bootID),
            ],
        ]
        object.setHealthy(now: now)
        return object
    }
}
