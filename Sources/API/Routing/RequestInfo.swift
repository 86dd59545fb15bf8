// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What a request for a resource is about, as its method and path say. The corresponding Go type is `request.RequestInfo`.
struct RequestInfo: Sendable, Hashable {
    /// What is wanted; changed to `watch` or `deletecollection` where path and query say so.
    var verb: Verb
    /// The API group; empty for the core group.
    var group: String
    /// The version, as `v1`.
    var version: String
    /// The namespace; nil for all of them, and for resources without one.
    var namespace: String?
    /// The plural of the resource.
    var resource: String
    /// The object's name; empty for a collection.
    var name = ""
    /// The part of the object; empty for the whole.
    var subresource = ""
    /// What follows a subresource, as it was sent; empty if nothing does.
    var rest = ""

    /// `v1`, or `apps/v1`.
    var groupVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`; nil for any other path, and for those of discovery.
    init?(_ request: Request, _ path: RequestPath) {
        let parts = path.parts
        var next: Int
        switch parts.first {
        case "api" where parts.count > 2: (group, version, next) = ("", parts[1], 2)
        case "apis" where parts.count > 3: (group, version, next) = (parts[1], parts[2], 3)
        default: return nil
        }
        let isWatch = parts[next] == "watch" && parts.count > next + 1
        if isWatch { next += 1 }
        if parts[next] == "namespaces", parts.count > next + 2, !Self.isNamespacePart(parts, next + 2) {
            namespace = parts[next + 1]
            next += 2
        }
        resource = parts[next]
        verb = Self.verb(of: request.method)
        if parts.count > next + 1 { name = parts[next + 1] }
        if parts.count > next + 2 {
            subresource = parts[next + 2]
            rest = path.rest(after: next + 3)
        }
        if resource == "namespaces", group.isEmpty, !name.isEmpty { namespace = name }
        if verb == .get, name.isEmpty { verb = .list }
        if verb == .delete, name.isEmpty { verb = .deletecollection }
        let asksToWatch = subresource.isEmpty && (verb == .list || verb == .get) && request.flag("watch")
        if isWatch || asksToWatch { verb = .watch }
    }

    /// True if no single object is meant, and no new one.
    var isAboutMany: Bool { name.isEmpty && (verb == .list || verb == .watch || verb == .deletecollection) }

    /// True for what belongs to a namespace itself, as `/api/v1/namespaces/web/status`.
    private static func isNamespacePart(_ parts: [String], _ index: Int) -> Bool {
        parts.count == index + 1 && ["status", "finalize"].contains(parts[index])
    }

    private static func verb(of method: Request.Method) -> Verb {
        switch method {
        case .get, .head, .options: .get
        case .post: .create
        case .put: .update
        case .patch: .patch
        case .delete: .delete
        }
    }
}

extension Request {
    /// The truth of a parameter, as Go's `strconv.ParseBool` has it; a parameter without a value is true.
    func flag(_ name: String) -> Bool {
        guard let text = parameter(name) else { return false }
        return ["", "1", "t", "T", "true", "TRUE", "True"].contains(text)
    }
}
