// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension TableColumn where Reading == TableSubject {
    /// The columns that `-o wide` adds for what makes Pods of a template.
    fileprivate static func template(
        selector: @escaping @Sendable (TableSubject) -> String = { $0.spec["selector"].selector },
        _ template: @escaping @Sendable (TableSubject) -> Value? = { $0.spec["template"] }
    ) -> [Self] {
        [
            .wide("Containers", "Names of the template's containers") { template($0).containerNames },
            .wide("Images", "Images of the template's containers") { template($0).containerImages },
            .wide("Selector", "Labels of the Pods that are its own", selector),
        ]
    }

    private static var replicas: [Self] {
        [
            .count("Desired", "How many Pods there should be") { $0.spec["replicas"]?.int ?? 1 },
            .count("Current", "How many Pods there are") { $0.count("replicas") },
            .count("Ready", "How many Pods are ready") { $0.count("readyReplicas") },
        ]
    }

    fileprivate static var replicated: [Self] { [.name] + replicas + [.age] }
}

extension TableLayout {
    static let deployment = TableLayout(
        [
            .name,
            .text("Ready", "How many Pods are ready, of how many there should be") { ready($0) },
            .count("Up-to-date", type: "string", "How many Pods are of the present template") {
                $0.count("updatedReplicas")
            },
            .count("Available", type: "string", "How many Pods have been ready for long enough") {
                $0.count("availableReplicas")
            },
            .age,
        ] + TableColumn.template())

    private static func ready(_ subject: TableSubject) -> String {
        "\(subject.count("readyReplicas"))/\(subject.spec["replicas"]?.int ?? 1)"
    }

    static let replicaSet = TableLayout(TableColumn.replicated + TableColumn.template())

    static let replicationController = TableLayout(
        TableColumn.replicated + TableColumn.template(selector: { $0.spec["selector"].labels }))

    static let statefulSet = TableLayout(
        [
            .name,
            .text("Ready", "How many Pods are ready, of how many there should be") { ready($0) },
            .age,
        ] + TableColumn.template().prefix(2))

    static let daemonSet = TableLayout(
        [
            .name,
            .count("Desired", "How many nodes should have a Pod") { $0.count("desiredNumberScheduled") },
            .count("Current", "How many of these nodes have one") { $0.count("currentNumberScheduled") },
            .count("Ready", "How many nodes have a Pod that is ready") { $0.count("numberReady") },
            .count("Up-to-date", "How many nodes have a Pod of the present template") {
                $0.count("updatedNumberScheduled")
            },
            .count("Available", "How many nodes have a Pod that has been ready for long enough") {
                $0.count("numberAvailable")
            },
            .text("Node Selector", "Labels of the nodes that get a Pod") {
                $0.spec["template"]?["spec"]?["nodeSelector"].labels ?? "<none>"
            },
            .age,
        ] + TableColumn.template())

    static let controllerRevision = TableLayout([
        .name,
        .text("Controller", "What it is a revision of") { controller(of: $0.object) },
        .count("Revision", type: "string", "Its number, which grows with every change") {
            $0.object.value["revision"]?.int ?? 0
        },
        .age,
    ])

    private static func controller(of object: Object) -> String {
        guard let owner = object.controller else { return "<none>" }
        let group = owner.apiVersion.split(separator: "/").dropLast().first.map { ".\($0)" } ?? ""
        return "\(owner.kind.lowercased())\(group)/\(owner.name)"
    }
}

/// Jobs.
extension TableLayout {
    static let job = TableLayout(
        [
            .name,
            .text("Status", "Whether it runs, is complete or has failed") { jobWord($0) },
            .text("Completions", "How many Pods have succeeded, of how many are to") { completions($0) },
            .text("Duration", "How long it has run") { jobDuration($0) },
            .age,
        ] + TableColumn.template())

    private static func jobWord(_ subject: TableSubject) -> String {
        if subject.has("Complete") { return "Complete" }
        if subject.has("Failed") { return "Failed" }
        if subject.object.isTerminating { return "Terminating" }
        if subject.has("Suspended") { return "Suspended" }
        return subject.has("FailureTarget") ? "FailureTarget" : "Running"
    }

    private static func completions(_ subject: TableSubject) -> String {
        let succeeded = subject.count("succeeded")
        if let wanted = subject.spec["completions"]?.int { return "\(succeeded)/\(wanted)" }
        let parallelism = subject.spec["parallelism"]?.int ?? 0
        return parallelism > 1 ? "\(succeeded)/1 of \(parallelism)" : "\(succeeded)/1"
    }

    private static func jobDuration(_ subject: TableSubject) -> String {
        guard let start = subject.status["startTime"].timestamp else { return "" }
        return HumanDuration.text(from: start, to: subject.status["completionTime"].timestamp ?? subject.now)
    }

    static let cronJob = TableLayout(
        [
            .name,
            .text("Schedule", "When it runs, in cron's form") { $0.spec["schedule"].text ?? "" },
            .text("Timezone", "The time zone of the schedule") { $0.spec["timeZone"].text ?? "<none>" },
            TableColumn("Suspend", type: "boolean", "Whether it is held") {
                .string($0.spec["suspend"]?.bool.map { $0 ? "True" : "False" } ?? "<unset>")
            },
            .count("Active", "How many of its Jobs run") { $0.status["active"].list.count },
            .text("Last Schedule", "How long ago it last made a Job") { subject in
                subject.status["lastScheduleTime"].map { subject.age(of: $0) } ?? "<none>"
            },
            .age,
        ]
            + TableColumn.template(selector: { $0.spec["jobTemplate"]?["spec"]?["selector"].selector ?? "<none>" }) {
                $0.spec["jobTemplate"]?["spec"]?["template"]
            })
}
