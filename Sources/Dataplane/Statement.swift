// SPDX-License-Identifier: Apache-2.0
public import Net

/// One value in a set's key or data. Each takes a multiple of four bytes in the kernel's registers.
public enum Datum: Sendable, Hashable {
    /// nft's `ipv4_addr` or `ipv6_addr`.
    case address(Address)
    /// nft's `inet_proto`.
    case transport(TransportProtocol)
    /// nft's `inet_service`: a port, in network order on the wire.
    case port(UInt16)
    /// nft's `mark`: a number of 32 bits, in host order in the kernel.
    case number(UInt32)
    /// A range of addresses, for the last part of a key in a set of intervals.
    case prefix(Prefix)
}

/// The type of one `Datum`, as nft names it in a set's declaration.
public enum DatumType: String, Sendable, Hashable {
    case address = "ipv4_addr"
    case address6 = "ipv6_addr"
    case transport = "inet_proto"
    case port = "inet_service"
    case number = "mark"
}

/// What of a packet or of its connection an expression reads.
public enum Selector: Sendable, Hashable {
    /// `ip saddr` (or `ip6 saddr`).
    case sourceAddress
    /// `ip daddr`.
    case destinationAddress
    /// `meta l4proto`.
    case transport
    /// `th sport`.
    case sourcePort
    /// `th dport`.
    case destinationPort
    /// `meta mark`.
    case mark
    /// `meta priority`.
    case priority
    /// `numgen random mod N`: a number below N, drawn anew for each packet that asks.
    case random(modulus: UInt32)
    /// `ct original ip daddr`: where the client sent the connection's first packet.
    case originalDestinationAddress
    /// `ct mark`: a number that earlier rules left with the connection.
    case connectionMark
}

/// What ends or moves the evaluation of a chain.
public enum Verdict: Sendable, Hashable {
    case accept
    case drop
    case `return`
    case jump(String)
    case goto(String)
}

/// One statement of a rule: a condition that must hold for the rest of the rule to run, or an action.
public enum Statement: Sendable, Hashable {
    /// `SELECTOR PREFIX` or `SELECTOR != PREFIX`: an address within a range (or not).
    case within(Selector, Prefix, negated: Bool)
    /// `SELECTOR . SELECTOR @set`, or with `!=`.
    case member([Selector], of: String, negated: Bool)
    /// `SELECTOR NUMBER`.
    case equals(Selector, UInt32)
    /// `iifname "NAME"`, or with `!=`: the interface that the packet came by.
    case incoming(String, negated: Bool)
    /// `ct state new`.
    case newConnection
    /// `ct status dnat`: the connection's destination was translated.
    case translated
    /// `meta mark set NUMBER`.
    case setMark(UInt32)
    /// `ct mark set NUMBER`: kept with the connection, for a hook that the packet comes to later.
    case setConnectionMark(UInt32)
    /// `meta mark set SELECTOR . SELECTOR map @map`; ends the rule when the map has no such key.
    case setMarkFromMap([Selector], map: String)
    /// `meta priority set SELECTOR`: keeps a number for a later statement or rule to look up.
    ///
    /// A lab's packets do not need their priority, and forwarding sets it anew. A lookup of what another lookup left in
    /// a register would do without, but `nft list` (1.0.6) aborts at the sight of it.
    case setPriority(Selector)
    /// `meta priority set SELECTOR . SELECTOR map @map`; ends the rule when the map has no such key.
    case setPriorityFromMap([Selector], map: String)
    /// `SELECTOR . SELECTOR vmap @map`; falls through when the map has no such key.
    case verdictMap([Selector], map: String)
    /// `dnat ip to SELECTOR . SELECTOR map @map`; ends the rule when the map has no such key.
    case dnatFromMap([Selector], map: String)
    /// `update @map { SELECTOR . SELECTOR : SELECTOR }`: puts an element into a dynamic map, or makes the one of the same
    /// key last as long as a new one, its value unchanged; ends the rule when the map is full.
    case update(map: String, key: [Selector], value: Selector)
    /// `delete @map { SELECTOR . SELECTOR : SELECTOR }`: takes the key out of a dynamic map, if it is there. (The value
    /// counts for nothing, but the kernel wants one.)
    case delete(map: String, key: [Selector], value: Selector)
    /// `masquerade`.
    case masquerade
    /// `meta nftrace set 1`: the kernel tells of every rule that the packet meets from now on.
    case trace
    /// `queue flags bypass to NUMBER`: the packet waits for a program's word; where no program listens, it goes on.
    case queue(UInt16, QueueExpression)
    /// `reject`: ICMP port unreachable to the sender.
    case reject
    case verdict(Verdict)
}

/// One rule of a chain: statements from left to right, and why it is there.
public struct Rule: Sendable, Hashable {
    /// What it does, in order; a condition that fails ends it.
    public var statements: [Statement]
    /// What asked for the rule.
    public var because: Because

    /// Puts one together from its parts.
    public init(_ statements: [Statement], because: Because) {
        self.statements = statements
        self.because = because
    }
}

/// How a kernel hands packets to a program: the expression of nf_tables, or, where it was built without that, the target
/// of iptables through its compatibility layer.
public enum QueueExpression: String, Sendable, Hashable, CaseIterable {
    /// nft's `queue` (`CONFIG_NFT_QUEUE`).
    case native
    /// iptables' `NFQUEUE` (`CONFIG_NETFILTER_XT_TARGET_NFQUEUE`, `CONFIG_NFT_COMPAT`).
    case target
}
