// SPDX-License-Identifier: Apache-2.0
public import Net

extension Ruleset {
    /// A table that gives what leaves for addresses of nobody inside the address of the namespace that it leaves by, so
    /// that answers come back there. In a cluster that is the network plugin's part (`ip-masq-agent`), not the proxy's.
    ///
    /// It comes after the Services' own table (priority 101): what that has given another source keeps it.
    /// - Parameters:
    ///   - sources: the range that it is for; nil for whatever leaves.
    ///   - inside: the ranges to which nothing leaves.
    public static func leaving(
        table: String, sources: Prefix? = nil, inside: [Prefix], because purpose: String
    ) -> Ruleset {
        let source = sources.map { [Statement.within(.sourceAddress, $0, negated: false)] } ?? []
        let destination = inside.map { Statement.within(.destinationAddress, $0, negated: true) }
        let rule = Rule(source + destination + [.masquerade], because: lab(purpose))
        return Ruleset(
            family: inside.first?.family ?? sources?.family ?? .v4, table: table,
            chains: [Chain("nat-postrouting", base: Base(.nat, .postrouting, priority: 101), [rule])])
    }
}
