// SPDX-License-Identifier: Apache-2.0
public import Net

extension Rule {
    /// The rule as nft prints it, without its comment.
    public func text(_ family: Family = .v4) -> String {
        statements.map { $0.text(family) }.joined(separator: " ")
    }
}

extension Statement {
    /// The statement as nft prints it in a table of the family.
    public func text(_ family: Family = .v4) -> String {
        switch self {
        case .within(let selector, let prefix, let negated):
            "\(selector.text(family)) \(negated ? "!= " : "")\(prefix.nftText)"
        case .member(let selectors, let set, let negated):
            "\(Statement.concatenation(selectors, family)) \(negated ? "!= " : "")@\(set)"
        case .equals(let selector, let number): "\(selector.text(family)) \(Datum.hexadecimal(number))"
        case .incoming(let name, let negated): "iifname \(negated ? "!= " : "")\"\(name)\""
        case .newConnection: "ct state new"
        case .translated: "ct status dnat"
        case .setMark(let number): "meta mark set \(Datum.hexadecimal(number))"
        case .setConnectionMark(let number): "ct mark set \(Datum.hexadecimal(number))"
        case .setMarkFromMap(let selectors, let map):
            "meta mark set \(Statement.concatenation(selectors, family)) map @\(map)"
        case .setPriority(let selector): "meta priority set \(selector.text(family))"
        case .setPriorityFromMap(let selectors, let map):
            "meta priority set \(Statement.concatenation(selectors, family)) map @\(map)"
        case .verdictMap(let selectors, let map): "\(Statement.concatenation(selectors, family)) vmap @\(map)"
        case .dnatFromMap(let selectors, let map):
            "dnat \(family == .v4 ? "ip" : "ip6") to \(Statement.concatenation(selectors, family)) map @\(map)"
        case .update(let map, let key, let value):
            "update @\(map) { \(Statement.concatenation(key, family)) : \(value.text(family)) }"
        case .delete(let map, let key, let value):
            "delete @\(map) { \(Statement.concatenation(key, family)) : \(value.text(family)) }"
        case .masquerade: "masquerade"
        case .trace: "meta nftrace set 1"
        case .queue(let number, .native): "queue flags bypass to \(number)"
        case .queue: "xt target \"NFQUEUE\""
        case .reject: "reject"
        case .verdict(let verdict): verdict.text
        }
    }

    private static func concatenation(_ selectors: [Selector], _ family: Family) -> String {
        selectors.map { $0.text(family) }.joined(separator: " . ")
    }
}

extension Selector {
    /// The expression as nft prints it in a table of the family.
    public func text(_ family: Family = .v4) -> String {
        let ip = family == .v4 ? "ip" : "ip6"
        return switch self {
        case .sourceAddress: "\(ip) saddr"
        case .destinationAddress: "\(ip) daddr"
        case .transport: "meta l4proto"
        case .sourcePort: "th sport"
        case .destinationPort: "th dport"
        case .mark: "meta mark"
        case .priority: "meta priority"
        case .random(let modulus): "numgen random mod \(modulus)"
        case .originalDestinationAddress: "ct original \(ip) daddr"
        case .connectionMark: "ct mark"
        }
    }
}

extension Verdict {
    /// The verdict as nft prints it: `goto pick-3`.
    public var text: String {
        switch self {
        case .accept: "accept"
        case .drop: "drop"
        case .return: "return"
        case .jump(let chain): "jump \(chain)"
        case .goto(let chain): "goto \(chain)"
        }
    }
}

extension Prefix {
    /// nft leaves the length of a single address away.
    var nftText: String { length == family.bits ? address.description : description }
}
