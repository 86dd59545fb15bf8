// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension KubernetesAPI {
    /// `PATCH` of an object, or of a part of it.
    func patch(_ call: Call, _ cluster: inout Cluster) throws(Status) -> Answer {
        var options = try WriteOptions(call, "PatchOptions")
        _ = try Accepted(call.request)
        let patch = try call.patch()
        guard case .apply(let applied) = patch else {
            let old = try call.object(cluster.store).served(as: call.info.groupVersion)
            var object = try patch.applied(to: old)
            try patch.check(object, isStrict: options.fieldValidation == .strict)
            try call.checkName(&object)
            return try replace(call, object, options, &cluster)
        }
        options.keepsManagedFields = true
        var object = Object(applied)
        guard object.kind == call.resource.kind, object.apiVersion == call.info.groupVersion else {
            throw Status(.badRequest, "invalid object type: \(object.typeText)")
        }
        if object.name.isEmpty { object.name = call.info.name }
        try call.checkName(&object)
        return try apply(call, object, options, &cluster)
    }

    /// `PATCH` with the fields that its sender wants to own: server-side apply. Makes the object if there is none.
    private func apply(
        _ call: Call, _ applied: Object, _ options: WriteOptions, _ cluster: inout Cluster
    ) throws(Status) -> Answer {
        let old = cluster.store[call.key]?.served(as: call.info.groupVersion)
        if old == nil, call.part != nil { throw .notFound(call.resource, call.info.name) }
        let object = try ManagedFields.serverSideApply(
            applied, onto: old, manager: options.fieldManager, subresource: call.part?.rawValue,
            force: call.request.flag("force"),
            schema: cluster.store.schema(of: call.resource, version: call.info.version),
            now: call.now)
        guard old != nil else { return try create(call, object, options, &cluster) }
        return try replace(call, object, options, &cluster)
    }
}

extension Call {
    /// The patch that the body is.
    func patch() throws(Status) -> Patch {
        let type = request.headers["content-type"] ?? ""
        let patch = try Patch(contentType: type, body: request.body, isCustom: resource.isCustom)
        var problems: [Problem] = []
        if case .apply = patch {
            if (request.parameter("fieldManager") ?? "").isEmpty {
                problems.append(Problem("fieldManager", .required, "is required for apply patch"))
            }
        } else if request.parameter("force") != nil {
            problems.append(Problem("force", .forbidden, "may not be specified for non-apply patch"))
        }
        guard problems.isEmpty else { throw .invalidOptions("PatchOptions", problems) }
        return patch
    }
}
