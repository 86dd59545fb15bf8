// SPDX-License-Identifier: Apache-2.0

/// One kind of object that a cluster may hold, with all its names. The corresponding Go type is `metav1.APIResource`.
public struct Resource: Sendable, Hashable {
    /// What a lab does with objects of a kind.
    public enum Handling: Sendable, Hashable {
        /// They have the effect that they have in a cluster.
        case acted
        /// They are stored and shown, and nothing else.
        case kept
        /// They are questions: answered at once, and never stored.
        case answered
    }

    /// The kind, as `Service`.
    public let kind: String
    /// What `apiVersion` may say, the preferred one first.
    public let apiVersions: [String]
    /// The name of many on the command line and in URLs, as `services`.
    public let plural: String
    /// The name of one object on the command line, as `service`.
    public let singular: String
    /// Other names on the command line, as `svc`.
    public let shortNames: [String]
    /// The words that stand for several kinds on the command line, as `all`.
    public let categories: [String]
    /// True if objects of the kind are within a namespace.
    public let isNamespaced: Bool
    /// What a lab does with them.
    public let handling: Handling
    /// The parts of an object with URLs of their own, as `status`, `scale` and `log`.
    public let subresources: [String]
    /// True for a kind that a CustomResourceDefinition made.
    public let isCustom: Bool

    /// The preferred `apiVersion`.
    public var apiVersion: String { apiVersions[0] }
    /// The API group; empty for the core group.
    public var group: String { Self.group(of: apiVersion) }
    /// The preferred version without the group.
    public var version: String { Self.version(of: apiVersion) }
    /// All versions without the group, the preferred one first.
    public var versions: [String] { apiVersions.map(Self.version(of:)) }
    /// `services`, `deployments.apps`.
    public var qualifiedPlural: String { group.isEmpty ? plural : "\(plural).\(group)" }
    /// `Service`, `Deployment.apps`: what Kubernetes' errors call the kind.
    public var qualifiedKind: String { group.isEmpty ? kind : "\(kind).\(group)" }
    /// The `ObjectKey.kind` of its objects: the kind, and for a custom one the group with it.
    public var keyKind: String { isCustom ? qualifiedKind : kind }
    /// What may be done with its objects: the words of `verbs` in discovery.
    public var verbs: [String] {
        switch handling {
        case .answered: ["create"]
        default: kind == "Namespace" ? Self.allVerbs.filter { $0 != "deletecollection" } : Self.allVerbs
        }
    }

    private static let allVerbs = [
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
    ]

    init(
        _ kind: String, _ apiVersions: [String], _ plural: String, _ shortNames: [String] = [], namespaced: Bool = true,
        _ handling: Handling = .kept, in categories: [String] = [], with subresources: [String] = [],
        singular: String? = nil, isCustom: Bool = false
    ) {
        self.kind = kind
        self.apiVersions = apiVersions
        self.plural = plural
        self.singular = singular ?? kind.lowercased()
        self.shortNames = shortNames
        self.categories = categories
        self.handling = handling
        self.subresources = subresources
        self.isCustom = isCustom
        isNamespaced = namespaced
    }

    static func group(of apiVersion: String) -> String {
        let parts = apiVersion.split(separator: "/", maxSplits: 1)
        return parts.count == 2 ? String(parts[0]) : ""
    }

    static func version(of apiVersion: String) -> String { String(apiVersion.split(separator: "/").last ?? "v1") }

    /// True if the resource is served in this group and version.
    public func isServed(group: String, version: String) -> Bool {
        apiVersions.contains { Self.group(of: $0) == group && Self.version(of: $0) == version }
    }
}

extension Resource {
    private static let byKind = Dictionary(all.map { ($0.kind, $0) }) { first, _ in first }

    private static let byName = Dictionary(
        all.flatMap { resource in resource.words.map { ($0, resource) } }
    ) { first, _ in first }

    /// The words that name the resource on the command line.
    var words: [String] { [plural, singular, qualifiedPlural] + shortNames }

    /// The resource of a kind that every cluster has, as `Service`; nil for an unknown one.
    public static func of(kind: String) -> Resource? { byKind[kind] }

    /// The resource that a word on the command line names: plural, singular or short name, in any case.
    public static func named(_ word: String) -> Resource? { byName[word.lowercased()] }

    /// The `ObjectKey.kind` for what an object says of itself: the kind if it is one that every cluster has, else the
    /// kind with the group, as `Certificate.cert-manager.io`.
    public static func keyKind(apiVersion: String, kind: String) -> String {
        if let resource = byKind[kind], resource.apiVersions.contains(apiVersion) { return kind }
        let group = group(of: apiVersion)
        if group.isEmpty || byKind[kind]?.group == group { return kind }
        return "\(kind).\(group)"
    }

    private static let groups = Set(all.flatMap { $0.apiVersions.map(group(of:)) })

    /// True for an object of a group that only a CustomResourceDefinition can bring: one with a dot, and none of
    /// Kubernetes' own.
    static func mayBeCustom(_ object: Object) -> Bool {
        let group = group(of: object.apiVersion)
        return group.contains(".") && !groups.contains(group)
    }

    /// What Kubernetes' errors call the kind of the object: `Service`, `Deployment.apps`.
    public static func qualifiedKind(of object: Object) -> String {
        let group = group(of: object.apiVersion)
        return group.isEmpty ? of(kind: object.kind)?.qualifiedKind ?? object.kind : "\(object.kind).\(group)"
    }

    /// What is wrong with the object's `apiVersion` and `kind`; nil if they name a resource.
    public static func problem(of object: Object) -> Problem? {
        guard let resource = of(kind: object.kind) else {
            let close = Suggestion.closest(to: object.kind, among: byKind.keys)
            let hint = close.map { "; did you mean \"\($0)\"?" } ?? ""
            return Problem("kind", .invalid, value: object.kind.quoted, "a lab knows no such kind\(hint)")
        }
        if resource.handling == .answered {
            return Problem("kind", .invalid, value: object.kind.quoted, "is a question to the API, and never stored")
        }
        guard !resource.apiVersions.contains(object.apiVersion) else { return nil }
        let right = resource.apiVersions.map(\.quoted).joined(separator: " or ")
        return Problem(
            "apiVersion", .invalid, value: object.apiVersion.quoted, "a \(resource.kind) has apiVersion \(right)")
    }
}
