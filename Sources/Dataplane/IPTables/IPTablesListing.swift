// SPDX-License-Identifier: Apache-2.0

/// What `iptables-save` told of a namespace: chains and rules as text, good for comparing with what should be there.
public struct IPTablesListing: Sendable, Equatable {
    /// The rules of each chain, without `-A CHAIN`, in order; a chain without rules has an empty list.
    public private(set) var chains: [IPTablesChainName: [String]] = [:]

    /// Nothing.
    public init() {}

    /// Reads the output of `iptables-save`; tables and lines that are none of kube-proxy's are passed over.
    public init(_ text: String) {
        var table: IPTablesTable?
        for line in text.split(separator: "\n") {
            switch line.first {
            case "*": table = IPTablesTable(rawValue: String(line.dropFirst()))
            case ":":
                guard let table, let name = line.dropFirst().split(separator: " ", maxSplits: 1).first else { continue }
                chains[IPTablesChainName(table, String(name)), default: []] += []
            case "-":
                let parts = line.split(separator: " ", maxSplits: 2)
                guard let table, parts.count == 3, parts[0] == "-A" else { continue }
                chains[IPTablesChainName(table, String(parts[1])), default: []].append(String(parts[2]))
            default: break
            }
        }
    }

    /// What is there and ours: chains, and rules of built-in chains that jump to them.
    ///
    /// As text it is told, and it is the plan's if this is equal to that of `IPTables.text`.
    public var ours: IPTablesListing {
        var listing = IPTablesListing()
        listing.chains = chains.filter { $0.key.isOurs }
        for (chain, rule) in jumps { listing.chains[chain, default: []].append(rule) }
        return listing
    }

    /// True if there are chains, or rules in built-in chains, that are not kube-proxy's or a CNI plugin's.
    public var hasOthers: Bool {
        chains.contains { chain, rules in
            chain.isBuiltIn ? !rules.allSatisfy(IPTablesListing.jumpsToOurs) : !chain.isOurs
        }
    }

    /// The rules of built-in chains that jump to a chain of ours.
    var jumps: [(chain: IPTablesChainName, rule: String)] {
        chains.filter { $0.key.isBuiltIn }.sorted { $0.key < $1.key }.flatMap { chain, rules in
            rules.filter(IPTablesListing.jumpsToOurs).map { (chain, $0) }
        }
    }

    private static func jumpsToOurs(_ rule: String) -> Bool {
        guard let target = rule.split(separator: " ").last else { return false }
        return target.hasPrefix("KUBE-") || target.hasPrefix("CNI-")
    }

    /// What is not as in the other: each chain with its rules here (`-`) and there (`+`), for a reader.
    public func differences(from other: IPTablesListing) -> [String] {
        Set(chains.keys).union(other.chains.keys).sorted().flatMap { chain -> [String] in
            guard chains[chain] != other.chains[chain] else { return [] }
            let place = "\(chain.table.rawValue) \(chain.name)"
            guard let here = chains[chain] else { return ["+ \(place)"] }
            guard let there = other.chains[chain] else { return ["- \(place)"] }
            return here.filter { !there.contains($0) }.map { "- \(place) \($0)" }
                + there.filter { !here.contains($0) }.map { "+ \(place) \($0)" }
        }
    }
}

extension IPTablesChainName {
    /// True for chains that kube-proxy or a CNI plugin makes.
    var isOurs: Bool { name.hasPrefix("KUBE-") || name.hasPrefix("CNI-") }
}
