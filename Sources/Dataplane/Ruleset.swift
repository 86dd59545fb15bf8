// SPDX-License-Identifier: Apache-2.0
public import Net

/// Where in the kernel a base chain is called. The corresponding C names are `NF_INET_PRE_ROUTING`, ….
public enum Hook: UInt32, Sendable, Hashable {
    case prerouting = 0
    case input = 1
    case forward = 2
    case output = 3
    case postrouting = 4
}

/// What makes a chain a base chain: its type, its hook and its place among the hook's chains.
public struct Base: Sendable, Hashable {
    /// nft's chain types that Lab uses.
    public enum Kind: String, Sendable, Hashable { case filter, nat }
    /// The type of the chain.
    public var kind: Kind
    /// Where it is called.
    public var hook: Hook
    /// Its place among the chains of the hook: the lower, the earlier.
    public var priority: Int32

    /// Puts one together from its parts.
    public init(_ kind: Kind, _ hook: Hook, priority: Int32) {
        self.kind = kind
        self.hook = hook
        self.priority = priority
    }
}

/// A named list of rules; a base chain if it has a hook.
public struct Chain: Sendable, Hashable {
    /// The chain's name.
    public var name: String
    /// The hook that calls it; nil for a chain that others jump to.
    public var base: Base?
    /// Its rules, in order.
    public var rules: [Rule]

    /// Puts one together from its parts.
    public init(_ name: String, base: Base? = nil, _ rules: [Rule]) {
        self.name = name
        self.base = base
        self.rules = rules
    }
}

/// The declaration of a set, a map or a verdict map; its elements come from the ruleset's parts.
public struct SetDeclaration: Sendable, Hashable {
    /// What an element carries beside its key.
    public enum Value: Sendable, Hashable {
        case none
        case verdict
        case data([DatumType])
    }
    /// Who puts elements in, and what a key stands for.
    public enum Kind: Sendable, Hashable {
        /// Elements come from the ruleset's parts, and each is one key.
        case plain
        /// The last part of a key is a range of addresses (nft's `flags interval`).
        case intervals
        /// Packets put elements in by `update`, and each goes so many seconds after the last one that did (nft's
        /// `flags dynamic,timeout`). No part has elements of it.
        case dynamic(timeout: UInt32)
    }
    /// The set's name.
    public var name: String
    /// The types that its keys are made of.
    public var key: [DatumType]
    /// What its elements carry beside the key.
    public var value: Value
    /// Who puts elements in, and what a key stands for.
    public var kind: Kind
    /// What the set is for, in a few words; shown by `nft list`.
    public var comment: String

    /// Puts one together from its parts.
    public init(
        _ name: String, key: [DatumType], value: Value = .none, kind: Kind = .plain, comment: String
    ) {
        self.name = name
        self.key = key
        self.value = value
        self.kind = kind
        self.comment = comment
    }

    /// True for a set whose elements packets put in.
    public var isDynamic: Bool { if case .dynamic = kind { true } else { false } }
}

/// One element of a set or map.
public struct Element: Sendable, Hashable {
    /// What an element carries beside its key.
    public enum Value: Sendable, Hashable {
        case none
        case verdict(Verdict)
        case data([Datum])
    }
    /// The key, one datum for each type.
    public var key: [Datum]
    /// What it carries beside the key.
    public var value: Value
    /// What asked for the element.
    public var because: Because

    /// Puts one together from its parts.
    public init(_ key: [Datum], _ value: Value = .none, because: Because) {
        self.key = key
        self.value = value
        self.because = because
    }
}

/// The table that a lab keeps in one namespace.
///
/// Chains and sets are a fixed handful; elements come in parts, one part an object (a Service, a Pod), so that the
/// difference a change makes is that of its part, whatever the number of others.
/// The corresponding nft statement is `table ip lab { … }`.
public struct Ruleset: Sendable, Hashable {
    /// IPv4 or IPv6, for all addresses in it.
    public var family: Family
    /// The table's name: `lab`.
    public var table: String
    /// Declared sets, in the order in which they are made.
    public var sets: [SetDeclaration]
    /// The chains, in the order in which they are made; base chains last.
    public var chains: [Chain]
    /// The elements, by the object that asked for them.
    public internal(set) var parts: [String: Part]
    /// The chains and maps that came as they were needed.
    var grown = Grown()
    /// The part that has a key, for keys that several parts may ask for (see `claim`).
    var owners: [ContestedKey: String] = [:]
    /// The parts that wait for a key, in the order in which they asked.
    var contested: [ContestedKey: [String]] = [:]

    /// Puts one together from its parts.
    public init(family: Family = .v4, table: String = "lab", sets: [SetDeclaration] = [], chains: [Chain] = []) {
        self.family = family
        self.table = table
        self.sets = sets
        self.chains = chains
        self.parts = [:]
    }
}

/// One operation within an atomic batch, in the order in which the kernel is to see it.
public enum TableChange: Sendable, Hashable {
    /// Deletes the table with all it holds, if it is there (add, then delete: `nft destroy table`).
    case destroyTable
    case addTable
    case addSet(SetDeclaration)
    /// Makes the chain with its rules; the chain is new in this batch.
    case addChain(Chain)
    case deleteElements(set: String, [Element])
    case addElements(set: String, [Element])
}
