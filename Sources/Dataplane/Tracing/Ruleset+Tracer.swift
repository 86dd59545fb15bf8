// SPDX-License-Identifier: Apache-2.0
public import Net

extension Ruleset {
    /// The table of the tracer's own: it switches the kernel's trace on for chosen connections, and changes nothing.
    ///
    /// It looks at the first packet of each connection before any of the lab's chains and after all of them, so that the
    /// packet is seen as it comes and as it goes. The lab's own table is not touched. The corresponding nft statement is
    /// `table ip lab-trace { … }`; the kernel takes the table away when the socket that made it is closed (`flags owner`).
    /// - Parameter table: its name, one for each who traces at the same time.
    public static func tracer(_ family: Family, _ flows: TracedFlows, table: String = Tracer.table()) -> Ruleset {
        let address = DatumType(family)
        var ruleset = Ruleset(
            family: family, table: table,
            sets: [
                SetDeclaration(
                    Tracer.looks, key: [address, .transport, address, .port],
                    comment: "source, protocol, destination and port of connections to trace"),
                SetDeclaration(Tracer.sources, key: [address], comment: "senders whose connections are traced"),
            ],
            chains: [
                Chain(
                    Tracer.departing, base: Base(.filter, .output, priority: Tracer.first), Tracer.choosing),
                Chain(
                    Tracer.arriving, base: Base(.filter, .prerouting, priority: Tracer.first), Tracer.choosing),
                Chain(Tracer.taken, base: Base(.filter, .input, priority: Tracer.last), []),
                Chain(Tracer.leaving, base: Base(.filter, .postrouting, priority: Tracer.last), []),
            ])
        _ = ruleset.replace(Tracer.part, with: Part(flows.elements(family)))
        return ruleset
    }

    /// What turns this table of the tracer's into that of other connections.
    public mutating func trace(_ flows: TracedFlows) -> [TableChange] {
        replace(Tracer.part, with: Part(flows.elements(family)))
    }
}

/// The names within the tracer's table.
public enum Tracer {
    /// The table of the one who traces, or of another: `lab-trace`, `lab-trace-2`.
    public static func table(_ number: Int = 1) -> String { number == 1 ? prefix : "\(prefix)-\(number)" }
    static let prefix = "lab-trace"
    /// Where a packet that the namespace sends is seen first.
    static let departing = "departing"
    /// Where a packet that came by a link is seen first.
    static let arriving = "arriving"
    /// Where a packet for the namespace itself is seen last.
    static let taken = "taken"
    /// Where a packet that leaves is seen last.
    static let leaving = "leaving"

    fileprivate static let looks = "flows"
    fileprivate static let sources = "senders"
    fileprivate static let part = "flows"
    /// After connection tracking (-200), before all that the lab and iptables do.
    fileprivate static let first: Int32 = -199
    /// After translation (100).
    fileprivate static let last: Int32 = 300

    fileprivate static var choosing: [Rule] {
        let key: [Selector] = [.sourceAddress, .transport, .destinationAddress, .destinationPort]
        return [
            Rule(
                [.newConnection, .member(key, of: looks, negated: false), .trace],
                because: Ruleset.lab("a connection that someone watches")),
            Rule(
                [.newConnection, .member([.sourceAddress], of: sources, negated: false), .trace],
                because: Ruleset.lab("a sender that someone watches")),
        ]
    }
}

extension TracedFlows {
    fileprivate func elements(_ family: Family) -> [String: [Element]] {
        let because = Ruleset.lab("traced")
        let looks = looks.filter { $0.source.family == family && $0.destination.address.family == family }.map {
            Element(
                [
                    .address($0.source), .transport($0.transport), .address($0.destination.address),
                    .port($0.destination.port),
                ], because: because)
        }
        let sources = sources.filter { $0.family == family }.map { Element([.address($0)], because: because) }
        var elements: [String: [Element]] = [:]
        if !looks.isEmpty { elements[Tracer.looks] = looks }
        if !sources.isEmpty { elements[Tracer.sources] = sources }
        return elements
    }
}
