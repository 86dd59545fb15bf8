// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

/// A request for a resource that is there, by someone who may make it.
struct Call: Sendable {
    /// The request as it came.
    let request: Request
    /// What its path says.
    let info: RequestInfo
    /// The kind that it is about.
    let resource: Resource
    /// Who asks.
    let user: User
    /// When.
    let now: Timestamp

    init(_ request: Request, _ info: RequestInfo, _ resource: Resource, _ user: User, now: Timestamp) {
        self.request = request
        self.info = info
        self.resource = resource
        self.user = user
        self.now = now
    }

    /// The namespace of the objects: empty for kinds without one.
    var namespace: String { resource.isNamespaced ? info.namespace ?? "" : "" }

    /// What names the object of the path.
    var key: ObjectKey { ObjectKey(resource.keyKind, namespace, info.name) }

    /// The object of the path.
    func object(_ store: Store) throws(Status) -> Object {
        guard let object = store[key] else { throw .notFound(resource, info.name) }
        return object
    }

    /// The first word of the client's name, as a real server takes it for the manager of fields.
    var userAgent: String {
        let agent = request.headers["user-agent"] ?? ""
        let word = agent.split(separator: "/", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        return word.isEmpty ? "unknown" : String(word.prefix(128))
    }
}
