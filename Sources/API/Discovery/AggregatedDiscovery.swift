// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Everything that is served, in one document. The corresponding Go type is `apidiscovery.APIGroupDiscoveryList`.
struct AggregatedDiscovery {
    private let document: Value
    private let version: String

    /// The document of `/api` (`isLegacy`) or `/apis`, in version `v2` or `v2beta1`, which differ in nothing else.
    init(_ groups: DiscoveryGroups, version: String, isLegacy: Bool) {
        self.version = version
        let items = (isLegacy ? [groups.legacy] : groups.groups).map { group -> Value in
            let versions = group.versions.map { version -> Value in
                [
                    "version": .string(version.name), "freshness": "Current",
                    "resources": .array(
                        version.resources.map { $0.aggregated(group: group.name, version: version.name) }),
                ]
            }
            return [
                "metadata": group.name.isEmpty ? .object([:]) : ["name": .string(group.name)],
                "versions": .array(versions),
            ]
        }
        document = [
            "kind": "APIGroupDiscoveryList", "apiVersion": .string("apidiscovery.k8s.io/\(version)"),
            "metadata": .object([:]), "items": .array(items),
        ]
    }

    /// The document, or 304 for a client that has it. Clients take it for what it is only if `Content-Type` has exactly
    /// these parameters.
    func answer(ifNoneMatch: String) -> Answer {
        let body = Array(document.json().utf8) + [0x0a]
        let tag = "\"" + String(StableHash(body).value, radix: 16, uppercase: true) + "\""
        let isKnown = ifNoneMatch.split(separator: ",").contains { $0.drop { " W/".contains($0) } == tag }
        return Answer(
            isKnown ? 304 : 200,
            contentType: "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList",
            headers: ["ETag": tag, "Vary": "Accept", "Cache-Control": "public"]
        ) { isKnown ? [] : body }
    }

    /// The version that an `Accept` header asks for before anything plain; nil if it rather has the plain documents.
    static func version(accept: String) -> String? {
        for range in accept.split(separator: ",") {
            let parts = range.split(separator: ";").map { String($0.filter { $0 != " " }) }
            guard parts.first == "application/json" || parts.first == "*/*" else { continue }
            guard parts.contains("as=APIGroupDiscoveryList") else { return nil }
            guard parts.contains("g=apidiscovery.k8s.io") else { continue }
            if let version = ["v2", "v2beta1"].first(where: { parts.contains("v=\($0)") }) { return version }
        }
        return nil
    }
}

/// A hash that is the same in every run (FNV-1a, 64 bits), unlike Swift's own.
struct StableHash {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    init(_ text: String) { self.init(text.utf8) }
}
