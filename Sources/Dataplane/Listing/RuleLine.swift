// SPDX-License-Identifier: Apache-2.0

/// One line of a namespace's rules, and what asked for it.
public struct RuleLine: Sendable, Hashable {
    /// What a line is.
    public enum Kind: String, Sendable, Hashable {
        /// A declaration or a brace: what holds rules and elements together.
        case frame
        /// A rule of a chain.
        case rule
        /// An element of a set or map.
        case element
    }

    /// What the line is.
    public var kind: Kind
    /// The table, as `ip lab` or `iptables nat`.
    public var table: String
    /// Where in the table, as `map service-ips` or `chain KUBE-SERVICES`; empty for the table's own lines.
    public var place: String
    /// How many braces it stands within.
    public var depth: Int
    /// The line as `nft list` or `iptables-save` prints it, without its comment.
    public var text: String
    /// The line as `nft -f` reads it, where that is another text; nil where it is not.
    public var readable: String?
    /// What asked for it; nil for a frame.
    public var because: Because?
    /// The part of the rules that it belongs to, as `service web/hello`; nil for what no object's part has.
    public var part: String?

    /// Puts one together from its parts.
    public init(
        _ kind: Kind, table: String, place: String, depth: Int, _ text: String, readable: String? = nil,
        because: Because? = nil, part: String? = nil
    ) {
        self.kind = kind
        self.table = table
        self.place = place
        self.depth = depth
        self.text = text
        self.readable = readable == text ? nil : readable
        self.because = because
        self.part = part
    }

    /// What an element is found by: its text without what it carries.
    var key: Substring {
        guard kind == .element, let end = text.firstRange(of: " : ") else { return text[...] }
        return text[..<end.lowerBound]
    }
}
