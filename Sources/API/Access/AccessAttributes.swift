// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Who wants to do what: the question that authorization answers. The corresponding Go type is `authorizer.Attributes`.
struct AccessAttributes: Sendable, Hashable {
    /// What is to be done it with.
    enum Target: Sendable, Hashable {
        /// A resource; an empty namespace stands for all of them, an empty name for all objects.
        case resource(group: String, resource: String, subresource: String, namespace: String, name: String)
        /// A path that is no resource's.
        case path(String)
    }

    /// Who asks.
    var user: User
    /// A word of `Verb`, or any other: rules are about words.
    var verb: String
    /// What it is to be done with.
    var target: Target

    init(_ user: User, _ verb: String, _ target: Target) {
        self.user = user
        self.verb = verb
        self.target = target
    }

    /// The question that a request raises.
    init(_ user: User, _ info: RequestInfo, _ request: Request) {
        var name = info.name
        if name.isEmpty, let fields = try? FieldSelector(request.parameter("fieldSelector") ?? "") {
            name = fields.value(of: "metadata.name") ?? ""
        }
        self.init(
            user, info.verb.rawValue,
            .resource(
                group: info.group, resource: info.resource, subresource: info.subresource,
                namespace: info.namespace ?? "", name: name))
    }

    /// The refusal, as a real API server words it.
    var refusal: Status {
        switch target {
        case .path(let path):
            return Status(
                .forbidden, "forbidden: User \"\(user.name)\" cannot \(verb) path \"\(path)\"", Status.Details())
        case .resource(let group, let resource, let subresource, let namespace, let name):
            let qualified = group.isEmpty ? resource : "\(resource).\(group)"
            let subject = name.isEmpty ? qualified : "\(qualified) \"\(name)\""
            let part = subresource.isEmpty ? resource : "\(resource)/\(subresource)"
            let place = namespace.isEmpty ? "at the cluster scope" : "in the namespace \"\(namespace)\""
            return Status(
                .forbidden,
                "\(subject) is forbidden: User \"\(user.name)\" cannot \(verb) resource \"\(part)\" "
                    + "in API group \"\(group)\" \(place)",
                Status.Details(name: name, group: group, kind: resource))
        }
    }
}
