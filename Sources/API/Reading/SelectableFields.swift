// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Which fields of a kind a field selector may speak of, and what an object has there.
enum SelectableFields {
    /// True if a selector may speak of the field.
    static func contains(_ field: String, _ resource: Resource) -> Bool {
        field == "metadata.name" || (resource.isNamespaced && field == "metadata.namespace")
            || more[resource.keyKind]?.contains(field) == true
    }

    /// What an object has in a field: a selector compares text.
    static func text(_ object: Object, _ field: String) -> String {
        switch field {
        case "metadata.name": return object.name
        case "metadata.namespace": return object.namespace
        case "source": return object.value["source", "component"]?.string ?? ""
        case "reportingComponent":
            return object.value["reportingComponent"]?.string ?? object.value["source", "component"]?.string ?? ""
        default: break
        }
        let path = field.split(separator: ".").map(String.init)
        let value = path.reduce(Optional(object.value)) { $0?[$1] }
        switch value {
        case .string(let text): return text
        case .int(let number): return String(number)
        case .bool(let isTrue): return isTrue ? "true" : "false"
        default: return missing[field] ?? ""
        }
    }

    /// The refusal of a selector that speaks of a field that it may not speak of.
    static func refusal(_ field: String, _ resource: Resource) -> Status {
        if more[resource.keyKind] != nil || resource.isCustom {
            return Status(.badRequest, "field label not supported: \(field)")
        }
        let names = resource.isNamespaced ? #""metadata.name", "metadata.namespace""# : #""metadata.name""#
        return Status(.badRequest, "\"\(field)\" is not a known field selector: only \(names)")
    }

    private static let missing = [
        "spec.unschedulable": "false", "spec.hostNetwork": "false", "status.successful": "0", "status.replicas": "0",
    ]

    private static let more: [String: Set<String>] = [
        "Pod": [
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
            "status.phase", "status.podIP", "status.nominatedNodeName",
        ],
        "Service": ["spec.clusterIP", "spec.type"], "Node": ["spec.unschedulable"], "Namespace": ["status.phase"],
        "Secret": ["type"], "Job": ["status.successful"], "ReplicaSet": ["status.replicas"],
        "ReplicationController": ["status.replicas"], "CertificateSigningRequest": ["spec.signerName"],
        "Event": [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
            "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
            "reportingComponent", "source", "type",
        ],
    ]
}
