// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The rules that a Service port has in the chains that all Services share: what catches its connections.
extension ServicePortChains {
    /// Adds them to a part, in kube-proxy's order.
    func addSharedRules(to part: inout IPTables.Part) {
        for address in clusterAddresses { addClusterAddress(address, to: &part) }
        for address in externalAddresses {
            add(address, "external IP", to: externalChain, &part)
            refuseExternal(address, &part)
        }
        for address in loadBalancerAddresses {
            add(address, "loadbalancer IP", to: usesFirewallChain ? firewallChain : externalChain, &part)
            if usesFirewallChain { addFirewall(address, to: &part) }
        }
        for address in loadBalancerAddresses { refuseExternal(address, &part) }
        if let nodePort = port.nodePort { addNodePort(nodePort, to: &part) }
        if let healthCheck = port.healthCheckNodePort { addHealthCheck(healthCheck, to: &part) }
    }

    private func addClusterAddress(_ address: Address, to part: inout IPTables.Part) {
        guard !hasInternalEndpoints else {
            return add(address, "cluster IP", to: internalChain, &part)
        }
        let because = port.hasEndpoints ? port.reasons.internalPolicy : nil
        let refusal = port.hasEndpoints ? "has no local endpoints" : "has no endpoints"
        let rule = IPTablesRule(
            matches(address, refusal), port.hasEndpoints ? .drop : .reject,
            because: because ?? port.reasons.address(address))
        part.shared[.servicesFilter, default: []].append(rule)
    }

    private func add(_ address: Address, _ purpose: String, to chain: String, _ part: inout IPTables.Part) {
        guard port.hasEndpoints else { return }
        part.shared[.services, default: []].append(
            IPTablesRule(matches(address, purpose), .jump(chain), because: port.reasons.address(address)))
    }

    /// Without endpoints the sender is told; where only local ones are missing, it is not (D40, D42).
    private func refuseExternal(_ address: Address, _ part: inout IPTables.Part) {
        guard !hasExternalEndpoints else { return }
        let because = port.hasEndpoints ? port.reasons.externalPolicy : nil
        part.shared[.externalServicesFilter, default: []].append(
            IPTablesRule(
                matches(address, externalRefusal), port.hasEndpoints ? .drop : .reject,
                because: because ?? port.reasons.address(address)))
    }

    private var externalRefusal: String { port.hasEndpoints ? "has no local endpoints" : "has no endpoints" }

    private func addFirewall(_ address: Address, to part: inout IPTables.Part) {
        part.shared[.firewallFilter, default: []].append(
            IPTablesRule(
                matches(address, "traffic not accepted by \(firewallChain)"), .drop,
                because: port.reasons.sourceRanges ?? port.reasons.address(address)))
    }

    private func addNodePort(_ nodePort: UInt16, to part: inout IPTables.Part) {
        let because = port.reasons.nodePort ?? port.reasons.port
        let protocolMatch = IPTablesMatch.transport(port.transport)
        let portMatch = IPTablesMatch.port(port.transport, nodePort)
        if port.hasEndpoints {
            if family == .v4 {
                part.shared[.nodePorts, default: []].append(
                    IPTablesRule(
                        [
                            .destination(Prefix(Address(127, 0, 0, 0), 8)), protocolMatch, .comment(name), portMatch,
                            .count(IPTables.Counter.localNodePorts),
                        ], .jump(externalChain), because: because))
            }
            part.shared[.nodePorts, default: []].append(
                IPTablesRule([protocolMatch, .comment(name), portMatch], .jump(externalChain), because: because))
        }
        guard !hasExternalEndpoints else { return }
        part.shared[.externalServicesFilter, default: []].append(
            IPTablesRule(
                [protocolMatch, .comment("\(name) \(externalRefusal)"), .local(.destination), portMatch],
                port.hasEndpoints ? .drop : .reject,
                because: (port.hasEndpoints ? port.reasons.externalPolicy : nil) ?? because))
    }

    private func addHealthCheck(_ healthCheck: UInt16, to part: inout IPTables.Part) {
        part.shared[.nodePortsFilter, default: []].append(
            IPTablesRule(
                [.transport(.tcp), .comment("\(name) health check node port"), .port(.tcp, healthCheck)], .accept,
                because: port.reasons.externalPolicy ?? port.reasons.port))
    }

    /// `-d ADDRESS -p tcp -m comment --comment "NAME PURPOSE" -m tcp --dport PORT`.
    func matches(_ address: Address, _ purpose: String) -> [IPTablesMatch] {
        [
            .destination(Prefix(host: address)), .transport(port.transport), .comment("\(name) \(purpose)"),
            .port(port.transport, port.port),
        ]
    }
}
