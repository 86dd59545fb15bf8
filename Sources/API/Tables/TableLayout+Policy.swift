// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension TableLayout {
    static let ingressClass = TableLayout([
        .name,
        .text("Controller", "What serves Ingresses of the class") { $0.spec["controller"].text ?? "" },
        .text("Parameters", "The object with further settings") { subject in
            guard let parameters = subject.spec["parameters"] else { return "<none>" }
            let group = parameters["apiGroup"].text.map { ".\($0)" } ?? ""
            return "\(parameters["kind"].text ?? "")\(group)/\(parameters["name"].text ?? "")"
        },
        .age,
    ])

    static let networkPolicy = TableLayout([
        .name, .text("Pod-Selector", "Labels of the Pods that it is about") { $0.spec["podSelector"].selector }, .age,
    ])

    static let serviceCIDR = TableLayout([
        .name,
        .text("CIDRs", "The ranges of its addresses") {
            $0.spec["cidrs"].list.compactMap(\.string).joined(separator: ",")
        },
        .age,
    ])

    /// Like Kubernetes', without an age.
    static let ipAddress = TableLayout([
        .name,
        .text("ParentRef", "Who has the address") { subject in
            guard let parent = subject.spec["parentRef"] else { return "<none>" }
            let group = parent["group"].text.map { ".\($0)" } ?? ""
            let resource = "\(parent["resource"].text ?? "")\(group)".lowercased()
            return [resource, parent["namespace"].text, parent["name"].text ?? ""].compactMap { $0 }
                .joined(separator: "/")
        },
    ])

    static let podDisruptionBudget = TableLayout([
        .name,
        .text("Min Available", "How many Pods must stay") { $0.spec["minAvailable"].text ?? "N/A" },
        .text("Max Unavailable", "How many Pods may be away") { $0.spec["maxUnavailable"].text ?? "N/A" },
        .count("Allowed Disruptions", "How many Pods may go at present") { $0.count("disruptionsAllowed") },
        .age,
    ])

    static let priorityClass = TableLayout([
        .name,
        .count("Value", "The priority of its Pods: the greater go first") { $0.object.value["value"]?.int ?? 0 },
        TableColumn("Global-Default", type: "boolean", "Whether Pods that name no class are of this one") {
            .bool($0.object.value["globalDefault"]?.bool ?? false)
        },
        .age,
        .text("PreemptionPolicy", "Whether its Pods drive others out") {
            $0.object.value["preemptionPolicy"].text ?? ""
        },
    ])

    static let runtimeClass = TableLayout([
        .name, .text("Handler", "What runs its containers") { $0.object.value["handler"].text ?? "" }, .age,
    ])

    static let roleBinding = TableLayout([
        .name,
        .text("Role", "What is allowed") {
            let role = $0.object.value["roleRef"]
            return "\(role?["kind"].text ?? "")/\(role?["name"].text ?? "")"
        },
        .age,
        .wide("Users", "The users to whom it is allowed") { subjects($0, "User") },
        .wide("Groups", "The groups to whom it is allowed") { subjects($0, "Group") },
        .wide("ServiceAccounts", "The ServiceAccounts to whom it is allowed") { subjects($0, "ServiceAccount") },
    ])

    private static func subjects(_ subject: TableSubject, _ kind: String) -> String {
        subject.object.value["subjects"].list.filter { $0["kind"]?.string == kind }.map { entry in
            let name = entry["name"].text ?? ""
            return kind == "ServiceAccount" ? "\(entry["namespace"].text ?? "")/\(name)" : name
        }.joined(separator: ", ")
    }
}
