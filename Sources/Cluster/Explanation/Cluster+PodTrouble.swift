// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Why a Pod gets no connections, from its conditions and what was recorded of it.
extension Cluster {
    /// The reason of the condition `Ready` of a Pod that is assumed to be unready.
    static let assumedUnready = "AssumedUnready"

    func trouble(of object: Object) -> PodTrouble {
        trouble(of: object, unhealthyMessages(in: object.namespace)[object.name])
    }

    /// - Parameter heard: what the kubelet said last of the Pod's failing probe.
    func trouble(of object: Object, _ heard: String?) -> PodTrouble {
        let pod = Pod(object)
        if pod.isTerminating { return .terminating }
        if pod.isFinished { return .finished(pod.phase) }
        guard let node = pod.nodeName else {
            return .unscheduled(object.condition("PodScheduled").map(\.message) ?? "")
        }
        if nodes.silent.contains(node) { return .nodeSilent(node) }
        let ready = object.condition("Ready")
        if ready?.reason == Cluster.assumedUnready { return .assumed }
        if let waiting = Cluster.waiting(object) { return waiting }
        if let failing = failingProbe(pod, object, heard) { return failing }
        if ready?.reason == "ReadinessGatesNotReady" {
            let gates = object.spec["readinessGates"]?.elements.compactMap { $0["conditionType"]?.string } ?? []
            if let closed = gates.first(where: { object.condition($0)?.status != .true }) { return .gate(closed) }
        }
        return .unready(ready?.message ?? "")
    }

    private static func waiting(_ object: Object) -> PodTrouble? {
        let statuses = ["initContainerStatuses", "containerStatuses"].flatMap { object.status[$0]?.elements ?? [] }
        for status in statuses {
            guard let waiting = status["state"]?["waiting"] else { continue }
            let name = status["name"]?.string ?? ""
            let message = waiting["message"]?.string ?? ""
            return .waiting("container \(name): \(waiting["reason"]?.string ?? "waiting")", message)
        }
        return nil
    }

    /// The probe of a container that runs and is not ready.
    private func failingProbe(_ pod: Pod, _ object: Object, _ heard: String?) -> PodTrouble? {
        let unready = Set(
            (object.status["containerStatuses"]?.elements ?? []).filter { $0["ready"]?.bool != true }
                .compactMap { $0["name"]?.string })
        let probe = pod.containers.first { unready.contains($0.name) && $0.readinessProbe != nil }?.readinessProbe
        return probe.map { .probeFails($0.handler.text, heard ?? "") }
    }

    /// What the kubelet said last of failing probes, by the Pod's name: `HTTP probe failed with statuscode: 503`.
    func unhealthyMessages(in namespace: String) -> [String: String] {
        var messages: [String: (time: String, text: String)] = [:]
        for event in store.objects("Event", namespace: namespace) where event.value["reason"] == "Unhealthy" {
            guard let pod = event.value["involvedObject", "name"]?.string,
                let text = event.value["message"]?.string
            else { continue }
            let time = event.value["lastTimestamp"]?.string ?? ""
            if let last = messages[pod], last.time > time { continue }
            messages[pod] = (time, text.split(separator: "probe failed: ", maxSplits: 1).last.map(String.init) ?? text)
        }
        return messages.mapValues(\.text)
    }
}

extension Probe.Handler {
    /// `HTTP GET :8080/readyz`, `TCP :8080`, `exec cat /tmp/healthy`, `gRPC :9000`.
    var text: String {
        switch self {
        case .httpGet(let get): "\(get.scheme) GET \(get.host):\(get.port)\(get.path)"
        case .tcpSocket(let port, let host): "TCP \(host):\(port)"
        case .exec(let command): "exec \(command.joined(separator: " "))"
        case .grpc(let port, _): "gRPC :\(port)"
        }
    }
}
