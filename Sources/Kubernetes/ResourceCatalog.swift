// SPDX-License-Identifier: Apache-2.0

/// All kinds of one cluster: those that every cluster has, and those that its CustomResourceDefinitions made.
public struct ResourceCatalog: Sendable, Hashable {
    /// By the name of the definition, `certificates.cert-manager.io`: plural and group.
    private var custom: [String: Resource] = [:]
    /// By `ObjectKey.kind`.
    private var customByKind: [String: Resource] = [:]

    private static let builtIn = Dictionary(
        Resource.all.flatMap { resource in
            resource.apiVersions.map { ("\(resource.plural).\(Resource.group(of: $0))", resource) }
        }
    ) { first, _ in first }

    /// The kinds that every cluster has.
    public init() {}

    /// Every kind: those that every cluster has in the order of discovery, then the custom ones by name.
    public var all: [Resource] { Resource.all + customResources }

    /// The kinds that definitions made, by name.
    public var customResources: [Resource] { custom.sorted { $0.key < $1.key }.map(\.value) }

    /// What a URL names: `/apis/apps/v1/…/deployments`; nil if nothing is served there.
    public func resource(group: String, version: String, plural: String) -> Resource? {
        let name = "\(plural).\(group)"
        guard let resource = Self.builtIn[name] ?? custom[name] else { return nil }
        return resource.isServed(group: group, version: version) ? resource : nil
    }

    /// The resource of an object's key; nil for an unknown kind.
    public func resource(of key: ObjectKey) -> Resource? { resource(keyKind: key.kind) }

    /// The resource by an `ObjectKey.kind`; nil for an unknown one.
    public func resource(keyKind: String) -> Resource? { Resource.of(kind: keyKind) ?? customByKind[keyKind] }

    /// The resource that an object says it is of, in a version that is served; nil if there is none.
    public func resource(of object: Object) -> Resource? {
        let resource = resource(keyKind: Resource.keyKind(apiVersion: object.apiVersion, kind: object.kind))
        return resource?.apiVersions.contains(object.apiVersion) == true ? resource : nil
    }

    /// The resource that a word on the command line names: plural, singular or short name, in any case, with the group
    /// if need be.
    public func named(_ word: String) -> Resource? {
        let word = word.lowercased()
        return Resource.named(word) ?? custom[word] ?? customResources.first { $0.words.contains(word) }
    }

    /// Takes in a CustomResourceDefinition that was written; one that serves nothing takes its kind away.
    public mutating func define(_ definition: Object) {
        remove(definition.name)
        guard let resource = Resource(definition: definition), Self.builtIn[definition.name] == nil else { return }
        custom[definition.name] = resource
        customByKind[resource.keyKind] = resource
    }

    /// Forgets the kind of a CustomResourceDefinition that is gone.
    public mutating func remove(_ definition: String) {
        if let resource = custom.removeValue(forKey: definition) { customByKind[resource.keyKind] = nil }
    }
}

extension Resource {
    /// The resource that a CustomResourceDefinition makes; nil if it serves no version, or is not whole.
    public init?(definition: Object) {
        let spec = definition.spec
        let group = spec["group"]?.string ?? ""
        let served = (spec["versions"]?.elements ?? []).filter { $0["served"] == true }
        let versions = served.compactMap { $0["name"]?.string }.sorted(by: Self.comesBefore)
        guard let names = spec["names"], let kind = names["kind"]?.string, let plural = names["plural"]?.string,
            !group.isEmpty, !versions.isEmpty
        else { return nil }
        var subresources: Set<String> = []
        for version in served { subresources.formUnion((version["subresources"]?.fields ?? [:]).keys) }
        self.init(
            kind, versions.map { "\(group)/\($0)" }, plural, Self.texts(names["shortNames"]),
            namespaced: spec["scope"] != "Cluster", in: Self.texts(names["categories"]),
            with: subresources.sorted(), singular: names["singular"]?.string, isCustom: true)
    }

    private static func texts(_ value: Value?) -> [String] { (value?.elements ?? []).compactMap(\.string) }

    /// `v2` before `v1` before `v1beta2` before `v1alpha1` before `foo`. The corresponding Go function is
    /// `CompareKubeAwareVersionStrings`.
    public static func comesBefore(_ left: String, _ right: String) -> Bool {
        let (first, second) = (KubeVersion(left), KubeVersion(right))
        switch (first, second) {
        case (let first?, let second?): return first.rank.lexicographicallyPrecedes(second.rank)
        case (nil, nil): return left < right
        default: return first != nil
        }
    }
}

/// A version of an API, as `v1beta2`, for putting several in order.
private struct KubeVersion {
    /// The smaller it is, the more the version is preferred.
    let rank: [Int]

    init?(_ text: String) {
        guard text.first == "v" else { return nil }
        let rest = text.dropFirst()
        let major = rest.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(major) else { return nil }
        let tail = rest[major.endIndex...]
        if tail.isEmpty {
            rank = [0, -number]
            return
        }
        for (stage, word) in [(1, "beta"), (2, "alpha")] where tail.hasPrefix(word) {
            guard let minor = Int(tail.dropFirst(word.count)) else { return nil }
            rank = [stage, -number, -minor]
            return
        }
        return nil
    }
}
