// SPDX-License-Identifier: Apache-2.0
internal import Net

/// What the rules of one Service port follow from: its names, and which of its chains it needs on this node.
struct ServicePortChains {
    let family: Family
    let nodeAddress: Address
    let podRange: Prefix
    let port: ServicePortEntry
    /// The port as comments name it: `web/shop:http`.
    let name: String
    /// Where traffic of the policy `Cluster` goes, in the order of their texts, as kube-proxy sorts them.
    let clusterEndpoints: [SocketAddress]
    /// Where traffic of the policy `Local` goes.
    let localEndpoints: [SocketAddress]
    /// Whom the load balancer lets in; empty for everyone.
    let sourceRanges: [Prefix]
    /// The common end of the port's chains' names.
    private let hash: String
    /// The chains of the endpoints.
    private let endpointChains: [SocketAddress: String]

    init(_ port: ServicePortEntry, of service: String, on node: IPTables) {
        (family, nodeAddress, podRange) = (node.family, node.nodeAddress, node.podRange)
        self.port = port
        name = port.name.isEmpty ? service : "\(service):\(port.name)"
        hash = ChainHash.letters(of: name + port.transport.keyword)
        clusterEndpoints = ServicePortChains.sorted(port.endpoints, node.family)
        localEndpoints = ServicePortChains.sorted(port.localEndpoints, node.family)
        let lead = name + port.transport.keyword
        var chains: [SocketAddress: String] = [:]
        for endpoint in clusterEndpoints + localEndpoints where chains[endpoint] == nil {
            chains[endpoint] = "KUBE-SEP-" + ChainHash.letters(of: lead + endpoint.description)
        }
        endpointChains = chains
        let ranges = port.sourceRanges.filter { $0.family == node.family }
        sourceRanges = ranges.contains { $0.length == 0 } ? [] : ranges
    }

    private static func sorted(_ endpoints: [SocketAddress], _ family: Family) -> [SocketAddress] {
        var texts: [String: SocketAddress] = [:]
        for endpoint in endpoints where endpoint.address.family == family { texts[endpoint.description] = endpoint }
        return texts.sorted { $0.key < $1.key }.map(\.value)
    }

    // MARK: Names

    /// All endpoints that this node may use.
    var clusterChain: String { "KUBE-SVC-" + hash }
    /// The endpoints on this node.
    var localChain: String { "KUBE-SVL-" + hash }
    /// What comes from outside, whichever address it came for.
    var externalChain: String { "KUBE-EXT-" + hash }
    /// What comes for a load balancer's address and must be let in first.
    var firewallChain: String { "KUBE-FW-" + hash }

    /// The chain of one endpoint.
    func chain(of endpoint: SocketAddress) -> String { endpointChains[endpoint] ?? "" }

    // MARK: Addresses

    var clusterAddresses: [Address] { port.clusterAddresses.filter { $0.family == family } }
    var externalAddresses: [Address] { port.externalAddresses.filter { $0.family == family } }
    var loadBalancerAddresses: [Address] { port.loadBalancerAddresses.filter { $0.family == family } }

    // MARK: What is needed

    /// True if anyone outside the cluster may use the port.
    var isExternal: Bool { port.nodePort != nil || !externalAddresses.isEmpty || !loadBalancerAddresses.isEmpty }
    /// Even with both policies `Local`, what comes from here for an external address may use every endpoint (D50).
    var usesClusterChain: Bool { port.hasEndpoints && (!port.isInternalLocal || isExternal) }
    var usesLocalChain: Bool {
        !localEndpoints.isEmpty && (port.isInternalLocal || isExternal && port.isExternalLocal)
    }
    var hasInternalEndpoints: Bool { port.hasEndpoints && !(port.isInternalLocal && localEndpoints.isEmpty) }
    var hasExternalEndpoints: Bool { port.hasEndpoints && !(port.isExternalLocal && localEndpoints.isEmpty) }
    var usesExternalChain: Bool { port.hasEndpoints && isExternal }
    var usesFirewallChain: Bool { port.hasEndpoints && !loadBalancerAddresses.isEmpty && !sourceRanges.isEmpty }
    var internalChain: String { port.isInternalLocal ? localChain : clusterChain }
    var externalPolicyChain: String { port.isExternalLocal ? localChain : clusterChain }

    /// Every endpoint that a chain of the port jumps to.
    var reachableEndpoints: [SocketAddress] {
        let cluster = usesClusterChain ? clusterEndpoints : []
        return cluster + (usesLocalChain ? localEndpoints.filter { !cluster.contains($0) } : [])
    }
}
