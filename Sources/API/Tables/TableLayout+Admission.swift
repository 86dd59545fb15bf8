// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Kinds that govern the API server itself, which a lab only keeps.
extension TableLayout {
    static let webhookConfiguration = TableLayout([
        .name, .count("Webhooks", "How many webhooks it has") { $0.object.value["webhooks"].list.count }, .age,
    ])

    static let validatingPolicy = policy("Validations", "validations", "How many rules it has")
    static let mutatingPolicy = policy("Mutations", "mutations", "How many changes it makes")

    private static func policy(_ name: String, _ field: String, _ description: String) -> TableLayout {
        TableLayout([
            .name,
            .count(name, description) { $0.spec[field].list.count },
            .text("ParamKind", "The kind of the objects with its settings") { subject in
                guard let kind = subject.spec["paramKind"] else { return "<unset>" }
                return "\(kind["apiVersion"].text ?? "")/\(kind["kind"].text ?? "")"
            },
            .age,
        ])
    }

    static let policyBinding = TableLayout([
        .name,
        .text("PolicyName", "The policy that it puts into effect") { $0.spec["policyName"].text ?? "" },
        .text("ParamRef", "The object with the policy's settings") { subject in
            guard let name = (subject.spec["paramRef"]?["name"]).text else { return "<unset>" }
            return "\((subject.spec["paramRef"]?["namespace"]).text ?? "*")/\(name)"
        },
        .age,
    ])

    static let apiService = TableLayout([
        .name,
        .text("Service", "The Service that answers; Local for the API server itself") { subject in
            guard let service = subject.spec["service"] else { return "Local" }
            return "\(service["namespace"].text ?? "")/\(service["name"].text ?? "")"
        },
        .text("Available", "Whether it answers") { subject in
            guard let condition = subject.condition("Available") else { return "Unknown" }
            let status = condition["status"].text ?? "Unknown"
            return status == "True" ? status : "\(status) (\(condition["reason"].text ?? ""))"
        },
        .age,
    ])

    static let flowSchema = TableLayout([
        .name,
        .text("PriorityLevel", "The level that its requests have") {
            ($0.spec["priorityLevelConfiguration"]?["name"]).text ?? ""
        },
        .count("MatchingPrecedence", type: "string", "Its place among those that match: the smallest counts") {
            $0.spec["matchingPrecedence"]?.int ?? 0
        },
        .text("DistinguisherMethod", "What tells its flows apart") {
            ($0.spec["distinguisherMethod"]?["type"]).text ?? "<none>"
        },
        .age,
        .text("MissingPL", "Whether the level is missing") { $0.condition("Dangling")?["status"].text ?? "?" },
    ])

    static let priorityLevel = TableLayout([
        .name,
        .text("Type", "Whether its requests are limited") { $0.spec["type"].text ?? "" },
        limit("NominalConcurrencyShares", "Its share of all requests at a time") {
            $0["nominalConcurrencyShares"]
        },
        limit("Queues", "How many queues it has") { $0["limitResponse"]?["queuing"]?["queues"] },
        limit("HandSize", "How many queues a flow may choose from") { $0["limitResponse"]?["queuing"]?["handSize"] },
        limit("QueueLengthLimit", "How many requests may wait in a queue") {
            $0["limitResponse"]?["queuing"]?["queueLengthLimit"]
        },
        .age,
    ])

    private static func limit(
        _ name: String, _ description: String, _ field: @escaping @Sendable (Value) -> Value?
    ) -> TableColumn<TableSubject> {
        TableColumn(name, description) { $0.spec["limited"].flatMap(field) ?? "<none>" }
    }

    static let certificateSigningRequest = TableLayout([
        .name,
        .age,
        .text("SignerName", "Who is to sign") { $0.spec["signerName"].text ?? "<none>" },
        .text("Requestor", "Who asks") { $0.spec["username"].text ?? "" },
        .text("RequestedDuration", "For how long the certificate is to be good") {
            $0.spec["expirationSeconds"]?.int.map { HumanDuration.text(seconds: Int64($0)) } ?? "<none>"
        },
        .text("Condition", "What has become of the request") { signing($0) },
    ])

    private static func signing(_ subject: TableSubject) -> String {
        let decided =
            subject.condition("Denied") != nil
            ? "Denied" : subject.condition("Approved") != nil ? "Approved" : "Pending"
        let failed = subject.condition("Failed") == nil ? "" : ",Failed"
        return decided + failed + (subject.status["certificate"].text == nil ? "" : ",Issued")
    }
}

/// Devices.
extension TableLayout {
    static let resourceClaim = TableLayout([
        .name,
        .text("State", "How far it has come: pending, allocated, reserved") { subject in
            let isAllocated = subject.status["allocation"] != nil
            var states = subject.object.isTerminating ? ["deleted"] : isAllocated ? [] : ["pending"]
            if isAllocated { states.append("allocated") }
            if isAllocated, !subject.status["reservedFor"].list.isEmpty { states.append("reserved") }
            return states.joined(separator: ",")
        },
        .age,
    ])

    static let resourceSlice = TableLayout([
        .name,
        .text("Node", "The node that has the devices") { $0.spec["nodeName"].text ?? "" },
        .text("Driver", "What knows the devices") { $0.spec["driver"].text ?? "" },
        .text("Pool", "The pool that they are of") { ($0.spec["pool"]?["name"]).text ?? "" },
        .age,
    ])
}
