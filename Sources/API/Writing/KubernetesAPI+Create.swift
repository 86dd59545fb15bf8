// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension KubernetesAPI {
    /// `POST` to a collection.
    func create(_ call: Call, _ cluster: inout Cluster) throws(Status) -> Answer {
        var options = try WriteOptions(call, "CreateOptions")
        _ = try Accepted(call.request)
        var object = try BodyReader(call).object(&options.duplicateFields)
        try call.setNamespace(&object)
        return try create(call, object, options, &cluster)
    }

    /// Adds an object that is known to be for the place.
    func create(
        _ call: Call, _ object: Object, _ options: WriteOptions, _ cluster: inout Cluster
    ) throws(Status) -> Answer {
        let written = try cluster.create(object.stored(call.resource), options, now: call.now)
        return try call.answer(
            201, object: written.object, cluster.store, warnings: written.warnings + call.keptWarnings)
    }
}

extension Call {
    /// Gives an object the namespace of the path, if its kind has one.
    func setNamespace(_ object: inout Object) throws(Status) {
        guard resource.isNamespaced else {
            object.namespace = ""
            return
        }
        guard object.namespace.isEmpty || object.namespace == namespace else {
            throw Status(
                .badRequest, "the namespace of the provided object does not match the namespace sent on the request")
        }
        object.namespace = namespace
    }

    /// What the client should know of a kind that has no effect here.
    var keptWarnings: [String] {
        guard resource.handling == .kept, !resource.isCustom else { return [] }
        return ["\(resource.qualifiedPlural) are kept; a lab does not act on them"]
    }
}
