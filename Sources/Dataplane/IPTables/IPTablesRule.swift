// SPDX-License-Identifier: Apache-2.0
public import Net

/// One rule of an iptables chain: what it asks of a packet, and what becomes of one for which all of that is so.
public struct IPTablesRule: Sendable, Hashable {
    /// The conditions, in the order in which `iptables-save` prints them; comments are among them.
    public var matches: [IPTablesMatch]
    /// What happens then; nil for a rule that only counts.
    public var target: IPTablesTarget?
    /// What asked for the rule. Not in the kernel: a rule's comment there is kube-proxy's.
    public var because: Because

    /// Puts one together from its parts.
    public init(_ matches: [IPTablesMatch], _ target: IPTablesTarget?, because: Because) {
        self.matches = matches
        self.target = target
        self.because = because
    }
}

/// One condition of a rule. The corresponding iptables extension is named with each.
public enum IPTablesMatch: Sendable, Hashable {
    /// One of the two ends of a packet.
    public enum Side: String, Sendable, Hashable {
        case source = "src"
        case destination = "dst"
    }

    /// What connection tracking knows of a packet, as the extension `conntrack` names it.
    public enum ConnectionState: String, Sendable, Hashable, CaseIterable {
        case invalid = "INVALID"
        case new = "NEW"
        case related = "RELATED"
        case established = "ESTABLISHED"
        /// The destination of its connection was translated.
        case translated = "DNAT"
    }

    /// `-s`.
    case source(Prefix, negated: Bool = false)
    /// `-d`.
    case destination(Prefix, negated: Bool = false)
    /// `-p`.
    case transport(TransportProtocol)
    /// `-m comment`: true of every packet.
    case comment(String)
    /// `-m tcp` alone, as kube-proxy writes it before a translation: true of every packet of the protocol.
    case anyPort(TransportProtocol)
    /// `-m tcp --dport`.
    case port(TransportProtocol, UInt16)
    /// `-m multiport --dports`: at most 15.
    case ports([UInt16])
    /// `-m addrtype --src-type LOCAL` or `--dst-type LOCAL`: an address of the namespace itself.
    case local(Side)
    /// `-m conntrack --ctstate`: one of these.
    case state(Set<ConnectionState>, negated: Bool = false)
    /// `-m mark --mark`: the bits of the mask have this value.
    case mark(UInt32, mask: UInt32, negated: Bool = false)
    /// `-m statistic --mode random`: one of so many packets.
    case oneOf(UInt32)
    /// `-m recent --rcheck --reap`: the source is in the list, and was put there within so many seconds.
    case seen(within: UInt32, list: String)
    /// `-m recent --set`: puts the source into the list; true of every packet.
    case remember(list: String)
    /// `-m nfacct`: counts the packet by this name; true of every packet.
    case count(String)
}

/// What a rule does with a packet.
public enum IPTablesTarget: Sendable, Hashable {
    /// `-j CHAIN`: that chain's rules, then the next one.
    case jump(String)
    /// `-j ACCEPT`.
    case accept
    /// `-j DROP`.
    case drop
    /// `-j RETURN`: back to the chain that jumped here.
    case `return`
    /// `-j REJECT`: refused with an ICMP "port unreachable" of the family.
    case reject
    /// `-j MARK --set-xmark`: clears the bits of the mask, then flips those of the value.
    case mark(UInt32, mask: UInt32)
    /// `-j MASQUERADE`, with `--random-fully` or without.
    case masquerade(randomPort: Bool)
    /// `-j DNAT --to-destination`.
    case translate(SocketAddress)
}
