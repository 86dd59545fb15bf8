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
        let topology = Topology(configuration)
        for (index, node) in configuration.nodes.enumerated() {
            guard let pods = topology.podRange(index) else { continue }
            let state = NodeState(
                namespace: topology.namespace(index), address: topology.nodeAddress(index), pods: pods)
            nodes.states[node.name] = state
            create(Cluster.node(node, state, now: now), now: now)
        }
        makeKubernetesService(topology, now: now)
    }

    private static func node(_ node: NodeConfiguration, _ state: NodeState, now: Timestamp) -> Object {
        var object = Object(apiVersion: "v1", kind: "Node", name: node.name)
        var labels = node.labels
        labels["kubernetes.io/hostname"] = node.name
        labels["kubernetes.io/os"] = "linux"
        labels["beta.kubernetes.io/os"] = "linux"
        labels["kubernetes.io/arch"] = architecture
        labels["beta.kubernetes.io/arch"] = architecture
        if let zone = node.zone { labels["topology.kubernetes.io/zone"] = zone }
        object.labels = labels
        let range = Value.string(state.addresses.range.description)
        object.spec = ["podCIDR": range, "podCIDRs": [range]]
        let capacity: Value = ["pods": .string(String(state.addresses.capacity))]
        object.status = [
            "addresses": [
                ["type": "InternalIP", "address": .string(state.address.description)],
                ["type": "Hostname", "address": .string(node.name)],
            ],
            "capacity": capacity, "allocatable": capacity,
            "nodeInfo": [
                "architecture": .string(architecture), "operatingSystem": "linux", "osImage": "Lab",
                "kubeletVersion": "v1.36.0", "kubeProxyVersion": "", "containerRuntimeVersion": "lab://1",
                "kernelVersion": "", "machineID": "", "systemUUID": "", "bootID": "",
            ],
        ]
        let ready = Condition("Ready", .true, reason: "KubeletReady", message: "kubelet is posting ready status")
        object.set(ready, now: now)
        return object
    }

    private static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "amd64"
        #endif
    }

    /// D26: the API server as a Service, at the first address of the range, with the control plane as its endpoint.
    private mutating func makeKubernetesService(_ topology: Topology, now: Timestamp) {
        let address = Value.string(topology.controlPlaneAddress.description)
        let port: Value = ["name": "https", "port": 6443, "protocol": "TCP"]
        var service = Object(apiVersion: "v1", kind: "Service", namespace: "default", name: "kubernetes")
        service.labels = ["component": "apiserver", "provider": "kubernetes"]
        service.spec = [
            "clusterIP": .string(configuration.serviceRange.address.advanced(by: 1).description),
            "ports": [["name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443]], "type": "ClusterIP",
        ]
        service = service.defaulted()
        _ = allocations.settle(&service, replacing: nil, &numbers)
        allocations.commit()
        create(service, now: now)
        var endpoints = Object(apiVersion: "v1", kind: "Endpoints", namespace: "default", name: "kubernetes")
        endpoints.labels = ["endpointslice.kubernetes.io/skip-mirror": "true"]
        endpoints.value["subsets"] = [["addresses": [["ip": address]], "ports": [port]]]
        create(endpoints, now: now)
        var slice = Object(
            apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: "default", name: "kubernetes")
        slice.labels = [EndpointSliceController.serviceName: "kubernetes"]
        slice.value["addressType"] = .string(topology.controlPlaneAddress.family.rawValue)
        slice.value["endpoints"] = [["addresses": [address], "conditions": ["ready": true]]]
        slice.value["ports"] = [port]
        create(slice, now: now)
    }
}
