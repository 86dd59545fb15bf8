// SPDX-License-Identifier: Apache-2.0

/// One rule of an iptables chain.
public struct IPTablesRule: Sendable, Hashable {
    /// What asked for the rule.
    public var because: Because
}
