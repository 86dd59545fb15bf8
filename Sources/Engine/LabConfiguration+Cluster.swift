// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Net

extension LabConfiguration {
    /// What a cluster is made of, as this lab file has it, and a sentence for each range that had to give way.
    ///
    /// Throws where the ranges clash with what is occupied, or have no room for the nodes.
    func configuration(
        named name: String, nodes count: Int?, occupied: [OccupiedRange], hostInterface: String
    ) throws -> (configuration: Configuration, notices: [String]) {
        try Refusal.unlessEmpty(external.flatMap { $0.faults(occupied) })
        let choice = try RangeChoice.choose(families, named: ranges, occupied: occupied + external.flatMap(\.occupied))
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
        configuration.external = external
        configuration.egress = egress
        configuration.dns = dns
        return (configuration, choice.notices)
    }
}

extension ExternalSystem {
    /// Its addresses, of which no range of the lab's may have any.
    fileprivate var occupied: [OccupiedRange] {
        addresses.map { OccupiedRange(Prefix(host: $0), owner: "spec.external \(name)") }
    }

    /// What the machine or another lab routes already.
    fileprivate func faults(_ occupied: [OccupiedRange]) -> [Refusal.Fault] {
        addresses.compactMap { address in
            guard let other = occupied.first(where: { $0.range.contains(address) }) else { return nil }
            let detail = "is an address of \(other.range) (\(other.owner)); choose another one, or --isolated"
            return Refusal.Fault(
                Problem("spec.external", .invalid, value: "\"\(address)\"", detail), object: nil, at: place)
        }
    }
}
