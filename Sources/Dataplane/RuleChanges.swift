// SPDX-License-Identifier: Apache-2.0

/// What is to be done to a namespace's rules, in the terms of the engine that keeps them.
public enum RuleChanges: Sendable, Hashable {
    /// Changes of Lab's nftables table.
    case table([TableChange])
    /// Changes of iptables' chains.
    case chains([ChainChange])

    /// True if there is nothing to do.
    public var isEmpty: Bool {
        switch self {
        case .table(let changes): changes.isEmpty
        case .chains(let changes): changes.isEmpty
        }
    }
}

/// What one part of a ruleset (a Service, a Pod) wants changed. A batch is made of such parts so that, should the kernel
/// refuse it, the part that it does not like can be told and left out.
public struct PartChange: Sendable, Hashable {
    /// The part's name: `Ruleset.partName(service:)` or `partName(pod:)`.
    public var part: String
    /// What to do.
    public var changes: RuleChanges

    /// Puts one together from its parts.
    public init(_ part: String, _ changes: RuleChanges) {
        self.part = part
        self.changes = changes
    }
}
