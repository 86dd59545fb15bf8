// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

/// From what a request is about to the function that answers it.
extension KubernetesAPI {
    /// The resource of a request, if there is one and the user may have what is asked for.
    func allowed(
        _ request: Request, _ info: RequestInfo, _ user: User, _ cluster: Cluster
    ) throws(Status) -> Resource {
        let access = AccessAttributes(user, info, request)
        guard Authorizer(cluster.store).allows(access) else { throw access.refusal }
        if request.method == .options { throw .methodNotAllowed }
        guard let resource = cluster.catalog.resource(group: info.group, version: info.version, plural: info.resource)
        else { throw .nothingThere }
        let isNamespaceItself = resource.kind == "Namespace"
        let isInside = info.namespace != nil && !isNamespaceItself
        // Objects of all namespaces can be listed and watched together; anything else needs to know which.
        guard resource.isNamespaced ? isInside || info.isAboutMany : !isInside else { throw .nothingThere }
        return resource
    }

    /// Answers a call.
    func answer(_ call: Call, _ cluster: inout Cluster) throws(Status) -> Response {
        if call.resource.handling == .answered { return .answer(try review(call, &cluster)) }
        guard call.info.subresource.isEmpty else { return try answerSubresource(call, &cluster) }
        guard call.resource.verbs.contains(call.info.verb.rawValue) else { throw .methodNotAllowed }
        let isCollection = call.info.name.isEmpty
        switch call.info.verb {
        case .get: return .answer(try get(call, cluster))
        case .list: return .answer(try list(call, cluster))
        case .watch: return try watch(call, cluster)
        case .create where isCollection:
            return .answer(try create(call, &cluster))
        case .update where !isCollection: return .answer(try update(call, &cluster))
        case .patch where !isCollection: return .answer(try patch(call, &cluster))
        case .delete: return .answer(try delete(call, &cluster))
        case .deletecollection: return .answer(try deleteCollection(call, &cluster))
        default: throw .methodNotAllowed
        }
    }

    private func answerSubresource(_ call: Call, _ cluster: inout Cluster) throws(Status) -> Response {
        if let response = try connect(call, cluster) { return response }
        switch call.info.subresource {
        case "status", "finalize", "resize", "ephemeralcontainers":
            return .answer(try part(call, &cluster))
        case "scale" where call.resource.isScalable: return .answer(try scale(call, &cluster))
        case "binding" where call.resource.kind == "Pod": return .answer(try bind(call, &cluster))
        case "eviction" where call.resource.kind == "Pod": return .answer(try evict(call, &cluster))
        case "token" where call.resource.kind == "ServiceAccount": return .answer(try issueToken(call, cluster))
        default: throw .nothingThere
        }
    }

    /// `status` and the other parts that are read and written as the whole object is.
    private func part(_ call: Call, _ cluster: inout Cluster) throws(Status) -> Answer {
        guard call.part != nil else { throw .nothingThere }
        switch call.info.verb {
        case .get: return try get(call, cluster)
        case .update: return try update(call, &cluster)
        case .patch: return try patch(call, &cluster)
        default: throw .methodNotAllowed
        }
    }
}

extension Call {
    /// The part of the object that the path names, if the kind has it.
    var part: Subresource? {
        guard let part = Subresource(rawValue: info.subresource) else { return nil }
        switch part {
        case .status: return resource.subresources.contains("status") ? part : nil
        case .finalize: return resource.kind == "Namespace" && info.verb == .update ? part : nil
        case .resize, .ephemeralContainers: return resource.kind == "Pod" ? part : nil
        default: return nil
        }
    }
}
