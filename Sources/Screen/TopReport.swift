// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// One answer of a lab's daemon to `lab top`, as it is drawn.
public struct TopReport: Sendable, Hashable {
    /// A port of a Service.
    public struct Port: Sendable, Hashable {
        /// `default/hello`.
        public var service: String
        /// The port's name, or its number and protocol.
        public var port: String
        /// Where clients connect to; empty for a Service that is gone.
        public var address: String
        /// New connections, since the command began.
        public var connections: Int
        /// Packets of new connections that were refused.
        public var refused: Int
        /// Packets of new connections that were thrown away.
        public var dropped: Int
        /// Why, in words.
        public var reasons: [String]
        /// Where connections get.
        public var endpoints: [Endpoint]

        /// The port among all others.
        public var id: String { "\(service):\(port)" }
    }

    /// An endpoint of a Service's port.
    public struct Endpoint: Sendable, Hashable {
        /// Its address and port.
        public var address: String
        /// `default/web-1`; empty for an address that is no Pod's.
        public var pod: String
        /// New connections, since the command began.
        public var connections: Int
        /// False for one that the rules no longer have.
        public var isReady: Bool
        /// How long its Pod took to answer the last probe; nil if it has none.
        public var milliseconds: Double?
    }

    /// A node, or the edge.
    public struct Node: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Whether it is ready; nil for the edge.
        public var isReady: Bool?
        /// New connections that were translated there, since the command began.
        public var connections: Int
        /// Packets of new connections that were refused.
        public var refused: Int
        /// Packets of new connections that were thrown away.
        public var dropped: Int
        /// How many connections it tracks.
        public var tracked: Int
        /// How many it may track.
        public var limit: Int
        /// Why packets were refused or thrown away, in words.
        public var reasons: [String]
    }

    /// The lab's name.
    public var name: String
    /// Who makes the rules of Services.
    public var proxyMode: String
    /// For how long it is counted.
    public var milliseconds: Double
    /// New connections to all Services, since the command began.
    public var connections: Int
    /// The ports of Services.
    public var ports: [Port]
    /// How many Services are left out.
    public var more: Int
    /// The nodes and the edge.
    public var nodes: [Node]
    /// What is broken on purpose, in words.
    public var faults: [String]
    /// What could not be counted, in words.
    public var remarks: [String]

    /// Reads the daemon's answer; what is missing there is empty.
    public init(_ value: Value) {
        name = value.word("name")
        proxyMode = value.word("proxyMode")
        milliseconds = value["milliseconds"]?.number ?? 0
        connections = value.count("connections")
        ports = value.list("services").map(Port.init)
        more = value.count("more")
        nodes = value.list("nodes").map(Node.init)
        faults = value.list("faults").map { $0.word("text") }
        remarks = value.list("remarks").compactMap(\.string)
    }
}

extension TopReport.Port {
    fileprivate init(_ value: Value) {
        self.init(
            service: value.word("service"), port: value.word("port"), address: value.word("address"),
            connections: value.count("connections"), refused: value.count("refused"), dropped: value.count("dropped"),
            reasons: value.list("reasons").compactMap(\.string),
            endpoints: value.list("endpoints").map(TopReport.Endpoint.init))
    }
}

extension TopReport.Endpoint {
    fileprivate init(_ value: Value) {
        self.init(
            address: value.word("endpoint"), pod: value.word("pod"), connections: value.count("connections"),
            isReady: value["ready"]?.bool ?? false, milliseconds: value["milliseconds"]?.number)
    }
}

extension TopReport.Node {
    fileprivate init(_ value: Value) {
        let conntrack = value["conntrack"] ?? .null
        var reasons = value.list("unanswered").map { $0.word("reason") }
        if conntrack.count("dropped") > 0 { reasons.append("the table of connections is full") }
        self.init(
            name: value.word("node"), isReady: value["ready"]?.bool, connections: value.count("connections"),
            refused: value.count("refused"), dropped: value.count("dropped"), tracked: conntrack.count("used"),
            limit: conntrack.count("max"), reasons: Set(reasons).sorted())
    }
}

extension Value {
    fileprivate func word(_ field: String) -> String { self[field]?.string ?? "" }
    fileprivate func count(_ field: String) -> Int { self[field]?.int ?? 0 }
    fileprivate func list(_ field: String) -> [Value] { self[field]?.elements ?? [] }
    fileprivate var number: Double? {
        switch self {
        case .double(let number): number
        case .int(let number): Double(number)
        default: nil
        }
    }
}
