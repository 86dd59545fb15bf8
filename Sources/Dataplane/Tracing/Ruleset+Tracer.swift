// SPDX-License-Identifier: Apache-2.0
public import Net

extension Ruleset {
    /// The table of the tracer's own: it finds the first packets of chosen connections, and changes nothing.
    ///
    /// It looks at the first packet of each connection before any of the lab's chains does. Of all other packets it asks
    /// one thing, whether they are new to connection tracking: so it costs them next to nothing, as long as it is only where
    /// connections are tracked anyway. The lab's own table is not touched. The corresponding nft statement is
    /// `table ip lab-trace { … }`; the kernel takes the table away when the socket that made it is closed (`flags owner`).
    /// - Parameters:
    ///   - isOrigin: whether the connections begin in the namespace.
    ///   - table: its name, one for each who traces at the same time.
    public static func tracer(
        _ family: Family, _ flows: TracedFlows, isOrigin: Bool, table: String = Tracer.table()
    ) -> Ruleset {
        let address = DatumType(family)
        let choosing = Tracer.choosing(flows)
        var ruleset = Ruleset(
            family: family, table: table,
            sets: [
                SetDeclaration(
                    Tracer.looks, key: [address, .transport, address, .port],
                    comment: "source, protocol, destination and port of connections to trace"),
                SetDeclaration(Tracer.sources, key: [address], comment: "senders whose connections are traced"),
            ],
            chains: [Tracer.Action.trace.chain]
                + (isOrigin
                    ? [Chain(Tracer.departing, base: Base(.filter, .output, priority: Tracer.first), [choosing])] : [])
                + [Chain(Tracer.arriving, base: Base(.filter, .prerouting, priority: Tracer.first), [choosing])])
        _ = ruleset.replace(Tracer.part, with: Part(flows.elements(family)))
        return ruleset
    }

    /// The tracer's table where the connections do not begin.
    public var withoutDeparture: Ruleset {
        var ruleset = self
        ruleset.chains.removeAll { $0.name == Tracer.departing }
        return ruleset
    }

    /// Says what becomes of the chosen packets, in the place of what was said before.
    public mutating func set(_ action: Tracer.Action) {
        for index in chains.indices where chains[index].name == Tracer.chosen { chains[index] = action.chain }
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
    /// The table in which somebody counts beside the Services' rules.
    public static let counters = "lab-counters"

    /// True for tables that only look on: what they do is no part of a packet's way.
    static func looksOn(_ table: String) -> Bool { table.hasPrefix(prefix) || table == counters }

    /// Where the first packets of connections wait until the kernels are ready to tell of them.
    public struct Waiting: Sendable, Hashable {
        /// The queue's number.
        public var queue: UInt16
        /// How the kernel sends packets there.
        public var expression: QueueExpression
        /// The interfaces that such packets come by; an empty name stands for what the namespace itself sends.
        public var interfaces: [String]

        /// Puts one together from its parts.
        public init(queue: UInt16, _ expression: QueueExpression, interfaces: [String]) {
            self.queue = queue
            self.expression = expression
            self.interfaces = interfaces
        }
    }

    /// What becomes of the first packets of chosen connections.
    public enum Action: Sendable, Hashable {
        /// They go on.
        case pass
        /// They wait, where they come from their sender; others go on.
        case wait(Waiting)
        /// They wait, where they come from their sender; the kernel tells of others.
        case waitOrTrace(Waiting)
        /// The kernel tells of each rule that they meet.
        ///
        /// A rule that says so makes every packet dearer that meets a rule anywhere on the machine, traced or not, by some
        /// 2 % of what it takes to connect: so it is there only while a chosen connection begins.
        case trace

        /// The chain with the rules that say so. To send it anew puts its rules in the place of those before.
        public var chain: Chain {
            let rules: [[Statement]] =
                switch self {
                case .pass: [[.verdict(.return)]]
                case .wait(let waiting): Action.rules(waiting)
                case .waitOrTrace(let waiting): Action.rules(waiting) + [[.trace]]
                case .trace: [[.trace]]
                }
            let because = Ruleset.lab("a connection that someone watches")
            return Chain(Tracer.chosen, rules.map { Rule($0, because: because) })
        }

        private static func rules(_ waiting: Waiting) -> [[Statement]] {
            waiting.interfaces.map { name in
                [.incoming(name, negated: false), .queue(waiting.queue, waiting.expression)]
            }
        }
    }

    /// Where chosen packets go.
    static let chosen = "chosen"
    /// Where a packet that the namespace sends is seen first.
    static let departing = "departing"
    /// Where a packet that came by a link is seen first.
    static let arriving = "arriving"

    fileprivate static let looks = "flows"
    fileprivate static let sources = "senders"
    fileprivate static let part = "flows"
    /// After connection tracking (-200), before all that the lab and iptables do.
    fileprivate static let first: Int32 = -199

    /// One rule, for every packet has to pass it: either goals are chosen, or senders.
    fileprivate static func choosing(_ flows: TracedFlows) -> Rule {
        let key: [Selector] = [.sourceAddress, .transport, .destinationAddress, .destinationPort]
        let isChosen: Statement =
            flows.senders.isEmpty
            ? .member(key, of: looks, negated: false) : .member([.sourceAddress], of: sources, negated: false)
        return Rule([.newConnection, isChosen, .verdict(.goto(Tracer.chosen))], because: Ruleset.lab("traced"))
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
        let sources = senders.filter { $0.family == family }.map { Element([.address($0)], because: because) }
        var elements: [String: [Element]] = [:]
        if !looks.isEmpty { elements[Tracer.looks] = looks }
        if !sources.isEmpty { elements[Tracer.sources] = sources }
        return elements
    }
}
