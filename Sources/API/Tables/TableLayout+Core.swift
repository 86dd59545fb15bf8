// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension TableLayout {
    static let namespace = TableLayout([
        .name,
        .text("Status", "Whether the namespace takes objects or goes away") { $0.status["phase"].text ?? "" },
        .age,
    ])

    static let node = TableLayout([
        .name,
        .text("Status", "Whether the node is ready, and takes new Pods") { nodeWord($0) },
        .text("Roles", "What its labels say that it is for") { roles(of: $0.object) },
        .age,
        .text("Version", "The version of its kubelet") { information($0, "kubeletVersion") ?? "" },
        .wide("Internal-IP", "Its address within the cluster") { address($0, "InternalIP") },
        .wide("External-IP", "Its address outside of the cluster") { address($0, "ExternalIP") },
        .wide("OS-Image", "Its operating system") { information($0, "osImage") ?? "<unknown>" },
        .wide("Kernel-Version", "Its kernel, and the processor that it is for") { kernel($0) },
        .wide("Container-Runtime", "What runs its containers") {
            information($0, "containerRuntimeVersion") ?? "<unknown>"
        },
    ])

    private static func nodeWord(_ subject: TableSubject) -> String {
        let ready = subject.condition("Ready")?["status"]?.string
        let word = ready.map { $0 == "True" ? "Ready" : "NotReady" } ?? "Unknown"
        return subject.spec["unschedulable"]?.bool == true ? "\(word),SchedulingDisabled" : word
    }

    private static func roles(of object: Object) -> String {
        var roles: Set<String> = []
        let prefix = "node-role.kubernetes.io/"
        for (key, value) in object.labels {
            if key.hasPrefix(prefix), key.count > prefix.count { roles.insert(String(key.dropFirst(prefix.count))) }
            if key == "kubernetes.io/role", !value.isEmpty { roles.insert(value) }
        }
        return roles.isEmpty ? "<none>" : roles.sorted().joined(separator: ",")
    }

    private static func information(_ subject: TableSubject, _ field: String) -> String? {
        subject.status["nodeInfo"]?[field].text
    }

    private static func kernel(_ subject: TableSubject) -> String {
        guard let version = information(subject, "kernelVersion") else { return "<unknown>" }
        return information(subject, "architecture").map { "\(version) (\($0))" } ?? version
    }

    private static func address(_ subject: TableSubject, _ type: String) -> String {
        subject.status["addresses"].list.first { $0["type"]?.string == type }?["address"].text ?? "<none>"
    }

    static let configMap = TableLayout([
        .name,
        .count("Data", type: "string", "How many entries it has") {
            ($0.object.value["data"]?.fields.count ?? 0) + ($0.object.value["binaryData"]?.fields.count ?? 0)
        },
        .age,
    ])

    static let secret = TableLayout([
        .name,
        .text("Type", "What it is for") { $0.object.value["type"].text ?? "" },
        .count("Data", type: "string", "How many entries it has") { $0.object.value["data"]?.fields.count ?? 0 },
        .age,
    ])

    static let resourceQuota = TableLayout([
        .name,
        .text("Request", "What is used and may be, of counts and of what is asked for") { quota($0, limits: false) },
        .text("Limit", "What is used and may be, of limits") { quota($0, limits: true) },
        .age,
    ])

    private static func quota(_ subject: TableSubject, limits: Bool) -> String {
        let hard = subject.status["hard"]?.fields ?? [:]
        return hard.filter { $0.key.hasPrefix("limits.") == limits }.sorted { $0.key < $1.key }.map { name, most in
            "\(name): \(subject.status["used"]?[name].text ?? "0")/\(Optional(most).text ?? "0")"
        }.joined(separator: ", ")
    }

    static let lease = TableLayout([
        .name, .text("Holder", "Who has it") { $0.spec["holderIdentity"].text ?? "" }, .age,
    ])
}
