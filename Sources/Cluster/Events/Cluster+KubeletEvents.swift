// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// What a node's kubelet says of the Pods that it runs, in the kubelet's words.
extension Cluster {
    private static let normal: Set<String> = ["Pulled", "Created", "Started", "Killing"]

    /// Keeps what a kubelet has to say of a Pod, or of one container of it.
    public mutating func recordKubelet(
        _ reason: String, _ message: String, about pod: ObjectKey, container: String? = nil, node: String,
        now: Timestamp
    ) {
        let kind: EventNote.Kind = Cluster.normal.contains(reason) ? .normal : .warning
        let path = container.map { "spec.containers{\($0)}" } ?? ""
        record(
            EventNote(kind, reason, message, about: pod, fieldPath: path, from: "kubelet", host: node), now: now)
    }

    /// Keeps that a container was started.
    public mutating func recordStart(of container: Container, pod: ObjectKey, node: String, now: Timestamp) {
        for (reason, message) in [
            ("Pulled", "Container image \"\(container.image)\" already present on machine"),
            ("Created", "Created container: \(container.name)"), ("Started", "Started container \(container.name)"),
        ] { recordKubelet(reason, message, about: pod, container: container.name, node: node, now: now) }
    }
}
