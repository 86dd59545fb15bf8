// SPDX-License-Identifier: Apache-2.0

/// One kind of object that a cluster may hold, with all its names. The corresponding Go type is `metav1.APIResource`.
public struct Resource: Sendable, Hashable {
    /// What a lab does with objects of a kind.
    public enum Handling: Sendable, Hashable {
        /// They have the effect that they have in a cluster.
        case acted
        /// They are stored and shown, and nothing else.
        case kept
    }

    /// The kind, as `Service`.
    public let kind: String
    /// What `apiVersion` may say, the preferred one first.
    public let apiVersions: [String]
    /// The name of many on the command line and in URLs, as `services`.
    public let plural: String
    /// Other names on the command line, as `svc`.
    public let shortNames: [String]
    /// True if objects of the kind are within a namespace.
    public let isNamespaced: Bool
    /// What a lab does with them.
    public let handling: Handling

    /// The name of one object on the command line, as `service`.
    public var singular: String { kind.lowercased() }
    /// The preferred `apiVersion`.
    public var apiVersion: String { apiVersions[0] }
    /// The API group; empty for the core group.
    public var group: String { Self.group(of: apiVersion) }
    /// The preferred version without the group.
    public var version: String { String(apiVersion.split(separator: "/").last ?? "v1") }
    /// `services`, `deployments.apps`.
    public var qualifiedPlural: String { group.isEmpty ? plural : "\(plural).\(group)" }
    /// `Service`, `Deployment.apps`: what Kubernetes' errors call the kind.
    public var qualifiedKind: String { group.isEmpty ? kind : "\(kind).\(group)" }

    init(
        _ kind: String, _ apiVersions: [String], _ plural: String, _ shortNames: [String] = [], namespaced: Bool = true,
        _ handling: Handling = .kept
    ) {
        self.kind = kind
        self.apiVersions = apiVersions
        self.plural = plural
        self.shortNames = shortNames
        self.handling = handling
        isNamespaced = namespaced
    }

    static func group(of apiVersion: String) -> String {
        let parts = apiVersion.split(separator: "/", maxSplits: 1)
        return parts.count == 2 ? String(parts[0]) : ""
    }
}

extension Resource {
    private static let byKind = Dictionary(all.map { ($0.kind, $0) }) { first, _ in first }

    private static let byName = Dictionary(
        all.flatMap { resource in
            ([resource.plural, resource.singular, resource.qualifiedPlural] + resource.shortNames).map {
                ($0, resource)
            }
        }
    ) { first, _ in first }

    /// The resource of a kind, as `Service`; nil for an unknown one.
    public static func of(kind: String) -> Resource? { byKind[kind] }

    /// The resource that a word on the command line names: plural, singular or short name, in any case.
    public static func named(_ word: String) -> Resource? { byName[word.lowercased()] }

    /// What Kubernetes' errors call the kind of the object: `Service`, `Deployment.apps`.
    public static func qualifiedKind(of object: Object) -> String {
        if let resource = of(kind: object.kind) { return resource.qualifiedKind }
        let group = group(of: object.apiVersion)
        return group.isEmpty ? object.kind : "\(object.kind).\(group)"
    }

    /// What is wrong with the object's `apiVersion` and `kind`; nil if they name a resource.
    public static func problem(of object: Object) -> Problem? {
        guard let resource = of(kind: object.kind) else {
            let close = Suggestion.closest(to: object.kind, among: byKind.keys)
            let hint = close.map { "; did you mean \"\($0)\"?" } ?? ""
            return Problem("kind", .invalid, value: object.kind.quoted, "a lab knows no such kind\(hint)")
        }
        guard !resource.apiVersions.contains(object.apiVersion) else { return nil }
        let right = resource.apiVersions.map(\.quoted).joined(separator: " or ")
        return Problem(
            "apiVersion", .invalid, value: object.apiVersion.quoted, "a \(resource.kind) has apiVersion \(right)")
    }
}
