// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
internal import Net

/// Pods of `kube-system` that stand for parts of the lab itself, as mirror Pods stand for a kubelet's static Pods.
///
/// A lab's daemon is the API server, the controllers, the scheduler and every node's proxy at once. These Pods show
/// which of them there are and with which ranges they work (`kubectl cluster-info dump | grep
/// service-cluster-ip-range`). They have no processes, are never scheduled or started, and count nowhere.
extension Object {
    /// The value of the annotation `kubernetes.io/config.mirror` of such a Pod, which no other may get or lose.
    static let labSource = "lab"

    /// True for a Pod that stands for a part of the lab itself.
    public var isStandIn: Bool {
        kind == "Pod" && value["metadata", "annotations", "kubernetes.io/config.mirror"]?.string == Object.labSource
    }
}

extension Cluster {
    /// Makes those that are missing.
    mutating func provideStandIns(now: Timestamp) {
        for pod in standIns(now: now) where store[pod.key] == nil { create(pod, now: now) }
    }

    private func standIns(now: Timestamp) -> [Object] {
        let topology = Topology(configuration)
        let services = "--service-cluster-ip-range=\(list(configuration.ranges.map(\.services)))"
        let pods = "--cluster-cidr=\(list(configuration.ranges.map(\.pods)))"
        let ports =
            "--service-node-port-range=\(configuration.nodePorts.lowerBound)-\(configuration.nodePorts.upperBound)"
        let controlPlane = [
            (
                "kube-apiserver",
                [services, ports, "--secure-port=6443", "--advertise-address=\(topology.controlPlaneAddress)"]
            ),
            ("kube-controller-manager", [services, pods, "--allocate-node-cidrs=true"]), ("kube-scheduler", []),
        ].map { name, flags in
            StandIn(
                name: "\(name)-control-plane", component: name, labels: ["component": name, "tier": "control-plane"],
                command: [name] + flags, node: "control-plane", addresses: topology.controlPlaneAddresses)
        }
        let proxies = configuration.nodes.enumerated().map { index, node in
            StandIn(
                name: "kube-proxy-\(node.name)", component: "kube-proxy", labels: ["k8s-app": "kube-proxy"],
                command: [
                    "kube-proxy", "--proxy-mode=\(configuration.proxyMode)", pods, "--hostname-override=\(node.name)",
                ],
                node: node.name, addresses: topology.nodeAddresses(index))
        }
        let own = configuration.proxyMode == .none ? [] : proxies
        return (controlPlane + own).map { $0.pod(now: now) }
    }

    private func list(_ ranges: [Prefix]) -> String { ranges.map(\.description).joined(separator: ",") }
}

/// One such Pod before it is an object.
private struct StandIn {
    var name: String
    var component: String
    var labels: [String: String]
    var command: [String]
    var node: String
    var addresses: [Address]

    func pod(now: Timestamp) -> Object {
        var pod = Object(apiVersion: "v1", kind: "Pod", namespace: "kube-system", name: name)
        pod.labels = labels
        pod.annotations = [
            "kubernetes.io/config.source": Object.labSource, "kubernetes.io/config.mirror": Object.labSource,
        ]
        pod.spec = [
            "containers": [
                [
                    "name": .string(component), "image": .string("lab/\(component)"),
                    "command": .array(command.map { .string($0) }),
                ]
            ], "hostNetwork": true, "priorityClassName": "system-node-critical", "priority": 2_000_001_000,
            "tolerations": [["operator": "Exists"]],
        ]
        pod = pod.defaulted()
        pod.value["spec", "nodeName"] = .string(node)
        writeStatus(to: &pod, now: now)
        return pod
    }

    private func writeStatus(to pod: inout Object, now: Timestamp) {
        let time = Value.string(now.description)
        pod.status = ["phase": "Running", "qosClass": "BestEffort"]
        guard let address = addresses.first else { return }
        pod.value["status", "startTime"] = time
        for (field, list) in [("hostIP", "hostIPs"), ("podIP", "podIPs")] {
            pod.value["status", field] = .string(address.description)
            pod.value["status", list] = .array(addresses.map { ["ip": .string($0.description)] })
        }
        pod.value["status", "containerStatuses"] = [
            [
                "name": .string(component), "image": .string("lab/\(component)"), "imageID": "", "ready": true,
                "started": true, "restartCount": 0, "state": ["running": ["startedAt": time]],
                "lastState": .object([:]),
            ]
        ]
        for type in ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"] {
            pod.set(Condition(type, true), now: now)
        }
    }
}
