// SPDX-License-Identifier: Apache-2.0
internal import Net

extension ServiceEntry {
    /// What the Service puts into the sets of a table, by set name. No set gets a key twice: of two fields that give
    /// the same address, the first counts.
    func elements(family: Family) -> Ruleset.Part {
        var part: Ruleset.Part = [:]
        for port in ports { port.addElements(to: &part, family: family) }
        return part
    }
}

extension ServicePortEntry {
    fileprivate func addElements(to part: inout Ruleset.Part, family: Family) {
        let slots = endpoints.filter { $0.address.family == family }
        addAddresses(to: &part, family: family, isEmpty: slots.isEmpty)
        addNodePort(to: &part, isEmpty: slots.isEmpty)
        guard !slots.isEmpty else { return }
        part[SetName.pools, default: []].append(poolElement(count: slots.count))
        part[SetName.endpoints, default: []].append(contentsOf: slots.enumerated().map(slotElement))
    }

    private func addAddresses(to part: inout Ruleset.Part, family: Family, isEmpty: Bool) {
        for address in clusterAddresses where address.family == family {
            let element = Element([.address(address)], because: reasons.address(address))
            // All ports of a Service share its addresses.
            if part[SetName.clusterAddresses]?.contains(where: { $0.key == element.key }) != true {
                part[SetName.clusterAddresses, default: []].append(element)
            }
        }
        var seen: [Address] = []
        for address in clusterAddresses + externalAddresses + loadBalancerAddresses
        where address.family == family && !seen.contains(address) {
            seen.append(address)
            let key: [Datum] = [.address(address), .transport(transport), .port(port)]
            let reason = reasons.address(address)
            part[SetName.serviceAddresses, default: []].append(Element(key, .data([.number(pool)]), because: reason))
            guard isEmpty else { continue }
            part[SetName.noEndpointServices, default: []].append(Element(key, because: reason))
        }
    }

    private func addNodePort(to part: inout Ruleset.Part, isEmpty: Bool) {
        guard let nodePort else { return }
        let key: [Datum] = [.transport(transport), .port(nodePort)]
        let reason = reasons.nodePort ?? reasons.port
        part[SetName.serviceNodePorts, default: []].append(Element(key, .data([.number(pool)]), because: reason))
        guard isEmpty else { return }
        part[SetName.noEndpointNodePorts, default: []].append(Element(key, because: reason))
    }
}

extension ServicePortEntry {
    /// The element that says how many endpoints the port has.
    func poolElement(count: Int) -> Element {
        Element([.number(pool)], .data([.number(UInt32(count))]), because: reasons.port)
    }

    /// The element of one slot.
    func slotElement(_ slot: Int, _ endpoint: SocketAddress) -> Element {
        Element(
            [.number(pool), .number(UInt32(slot))], .data([.address(endpoint.address), .port(endpoint.port)]),
            because: reasons.port)
    }
}
