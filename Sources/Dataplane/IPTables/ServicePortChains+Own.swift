// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The chains of a Service port's own: where its connections go.
extension ServicePortChains {
    /// Adds them to a part.
    func addOwnChains(to part: inout IPTables.Part) {
        if usesExternalChain { set(externalChain, externalRules, &part) }
        if usesFirewallChain { set(firewallChain, firewallRules, &part) }
        if usesClusterChain { set(clusterChain, policyRules(clusterChain, clusterEndpoints), &part) }
        if usesLocalChain { set(localChain, policyRules(localChain, localEndpoints), &part) }
        for endpoint in reachableEndpoints { set(chain(of: endpoint), endpointRules(endpoint), &part) }
    }

    private func set(_ chain: String, _ rules: [IPTablesRule], _ part: inout IPTables.Part) {
        part.own[IPTablesChainName(.nat, chain)] = rules
    }

    private var toMark: IPTablesTarget { .jump(IPTables.markMasquerade) }

    // MARK: From outside

    private var externalRules: [IPTablesRule] {
        let rules = port.isExternalLocal ? shortCircuit : [masqueradeExternal]
        guard hasExternalEndpoints else { return rules }
        let because = (port.isExternalLocal ? port.reasons.externalPolicy : nil) ?? port.reasons.port
        return rules + [IPTablesRule([], .jump(externalPolicyChain), because: because)]
    }

    private var masqueradeExternal: IPTablesRule {
        IPTablesRule(
            [.comment("masquerade traffic for \(name) external destinations")], toMark, because: port.reasons.port)
    }

    /// What Pods and the node itself send to an external address never leaves: it may use every endpoint, as if it had
    /// gone out to a load balancer and come back at the right node (D50).
    private var shortCircuit: [IPTablesRule] {
        let because = port.reasons.externalPolicy ?? port.reasons.port
        let destinations = "\(name) external destinations"
        return [
            IPTablesRule(
                [.source(podRange), .comment("pod traffic for \(destinations)")], .jump(clusterChain), because: because),
            IPTablesRule(
                [.comment("masquerade LOCAL traffic for \(destinations)"), .local(.source)], toMark, because: because),
            IPTablesRule(
                [.comment("route LOCAL traffic for \(destinations)"), .local(.source)], .jump(clusterChain),
                because: because),
        ]
    }

    /// Who may come in for a load balancer's address. What reaches the end is not translated, and so dropped by
    /// `KUBE-PROXY-FIREWALL`.
    private var firewallRules: [IPTablesRule] {
        let because = port.reasons.sourceRanges ?? port.reasons.port
        // The address may be one of this node's: what the node sends there then comes from that address.
        let own =
            sourceRanges.contains { $0.contains(nodeAddress) } ? loadBalancerAddresses.map { Prefix(host: $0) } : []
        return (sourceRanges + own).map { range in
            IPTablesRule(
                [.source(range), .comment("\(name) loadbalancer IP")], .jump(externalChain), because: because)
        } + [
            IPTablesRule(
                [.comment("other traffic to \(name) will be dropped by KUBE-PROXY-FIREWALL")], nil, because: because)
        ]
    }

    // MARK: To an endpoint

    private func policyRules(_ chain: String, _ endpoints: [SocketAddress]) -> [IPTablesRule] {
        let names = endpoints.map { self.chain(of: $0) }
        return (chain == internalChain ? clusterMasquerade : []) + affinityRules(endpoints, names)
            + balance(endpoints, names)
    }

    /// Clients outside the Pod range send to a cluster address through this node alone (D45).
    private var clusterMasquerade: [IPTablesRule] {
        clusterAddresses.map { address in
            IPTablesRule(
                [.source(podRange, negated: true)] + matches(address, "cluster IP"), toMark,
                because: port.reasons.address(address))
        }
    }

    private func comment(_ endpoint: SocketAddress) -> IPTablesMatch { .comment("\(name) -> \(endpoint)") }

    /// A client that an endpoint's list knows goes there again (D44).
    private func affinityRules(_ endpoints: [SocketAddress], _ names: [String]) -> [IPTablesRule] {
        guard let seconds = port.affinityTimeout else { return [] }
        return zip(endpoints, names).map { endpoint, name in
            IPTablesRule(
                [comment(endpoint), .seen(within: seconds, list: name)], .jump(name),
                because: port.reasons.affinity ?? port.reasons.port)
        }
    }

    /// The first of N takes one in N, the next one in N - 1 of the rest, the last all that is left (D43).
    private func balance(_ endpoints: [SocketAddress], _ names: [String]) -> [IPTablesRule] {
        zip(endpoints, names).enumerated().map { index, pair in
            let left = UInt32(endpoints.count - index)
            return IPTablesRule(
                [comment(pair.0)] + (left > 1 ? [.oneOf(left)] : []), .jump(pair.1), because: port.reasons.port)
        }
    }

    private func endpointRules(_ endpoint: SocketAddress) -> [IPTablesRule] {
        let remember = port.affinityTimeout.map { _ in IPTablesMatch.remember(list: chain(of: endpoint)) }
        return [
            // An endpoint that reaches itself would answer itself directly (D46).
            IPTablesRule(
                [.source(Prefix(host: endpoint.address)), .comment(name)], toMark, because: port.reasons.port),
            IPTablesRule(
                [.transport(port.transport), .comment(name)] + (remember.map { [$0] } ?? [])
                    + [.anyPort(port.transport)],
                .translate(endpoint), because: port.reasons.port),
        ]
    }
}
