// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Kinds that govern the API server itself, which a lab only keeps.
extension TableLayout {
    static let webhookConfiguration = TableLayout([
        .name, .count("Webhooks", "How many webhooks it has") { $0.object.value["webhooks"].list.count }, .age,
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
}
