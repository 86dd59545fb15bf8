// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension KubernetesAPI {
    /// `…/scale`: how many Pods there should be, in one shape for all kinds that have Pods by number.
    func scale(_ call: Call, _ cluster: inout Cluster) throws(Status) -> Answer {
        var object = try call.object(cluster.store)
        let scale = object.scale(call.resource)
        var options: WriteOptions
        var wanted: Object
        switch call.info.verb {
        case .get: return try call.answer(200, scale.value)
        case .update:
            options = try WriteOptions(call, "UpdateOptions")
            wanted = try BodyReader(call).object(as: "Scale", "autoscaling/v1")
        case .patch:
            options = try WriteOptions(call, "PatchOptions")
            wanted = try call.patch().applied(to: scale)
        default: throw .methodNotAllowed
        }
        try call.checkName(&wanted)
        let replicas = wanted.spec["replicas"] ?? 0
        guard let number = replicas.int, number >= 0, number <= Int32.max else {
            let rule = Problem(
                "spec.replicas", .invalid, value: replicas.json(), "must be greater than or equal to 0")
            throw .invalid(wanted, [rule])
        }
        let revision = wanted.value["metadata"]?["resourceVersion"]?.string ?? ""
        guard revision.isEmpty || revision == String(object.resourceVersion) else {
            throw .conflict(
                call.resource, call.info.name,
                "the object has been modified; please apply your changes to the latest version and try again")
        }
        let old = object
        object.value["spec", "replicas"] = .int(Int64(number))
        ManagedFields.recordUpdate(
            old: old, new: &object, manager: options.fieldManager, subresource: "scale", now: call.now)
        options.keepsManagedFields = true
        let written = try cluster.replace(call.key, object, nil, options, now: call.now)
        return try call.answer(200, written.object.scale(call.resource).value, warnings: written.warnings)
    }
}

extension Resource {
    /// True if objects of the kind have a number of Pods of their own.
    var isScalable: Bool { subresources.contains("scale") }
}

extension Object {
    /// The object's scale. The corresponding Go type is `autoscalingv1.Scale`.
    fileprivate func scale(_ resource: Resource) -> Object {
        var scale = Object(apiVersion: "autoscaling/v1", kind: "Scale", namespace: namespace, name: name)
        for field in ["uid", "resourceVersion", "creationTimestamp"] {
            scale.value["metadata"]?[field] = value["metadata"]?[field]
        }
        scale.spec = ["replicas": value["spec"]?["replicas"] ?? 0]
        scale.status = ["replicas": value["status"]?["replicas"] ?? 0]
        let selector = value["spec"]?["selector"]
        let isPlain = resource.kind == "ReplicationController"
        let labels = isPlain ? LabelSelector(matchLabels: selector?.strings ?? [:]) : LabelSelector(selector)
        if !labels.isEmpty { scale.value["status", "selector"] = .string(labels.description) }
        return scale
    }
}
