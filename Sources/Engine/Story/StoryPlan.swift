// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// From a story back to the lab: what the first line says it was made of, and the cluster that its objects make.
enum StoryPlan {
    /// What a lab is planned from again. No secret is among it.
    static func setup(_ options: LabOptions, _ configuration: Configuration, _ document: Value?) -> Value {
        var value = KeptSetup.ranges(configuration)
        value["nodes"] = options.nodes.map { .int(Int64($0)) }
        value["sabotage"] = options.sabotage.map { .string($0) }
        value["lab"] = document
        return value
    }

    /// What a lab was made of, by the line `lab`.
    static func configuration(_ line: Value) throws -> Configuration {
        let setup = line["setup"] ?? .null
        let documents = try setup["lab"].map { try Manifest.read(Array($0.json().utf8), file: "lab") } ?? []
        var lab = try LabConfiguration.read(documents).lab
        lab.families = (setup["families"]?.elements ?? []).compactMap { $0.string.flatMap { Family(rawValue: $0) } }
        let ranges = LabConfiguration.Ranges(kept: setup["ranges"] ?? .null)
        for family in lab.families {
            let all = [ranges.nodes, ranges.pods, ranges.services, ranges.loadBalancers]
            guard all.allSatisfy({ $0.contains { $0.family == family } }) else {
                throw LabError("the line \"lab\" has no ranges of \(family.text) in setup.ranges")
            }
        }
        guard !lab.families.isEmpty, Set(lab.families).count == lab.families.count else {
            throw LabError("the line \"lab\" has no families of addresses in setup.families")
        }
        lab.ranges = ranges
        var configuration = try lab.configuration(
            named: line.text("name"), nodes: setup["nodes"]?.int, occupied: [],
            hostInterface: setup["interface"]?.string ?? "lab0"
        ).configuration
        if let mode = line["proxyMode"]?.string.flatMap({ Configuration.ProxyMode(rawValue: $0) }) {
            configuration.proxyMode = mode
        }
        configuration.sabotage = setup["sabotage"]?.string.flatMap { Sabotage(rawValue: $0) }
        return configuration
    }
}
