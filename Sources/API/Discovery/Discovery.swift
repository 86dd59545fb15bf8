// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// What the API serves, told to clients that ask: groups, versions, resources and what may be done with them.
///
/// There are two tellings: one document for each group and version, and one with everything (aggregated discovery),
/// for clients that name it in `Accept`.
public enum Discovery {
    /// Answers `/api`, `/apis`, `/api/v1`, `/apis/GROUP` and `/apis/GROUP/VERSION`; nil for any other path, and for
    /// groups and versions that are not served.
    ///
    /// - Parameters:
    ///   - accept: the header `Accept`.
    ///   - catalog: all that is served.
    ///   - serverAddress: the API server's address and port, as `/api` gives it.
    ///   - ifNoneMatch: the header `If-None-Match`: a client that has the aggregated document is told 304.
    public static func answer(
        _ path: String, accept: String, _ catalog: ResourceCatalog, serverAddress: String = "", ifNoneMatch: String = ""
    ) -> Answer? {
        let parts = path.split(separator: "/").map(String.init)
        let groups = DiscoveryGroups(catalog)
        if parts == ["api"] || parts == ["apis"], let version = AggregatedDiscovery.version(accept: accept) {
            let document = AggregatedDiscovery(groups, version: version, isLegacy: parts == ["api"])
            return document.answer(ifNoneMatch: ifNoneMatch)
        }
        return plain(parts, groups, serverAddress).map { value in
            var answer = Answer(200, value)
            answer.headers["Cache-Control"] = "no-cache, private"
            return answer
        }
    }

    private static func plain(_ path: [String], _ groups: DiscoveryGroups, _ serverAddress: String) -> Value? {
        switch (path.first, path.count) {
        case ("api", 1): groups.legacyVersions(serverAddress: serverAddress)
        case ("api", 2): groups.legacy.version(path[1]).map { groups.legacy.resourceList($0) }
        case ("apis", 1): groups.list
        case ("apis", 2): groups.named(path[1]).map { $0.value(isAlone: true) }
        case ("apis", 3): groups.named(path[1]).flatMap { group in group.version(path[2]).map(group.resourceList) }
        default: nil
        }
    }
}
