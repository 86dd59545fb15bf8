// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Host ports, as the CNI plugin `portmap` makes them: a chain for each Pod that has any.
extension IPTables {
    /// The chains that all host ports share, but for the one that lists them.
    static var hostPortChains: [IPTablesChainName: [IPTablesRule]] {
        [
            .hostPortsMark: [
                IPTablesRule(
                    [.comment("CNI portfwd masquerade mark")], .mark(hostPortMark, mask: hostPortMark),
                    because: lab("marks a connection whose replies must come back through this node"))
            ],
            .hostPortsMasquerade: [
                IPTablesRule(
                    [.mark(hostPortMark, mask: hostPortMark)], .masquerade(randomPort: false),
                    because: lab("replies must come back through this node"))
            ],
        ]
    }

    /// A Pod's rules; empty without a host port of this family.
    func part(pod: String, _ ports: [HostPortEntry]) -> Part {
        let ports = ports.filter { $0.target.address.family == family }
        guard let first = ports.first else { return Part() }
        // The plugin takes SHA-512 of network and container; only the form of the name is the same here.
        let chain = "CNI-DN-" + ChainHash.hexadecimal(of: "lab" + pod, digits: 21)
        var part = Part()
        part.own[IPTablesChainName(.nat, chain)] = ports.flatMap(hostPortRules)
        for transport in TransportProtocol.allCases {
            var numbers = Set(ports.filter { $0.transport == transport }.map(\.hostPort)).sorted()[...]
            while !numbers.isEmpty {
                part.shared[.hostPorts, default: []].append(
                    IPTablesRule(
                        [
                            .transport(transport), .comment("dnat name: \"lab\" id: \"\(pod)\""),
                            .ports(Array(numbers.prefix(15))),
                        ], .jump(chain), because: first.because))
                numbers = numbers.dropFirst(15)
            }
        }
        return part
    }

    /// The Pod's own and this machine's connections are masqueraded; others keep their source address.
    private func hostPortRules(_ port: HostPortEntry) -> [IPTablesRule] {
        let address = port.hostAddress.flatMap { $0.isUnspecified ? nil : IPTablesMatch.destination(Prefix(host: $0)) }
        let matches =
            (address.map { [$0] } ?? []) + [.transport(port.transport), .port(port.transport, port.hostPort)]
        let masqueraded =
            [Prefix(host: port.target.address)] + (family == .v4 ? [Prefix(host: Address(127, 0, 0, 1))] : [])
        return masqueraded.map {
            IPTablesRule(
                [.source($0)] + matches, .jump(IPTablesChainName.hostPortsMark.name), because: port.because)
        } + [IPTablesRule(matches, .translate(port.target), because: port.because)]
    }
}
