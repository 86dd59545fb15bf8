// SPDX-License-Identifier: Apache-2.0

/// One way to break the Service rules of a whole lab, for proving that scenarios notice.
///
/// The objects, the controllers and the walker are as they should be; what goes to the kernel is not. The lab keeps the
/// broken rules as it would keep good ones, so that only traffic shows what is wrong.
public enum Sabotage: String, Sendable, Hashable, CaseIterable {
    // What clients send to.
    case missingAddress = "missing-address"
    case missingExternalAddress = "missing-external-address"
    case missingDatagrams = "missing-datagrams"
    case missingFamily = "missing-family"
    case shiftedNodePort = "shifted-node-port"
    case nodePortOnSomeNodes = "node-port-on-some-nodes"
    // Where it goes.
    case unusedEndpoint = "unused-endpoint"
    case twoEndpoints = "two-endpoints"
    case skewedShare = "skewed-share"
    case deadEndpoint = "dead-endpoint"
    case wrongTargetPort = "wrong-target-port"
    case swappedPorts = "swapped-ports"
    case unreadyEndpoint = "unready-endpoint"
    case terminatingEndpoint = "terminating-endpoint"
    case ignoredTopology = "ignored-topology"
    // Who may, and to which endpoints.
    case ignoredAffinity = "ignored-affinity"
    case shortAffinity = "short-affinity"
    case externalLocalAsCluster = "external-local-as-cluster"
    case externalClusterAsLocal = "external-cluster-as-local"
    case internalLocalAsCluster = "internal-local-as-cluster"
    case ignoredSourceRanges = "ignored-source-ranges"
    case strictSourceRanges = "strict-source-ranges"
    // What becomes of the packets.
    case dropInsteadOfReject = "drop-instead-of-reject"
    case rejectInsteadOfDrop = "reject-instead-of-drop"
    case brokenHairpin = "broken-hairpin"
    case forgottenMasquerade = "forgotten-masquerade"
    case masqueradeForAll = "masquerade-for-all"
    // Who keeps up.
    case staleNode = "stale-node"
    case staleDatagrams = "stale-datagrams"
    case skippedNode = "skipped-node"
    case ignoredHealth = "ignored-health"

    /// What is broken, in a sentence without its end.
    public var effect: String { description.effect }

    /// The behaviour of Services that it violates, by its number.
    public var violated: String { description.violated }

    private var description: (violated: String, effect: String) {
        switch self {
        case .missingAddress: ("D40", "the maps lack the first cluster address of each Service")
        case .missingExternalAddress: ("D52", "the maps lack spec.externalIPs")
        case .missingDatagrams: ("D65", "the rules have the TCP ports alone")
        case .missingFamily: ("D27", "the rules of IPv6 lack all Services")
        case .shiftedNodePort: ("D47", "each node port answers at the number after its own")
        case .nodePortOnSomeNodes: ("D47", "the last node has no node ports")
        case .unusedEndpoint: ("D43", "the last of several endpoints is never drawn")
        case .twoEndpoints: ("D43", "no more than two endpoints are ever drawn")
        case .skewedShare: ("D43", "the first of several endpoints is drawn eight times less than it should be")
        case .deadEndpoint: ("D38", "endpoints that have gone are kept")
        case .wrongTargetPort: ("D55", "connections go to the port after the target port")
        case .swappedPorts: ("D55", "the ports of a Service lead to each other's targets")
        case .unreadyEndpoint: ("D38", "endpoints that are not ready are drawn as the others are")
        case .terminatingEndpoint: ("D53", "while an endpoint ends, connections go to it and to no other")
        case .ignoredTopology: ("D85, D86", "endpoints are drawn wherever they are, whatever their hints")
        case .ignoredAffinity: ("D44", "clients are not remembered")
        case .shortAffinity: ("D44", "clients are remembered for one second")
        case .externalLocalAsCluster: ("D49", "externalTrafficPolicy: Local counts as Cluster")
        case .externalClusterAsLocal: ("D47", "externalTrafficPolicy: Cluster counts as Local")
        case .internalLocalAsCluster: ("D51", "internalTrafficPolicy: Local counts as Cluster")
        case .ignoredSourceRanges: ("D61", "loadBalancerSourceRanges keeps nobody out")
        case .strictSourceRanges: ("D61", "of loadBalancerSourceRanges only each range's first address is let in")
        case .dropInsteadOfReject: ("D40", "who should be refused hears nothing")
        case .rejectInsteadOfDrop: ("D42", "who should hear nothing is refused")
        case .brokenHairpin: ("D46", "a Pod that reaches itself through its Service is not masqueraded")
        case .forgottenMasquerade: ("D45", "nobody is masqueraded")
        case .masqueradeForAll: ("D45, D49", "everybody is masqueraded")
        case .staleNode: ("D38, D56", "the last node's rules are as they were at first, for ever")
        case .staleDatagrams: ("D79", "UDP conversations go on to endpoints that have gone")
        case .skippedNode: ("D63", "the load balancer never sends to the first node that it could")
        case .ignoredHealth: ("D63", "the load balancer sends to all nodes, be they well or not")
        }
    }
}
