// SPDX-License-Identifier: Apache-2.0
public import Net

/// A batch of rules in words, a line for each rule or element, for whoever tells of it.
///
/// Elements and rules of nftables are given as they follow `add` or `delete` in nft's language
/// (`element ip lab endpoints { 0x00000002 . 0 : 10.244.0.5 . 8080 }`), those of iptables as the command has them
/// (`-t nat -A KUBE-SERVICES …`).
public struct RuleLines: Sendable, Hashable {
    /// What comes, in order.
    public var added: [String] = []
    /// Why each of those comes.
    public var because: [Because] = []
    /// What goes, each as it was when it came.
    public var removed: [String] = []
    /// What all those lines begin with that go, whatever they are: a chain of iptables that is written anew.
    public var flushed: [String] = []

    /// Nothing.
    public init() {}

    /// True if nothing comes and nothing goes.
    public var isEmpty: Bool { added.isEmpty && removed.isEmpty && flushed.isEmpty }

    fileprivate mutating func add(_ line: String, _ because: Because) {
        added.append(line)
        self.because.append(because)
    }
}

extension RuleChanges {
    /// Puts the changes, in words, after those that are there.
    public func tell(_ family: Family, to lines: inout RuleLines) {
        switch self {
        case .table(let changes): for change in changes { change.tell(family, to: &lines) }
        case .chains(let changes): for change in changes { change.tell(family, to: &lines) }
        }
    }
}

extension Ruleset {
    /// The whole table in words.
    public var lines: RuleLines {
        var lines = RuleLines()
        for change in difference(from: nil) { change.tell(family, to: &lines) }
        lines.flushed = []
        return lines
    }

    /// What one Service (`NAMESPACE/NAME`) has in the table.
    public func lines(ofService name: String) -> RuleLines {
        var lines = RuleLines()
        let elements = parts[Ruleset.partName(service: name)]?.elements ?? [:]
        for set in sets.map(\.name) {
            if let found = elements[set] { TableChange.addElements(set: set, found).tell(family, to: &lines) }
        }
        return lines
    }

    /// How many objects have a part in the table.
    public var partCount: Int { parts.count }
}

extension IPTables {
    /// All rules in words.
    public var lines: RuleLines {
        var lines = RuleLines()
        for change in difference(from: nil) { change.tell(family, to: &lines) }
        lines.flushed = []
        return lines
    }

    /// What one Service (`NAMESPACE/NAME`) has in chains.
    public func lines(ofService name: String) -> RuleLines {
        var lines = RuleLines()
        guard let part = parts[Ruleset.partName(service: name)] else { return lines }
        for chains in [part.shared, part.own] {
            for (chain, rules) in chains.sorted(by: {
                ($0.key.table.rawValue, $0.key.name) < ($1.key.table.rawValue, $1.key.name)
            }) {
                ChainChange.set(chain, rules).tell(family, to: &lines)
            }
        }
        lines.flushed = []
        return lines
    }

    /// How many objects have rules of their own.
    public var partCount: Int { parts.count }
}

extension TableChange {
    fileprivate func tell(_ family: Family, to lines: inout RuleLines) {
        let word = family == .v4 ? "ip" : "ip6"
        switch self {
        case .destroyTable: lines.flushed += ["element \(word) lab ", "rule \(word) lab "]
        case .addTable, .addSet: break
        case .addChain(let chain):
            for rule in chain.rules { lines.add("rule \(word) lab \(chain.name) \(rule.text(family))", rule.because) }
        case .deleteElements(let set, let elements):
            lines.removed += elements.map { "element \(word) lab \(set) { \($0.text) }" }
        case .addElements(let set, let elements):
            for element in elements { lines.add("element \(word) lab \(set) { \(element.text) }", element.because) }
        }
    }
}

extension ChainChange {
    fileprivate func tell(_ family: Family, to lines: inout RuleLines) {
        switch self {
        case .clear: lines.flushed.append("-t ")
        case .delete(let chain): lines.flushed.append("\(chain.lead) ")
        case .set(let chain, let rules):
            lines.flushed.append("\(chain.lead) ")
            for rule in rules { lines.add(chain.lead + rule.text(family), rule.because) }
        case .replace(let chain, let old, let rules):
            lines.removed += old.map { chain.lead + $0.text(family) }
            for rule in rules { lines.add(chain.lead + rule.text(family), rule.because) }
        }
    }
}

extension IPTablesChainName {
    fileprivate var lead: String { "-t \(table.rawValue) -A \(name)" }
}
