// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension LabConfiguration {
    /// What a cluster is made of, as this lab file has it, and a sentence for each range that had to give way.
    ///
    /// Throws where the ranges clash with what is occupied, or have no room for the nodes.
    func configuration(
        named name: String, nodes count: Int?, occupied: [OccupiedRange], hostInterface: String
    ) throws -> (configuration: Configuration, notices: [String]) {
        let choice = try RangeChoice.choose(families, named: ranges, occupied: occupied)
        let nodes = count.map { LabConfiguration.nodes($0) } ?? nodes
        var configuration = Configuration(
            name: name, nodes: nodes, ranges: choice.ranges, proxyMode: proxyMode, hostAccess: hostAccess,
            provisioningDelay: provisioningDelay, hostInterface: hostInterface)
        let capacity = Topology.nodeCapacity(configuration)
        guard nodes.count <= capacity else {
            throw LabError(
                "\(nodes.count) nodes do not fit: "
                    + configuration.ranges.map { ranges in
                        "the node range \(ranges.nodes) and the Pod range \(ranges.pods) "
                            + "(a /\(configuration.nodePodPrefixLength(ranges.family)) a node)"
                    }.joined(separator: ", ")
                    + " have room for \(capacity); choose larger ranges (spec.ranges) or fewer nodes")
        }
        configuration.ipMode = ipMode
        configuration.probePeriod = probePeriod
        return (configuration, choice.notices)
    }
}
