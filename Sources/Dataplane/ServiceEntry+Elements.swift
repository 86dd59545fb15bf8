// SPDX-License-Identifier: Apache-2.0
internal import Net

extension ServiceEntry {
    /// What the Service puts into the sets of a table, by set name. No set gets a key twice: of two fields that give
    /// the same address, the first counts.
    /// - Parameter withPools: whether the elements of pools, most of all, are to be among them.
    func elements(family: Family, withPools: Bool = true) -> [String: [Element]] {
        var part: [String: [Element]] = [:]
        part.reserveCapacity(12)
        for port in ports { port.addElements(to: &part, family, withPools: withPools) }
        return part
    }
}

extension ServicePortEntry {
    fileprivate func addElements(to part: inout [String: [Element]], _ family: Family, withPools: Bool) {
        let (cluster, local) = (clusterEndpoints(family), nodeEndpoints(family))
        addClusterAddresses(to: &part, family, isEmpty: isInternalLocal ? local.slots.isEmpty : cluster.slots.isEmpty)
        let isEmpty = isExternalLocal ? local.slots.isEmpty : cluster.slots.isEmpty
        addExternalAddresses(to: &part, family, isEmpty: isEmpty)
        addNodePort(to: &part, isEmpty: isEmpty)
        guard withPools else { return }
        cluster.addElements(to: &part)
        local.addElements(to: &part)
    }

    private func addClusterAddresses(to part: inout [String: [Element]], _ family: Family, isEmpty: Bool) {
        var seen: [Address] = []
        for address in clusterAddresses where address.family == family && !seen.contains(address) {
            seen.append(address)
            let reason = reasons.address(address)
            let known = Element([.address(address)], because: reason)
            // All ports of a Service share its addresses.
            if part[SetName.clusterAddresses]?.contains(where: { $0.key == known.key }) != true {
                part[SetName.clusterAddresses, default: []].append(known)
            }
            let key = key(address)
            let target = isInternalLocal ? localPool : pool
            part[SetName.serviceAddresses, default: []].append(Element(key, .data([.number(target)]), because: reason))
            guard isEmpty else { continue }
            let isLocal = isInternalLocal && hasEndpoints
            part[isLocal ? SetName.noLocalEndpointServices : SetName.noEndpointServices, default: []]
                .append(Element(key, because: isLocal ? reasons.internalPolicy ?? reason : reason))
        }
    }

    private func addExternalAddresses(to part: inout [String: [Element]], _ family: Family, isEmpty: Bool) {
        var seen: [Address] = []
        for address in externalAddresses + loadBalancerAddresses
        where address.family == family && !seen.contains(address) {
            seen.append(address)
            let (key, reason) = (key(address), reasons.address(address))
            part[SetName.externalAddresses, default: []].append(Element(key, .data([.number(pool)]), because: reason))
            if isExternalLocal {
                part[SetName.localAddresses, default: []].append(localElement(key, reason))
            }
            if loadBalancerAddresses.contains(address) { addSourceRanges(to: &part, key, family) }
            guard isEmpty else { continue }
            let isLocal = isExternalLocal && hasEndpoints
            part[isLocal ? SetName.noLocalEndpointServices : SetName.noEndpointServices, default: []]
                .append(Element(key, because: isLocal ? reasons.externalPolicy ?? reason : reason))
        }
    }

    private func addNodePort(to part: inout [String: [Element]], isEmpty: Bool) {
        guard let nodePort else { return }
        let key: [Datum] = [.transport(transport), .port(nodePort)]
        let reason = reasons.nodePort ?? reasons.port
        part[SetName.serviceNodePorts, default: []].append(Element(key, .data([.number(pool)]), because: reason))
        if isExternalLocal { part[SetName.localNodePorts, default: []].append(localElement(key, reason)) }
        guard isEmpty else { return }
        let isLocal = isExternalLocal && hasEndpoints
        part[isLocal ? SetName.noLocalEndpointNodePorts : SetName.noEndpointNodePorts, default: []]
            .append(Element(key, because: isLocal ? reasons.externalPolicy ?? reason : reason))
    }

    /// Who may use a load balancer's address; nothing if a range is all there is.
    private func addSourceRanges(to part: inout [String: [Element]], _ key: [Datum], _ family: Family) {
        let ranges = sourceRanges.filter { $0.family == family }
        guard !ranges.isEmpty, ranges.allSatisfy({ $0.length > 0 }) else { return }
        let reason = reasons.sourceRanges ?? reasons.port
        part[SetName.firewalled, default: []].append(Element(key, because: reason))
        for (place, range) in ranges.enumerated() {
            // The kernel takes no two that overlap, and one within another adds nothing.
            let isCovered = ranges.enumerated().contains { other, wider in
                other != place && wider.contains(range.address)
                    && (wider.length < range.length || wider.length == range.length && other < place)
            }
            if isCovered { continue }
            part[SetName.allowedSources, default: []].append(Element(key + [.prefix(range)], because: reason))
        }
    }

    private func key(_ address: Address) -> [Datum] { [.address(address), .transport(transport), .port(port)] }

    private func localElement(_ key: [Datum], _ reason: Because) -> Element {
        Element(key, .data([.number(localPool)]), because: reasons.externalPolicy ?? reason)
    }
}
