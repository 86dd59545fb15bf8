// SPDX-License-Identifier: Apache-2.0
public import Cluster
internal import Kubernetes
internal import Linux

/// A lab that is planned and never made: manifests read, Pods placed and taken to run, the plan computed, all in memory.
///
/// It touches nothing and needs no rights. Ranges are the lab file's or the defaults, whatever the machine routes.
public struct PlannedLab: Sendable {
    /// The cluster at rest.
    public let cluster: Cluster

    /// Always the same, so that the same manifest gives the same names and addresses.
    private static let seed: UInt64 = 1

    /// Plans the lab of some manifests.
    /// - Parameters:
    ///   - nodes: how many nodes; nil for as many as the manifests say, or 3.
    ///   - unready: Pods or workloads, as `pod/web-1`, that are taken not to be ready.
    public init(_ files: [InputFile], nodes: Int? = nil, unready: [String] = []) throws {
        let (configuration, documents) = try PlannedLab.read(files, nodes: nodes)
        try self.init(configuration, documents, unready: unready)
    }

    private init(_ configuration: Configuration, _ documents: [Document], unready: [String] = []) throws {
        let now = Timestamp.now()
        var cluster = Cluster(configuration, seed: PlannedLab.seed, now: now)
        _ = try cluster.apply(documents, now: now)
        let keys = try PlannedLab.keys(unready, in: cluster, now: now)
        cluster.assumeRunning(unready: keys, now: now)
        self.cluster = cluster
    }

    private static func read(_ files: [InputFile], nodes: Int?) throws -> (Configuration, [Document]) {
        var documents: [Document] = []
        for file in files { documents += try Manifest.read(file.bytes, file: file.name) }
        try Refusal.unlessEmpty(Manifest.duplicates(documents))
        let (lab, rest) = try LabConfiguration.read(documents)
        let (configuration, _) = try lab.configuration(
            named: lab.name ?? "plan", nodes: nodes, occupied: [], hostInterface: "lab0")
        return (configuration, rest)
    }

    /// The lab of other manifests as this one would become it: what is in both keeps its addresses, its ports and, where
    /// nodes and ranges stay, its Pods.
    public func changed(to files: [InputFile], nodes: Int? = nil) throws -> Cluster {
        var (configuration, documents) = try PlannedLab.read(files, nodes: nodes)
        // What a lab is called changes no packet's way.
        configuration.name = cluster.configuration.name
        var same = configuration
        same.proxyMode = cluster.configuration.proxyMode
        guard same == cluster.configuration else {
            return try PlannedLab(configuration, cluster.pinned(documents)).cluster
        }
        let now = Timestamp.now()
        var changed = cluster
        changed.setProxyMode(configuration.proxyMode, now: now)
        try changed.change(to: documents, replaces: true, now: now)
        return changed
    }

    /// What is named, among the Pods that there will be too: their names are the same each time.
    private static func keys(_ texts: [String], in cluster: Cluster, now: Timestamp) throws -> Set<ObjectKey> {
        guard !texts.isEmpty else { return [] }
        var ahead = cluster
        ahead.assumeRunning(now: now)
        var keys: Set<ObjectKey> = []
        for text in texts { keys.insert(try ahead.assumedKey(text)) }
        return keys
    }
}
