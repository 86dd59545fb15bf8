// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension KubernetesAPI {
    /// `PUT` of an object, or of a part of it.
    func update(_ call: Call, _ cluster: inout Cluster) throws(Status) -> Answer {
        var options = try WriteOptions(call, "UpdateOptions")
        _ = try Accepted(call.request)
        var object = try BodyReader(call).object(&options.duplicateFields)
        try call.checkName(&object)
        return try replace(call, object, options, &cluster)
    }

    /// Writes over the object of the path.
    func replace(
        _ call: Call, _ object: Object, _ options: WriteOptions, _ cluster: inout Cluster
    ) throws(Status) -> Answer {
        let written = try cluster.replace(
            call.key, object.stored(call.resource), call.part, options, now: call.now)
        return try call.answer(
            written.isCreated ? 201 : 200, object: written.object, cluster.store, warnings: written.warnings)
    }
}

extension Call {
    /// An object must be the one of the path; what it leaves out is taken from there.
    func checkName(_ object: inout Object) throws(Status) {
        guard !object.name.isEmpty else { throw Status(.badRequest, "name must be provided") }
        guard object.name == info.name else {
            throw Status(
                .badRequest,
                "the name of the object (\(object.name)) does not match the name on the URL (\(info.name))")
        }
        guard resource.isNamespaced else {
            object.namespace = ""
            return
        }
        guard object.namespace.isEmpty || object.namespace == namespace else {
            throw Status(
                .badRequest,
                "the namespace of the object (\(object.namespace)) does not match the namespace on the request (\(namespace))"
            )
        }
        object.namespace = namespace
    }
}
