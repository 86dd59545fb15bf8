// SPDX-License-Identifier: Apache-2.0
internal import Net

/// A table as the kernel keeps it, in memory: what a batch of changes is tried on without root.
///
/// It is as strict as the kernel (or stricter): a batch that the kernel would refuse is refused whole.
public struct TableModel: Sendable, Hashable {
    /// True once the table is made.
    public private(set) var exists = false
    /// The declared sets and maps, by name.
    public private(set) var sets: [String: SetDeclaration] = [:]
    /// The chains, by name.
    public private(set) var chains: [String: Chain] = [:]
    /// The elements of each set, by key.
    public private(set) var elements: [String: [[Datum]: Element]] = [:]

    /// No table at all.
    public init() {}

    /// The table that the kernel has when a ruleset is in place.
    public init(_ ruleset: Ruleset) {
        exists = true
        sets = Dictionary(ruleset.sets.map { ($0.name, $0) }) { $1 }
        chains = Dictionary(ruleset.chains.map { ($0.name, $0) }) { $1 }
        for set in ruleset.sets { elements[set.name] = [:] }
        for (set, list) in ruleset.elementsBySet {
            for element in list { elements[set]?[element.key] = element }
        }
    }

    /// Carries out a batch: all of it, or none with an error that says which change the kernel would not have.
    public mutating func apply(_ changes: [TableChange]) throws(TableModelError) {
        var next = self
        for (index, change) in changes.enumerated() {
            guard let reason = next.perform(change) else { continue }
            throw TableModelError(index: index, reason: reason)
        }
        self = next
    }

    /// Carries out one change; returns why not, if not.
    private mutating func perform(_ change: TableChange) -> TableModelError.Reason? {
        switch change {
        case .destroyTable:
            self = TableModel()
            return nil
        case .addTable:
            guard !exists else { return .exists("table") }
            exists = true
            return nil
        case .addSet(let declaration): return add(declaration)
        case .addChain(let chain): return add(chain)
        case .deleteElements(let set, let list): return delete(list, from: set)
        case .addElements(let set, let list): return add(list, to: set)
        }
    }

    private mutating func add(_ declaration: SetDeclaration) -> TableModelError.Reason? {
        guard exists else { return .missing("table") }
        guard sets[declaration.name] == nil else { return .exists("set \(declaration.name)") }
        sets[declaration.name] = declaration
        elements[declaration.name] = [:]
        return nil
    }

    private mutating func add(_ chain: Chain) -> TableModelError.Reason? {
        guard exists else { return .missing("table") }
        guard chains[chain.name] == nil else { return .exists("chain \(chain.name)") }
        for statement in chain.rules.flatMap(\.statements) {
            if let set = statement.set, sets[set] == nil { return .missing("set \(set)") }
            if case .verdict(let verdict) = statement, let target = verdict.target, chains[target] == nil {
                return .missing("chain \(target)")
            }
        }
        chains[chain.name] = chain
        return nil
    }

    private mutating func delete(_ list: [Element], from set: String) -> TableModelError.Reason? {
        for element in list {
            guard elements[set]?.removeValue(forKey: element.key) != nil else {
                return .missing("\(set) element \(element.text)")
            }
        }
        return nil
    }

    /// True for a range of a set of intervals that shares an address with another of the same key.
    private func overlaps(_ element: Element, _ declaration: SetDeclaration) -> Bool {
        guard declaration.kind == .intervals, case .prefix(let range) = element.key.last else { return false }
        return elements[declaration.name, default: [:]].keys.contains { key in
            guard key.dropLast() == element.key.dropLast(), case .prefix(let other) = key.last else { return false }
            return other.overlaps(range)
        }
    }

    private mutating func add(_ list: [Element], to set: String) -> TableModelError.Reason? {
        guard let declaration = sets[set] else { return .missing("set \(set)") }
        for element in list {
            guard element.fits(declaration) else { return .invalid("\(set) element \(element.text)") }
            if case .verdict(let verdict) = element.value, let target = verdict.target, chains[target] == nil {
                return .missing("chain \(target)")
            }
            guard !overlaps(element, declaration),
                elements[set]?.updateValue(element, forKey: element.key) == nil
            else {
                return .exists("\(set) element \(element.text)")
            }
        }
        return nil
    }
}

/// Why a batch was refused.
public struct TableModelError: Error, Hashable, CustomStringConvertible {
    /// The kernel's reasons. The corresponding C names are `EEXIST`, `ENOENT` and `EINVAL`.
    public enum Reason: Sendable, Hashable {
        case exists(String)
        case missing(String)
        case invalid(String)
    }
    /// Which change of the batch it was.
    public var index: Int
    /// What is wrong with it.
    public var reason: Reason

    /// Puts one together from its parts.
    public init(index: Int, reason: Reason) {
        self.index = index
        self.reason = reason
    }

    /// What the kernel would object to.
    public var description: String {
        switch reason {
        case .exists(let what): "change \(index): \(what) exists already"
        case .missing(let what): "change \(index): \(what) is not there"
        case .invalid(let what): "change \(index): \(what) does not fit its set"
        }
    }
}

extension Verdict {
    /// The chain that the verdict leads to.
    public var target: String? {
        switch self {
        case .jump(let chain), .goto(let chain): chain
        case .accept, .drop, .return: nil
        }
    }
}

extension Statement {
    /// The set or map that the statement looks into or changes, if it does.
    public var set: String? {
        switch self {
        case .update(let map, _, _), .delete(let map, _, _): map
        default: lookup?.set
        }
    }

    /// What the statement looks up, and in which set or map.
    var lookup: (key: [Selector], set: String)? {
        switch self {
        case .member(let key, let set, _): (key, set)
        case .setMarkFromMap(let key, let map), .setPriorityFromMap(let key, let map), .verdictMap(let key, let map),
            .dnatFromMap(let key, let map):
            (key, map)
        case .within, .equals, .incoming, .newConnection, .translated, .setMark, .setConnectionMark, .setPriority,
            .update, .delete, .masquerade, .trace, .queue, .reject, .verdict:
            nil
        }
    }
}

extension Element {
    /// True if key and value are of the types that the set declares.
    func fits(_ declaration: SetDeclaration) -> Bool {
        guard !declaration.isDynamic, key.map(\.type) == declaration.key else { return false }
        guard
            key.allSatisfy({ !$0.isRange })
                || declaration.kind == .intervals && key.dropLast().allSatisfy({ !$0.isRange })
        else { return false }
        return switch (value, declaration.value) {
        case (.none, .none), (.verdict, .verdict): true
        case (.data(let data), .data(let types)): data.map(\.type) == types
        default: false
        }
    }
}

extension Datum {
    /// The datum's type, as a set's declaration names it.
    public var type: DatumType {
        switch self {
        case .address(let address): DatumType(address.family)
        case .transport: .transport
        case .port: .port
        case .number: .number
        case .prefix(let prefix): DatumType(prefix.family)
        }
    }

    /// True for a range of addresses.
    var isRange: Bool { if case .prefix = self { true } else { false } }
}
