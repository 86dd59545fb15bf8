// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension TableLayout {
    private struct PodReading {
        let subject: TableSubject
        let summary: PodSummary
    }

    static let pod = TableLayout(
        reading: { PodReading(subject: $0, summary: PodSummary($0)) },
        [
            TableColumn("Name", format: "name", "The Pod's name, unique in its namespace") {
                .string($0.subject.object.name)
            },
            .text("Ready", "How many of its containers take traffic") {
                "\($0.summary.readyContainers)/\($0.summary.totalContainers)"
            },
            .text("Status", "What the Pod as a whole is doing") { $0.summary.word },
            .text("Restarts", "How often containers were started again, and when last") { $0.summary.restartsText },
            .text("Age", "How long ago the Pod was made") { $0.subject.age },
            .wide("IP", "The Pod's address") { $0.subject.status["podIPs"].list.first?["ip"].text ?? "<none>" },
            .wide("Node", "The node that it is bound to") { $0.subject.spec["nodeName"].text ?? "<none>" },
            .wide("Nominated Node", "The node on which room is made for it") {
                $0.subject.status["nominatedNodeName"].text ?? "<none>"
            },
            .wide("Readiness Gates", "How many of its readiness gates are open") { gates(of: $0.subject) },
        ], conditions: completion)

    private static func gates(of subject: TableSubject) -> String {
        let gates = subject.spec["readinessGates"].list
        guard !gates.isEmpty else { return "<none>" }
        return "\(gates.count { subject.has($0["conditionType"]?.string ?? "") })/\(gates.count)"
    }

    /// Tells clients that the Pod will not run again, so that they may leave it out.
    private static func completion(_ subject: TableSubject) -> Value? {
        switch subject.status["phase"]?.string {
        case "Succeeded": completed("Succeeded", "The pod has completed successfully.")
        case "Failed": completed("Failed", "The pod failed.")
        default: nil
        }
    }

    private static func completed(_ reason: String, _ message: String) -> Value {
        [["type": "Completed", "status": "True", "reason": .string(reason), "message": .string(message)]]
    }

    static let podTemplate = TableLayout([
        .name,
        .text("Containers", "Names of the template's containers") { $0.object.value["template"].containerNames },
        .text("Images", "Images of the template's containers") { $0.object.value["template"].containerImages },
        .text("Pod Labels", "Labels of the Pods made of it") {
            $0.object.value["template"]?["metadata"]?["labels"].labels ?? "<none>"
        },
    ])
}

extension Value? {
    /// Of a Pod template: the names of its containers.
    var containerNames: String { containers.map { $0["name"].text ?? "" }.joined(separator: ",") }

    /// Of a Pod template: the images of its containers.
    var containerImages: String { containers.map { $0["image"].text ?? "" }.joined(separator: ",") }

    private var containers: [Value] { self?["spec"]?["containers"].list ?? [] }
}
