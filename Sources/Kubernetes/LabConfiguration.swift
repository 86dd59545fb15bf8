// SPDX-License-Identifier: Apache-2.0

public import Net

/// What the author of a lab says about the lab itself: a document `apiVersion: lab/v1, kind: Lab`, or the defaults.
public struct LabConfiguration: Sendable, Hashable {
    /// One node of the lab.
    public struct Node: Sendable, Hashable {
        /// The node's name.
        public var name: String
        /// Labels beside those that every node has.
        public var labels: [String: String]
        /// The zone, which becomes the label `topology.kubernetes.io/zone`.
        public var zone: String?

        /// Puts one together from its parts.
        public init(_ name: String, labels: [String: String] = [:], zone: String? = nil) {
            self.name = name
            self.labels = labels
            self.zone = zone
        }
    }

    /// The address ranges, of each purpose at most one a family; one that the author does not name may give way to
    /// another.
    public struct Ranges: Sendable, Hashable {
        /// `spec.ranges.nodes`.
        public var nodes: [Prefix]
        /// `spec.ranges.pods`.
        public var pods: [Prefix]
        /// `spec.ranges.services`.
        public var services: [Prefix]
        /// `spec.ranges.loadBalancers`.
        public var loadBalancers: [Prefix]

        /// Puts one together from its parts.
        public init(
            nodes: [Prefix] = [], pods: [Prefix] = [], services: [Prefix] = [], loadBalancers: [Prefix] = []
        ) {
            self.nodes = nodes
            self.pods = pods
            self.services = services
            self.loadBalancers = loadBalancers
        }

        /// All of them with the names of their fields, in the order above.
        public var all: [(field: String, ranges: [Prefix])] {
            [("nodes", nodes), ("pods", pods), ("services", services), ("loadBalancers", loadBalancers)]
        }
    }

    /// Who programs the nodes' Service rules.
    public enum ProxyMode: String, Sendable, Hashable, CaseIterable {
        case nftables
        case iptables
        case none
    }

    /// How the `iptables` commands reach the kernel: through nf_tables, or as they did before there was that.
    public enum IPTables: String, Sendable, Hashable, CaseIterable {
        case nft
        case legacy
    }

    /// Which addresses of the lab the host has routes to.
    public enum HostAccess: String, Sendable, Hashable, CaseIterable {
        case all
        case external
        case none
    }

    /// `metadata.name`; nil if the author gives none.
    public var name: String?
    /// The nodes, in order; three if the author says nothing.
    public var nodes: [Node] = LabConfiguration.nodes(3)
    /// The families of the lab's addresses, the primary one first: `spec.ipFamilies`. If the author does not name them,
    /// those of the ranges that are named, in their order; else IPv4 alone.
    public var families: [Family] = [.v4]
    /// The address ranges that the author names.
    public var ranges = Ranges()
    /// `spec.proxyMode`.
    public var proxyMode = ProxyMode.nftables
    /// `spec.iptables`: which commands write the rules in iptables mode; nil for whichever works, nft before legacy.
    public var iptables: IPTables?
    /// `spec.hostAccess`.
    public var hostAccess = HostAccess.all
    /// How long a load balancer takes to be provisioned, in milliseconds. The field is
    /// `spec.loadBalancer.provisioningDelay`.
    public var provisioningDelay = 0
    /// How the nodes treat load balancers' addresses. The field is `spec.loadBalancer.ipMode`.
    public var ipMode = LoadBalancerIngress.Mode.vip
    /// How often the load balancer asks each node whether it is well, in milliseconds. The field is
    /// `spec.loadBalancer.probePeriod`.
    public var probePeriod = 1000
    /// The systems beyond the edge: `spec.external`.
    public var external: [External] = []
    /// Whether what is no address of the lab is looked for in the real network: `spec.egress`.
    public var egress = false
    /// What images are started with, by their names with or without registry and tag: `spec.images.NAME.command`.
    public var images: [String: [String]] = [:]
    /// How names are resolved: `spec.dns`.
    public var dns = DNS()
    /// Where the document stands; nil for the defaults.
    public var place: Place?

    /// The lab of a plain manifest.
    public init() {}

    /// Nodes named `node-1` to `node-N`.
    public static func nodes(_ count: Int) -> [Node] { (0..<max(count, 0)).map { Node("node-\($0 + 1)") } }

    /// The most nodes that a lab may have.
    public static let nodeLimit = 200

    /// True for a document that describes the lab.
    public static func isLab(_ object: Object) -> Bool {
        object.kind == "Lab" && object.apiVersion.hasPrefix("lab/")
    }

    /// True for a document that tells a scenario, which is for `lab test`: nothing else reads it.
    public static func isScenario(_ object: Object) -> Bool {
        object.kind == "Scenario" && object.apiVersion.hasPrefix("lab/")
    }

    /// What is wrong with the fields of a Lab's `spec` that stands elsewhere; paths begin with `spec`.
    public static func problems(ofSpec spec: Value) -> [Problem] {
        var reader = LabReader()
        _ = reader.read(Object(["apiVersion": "lab/v1", "kind": "Lab", "spec": spec]))
        return reader.problems
    }

    /// Takes the lab's own document, and scenarios, out of the input.
    /// - Returns: what it says, or the defaults, and all other documents but scenarios.
    /// - Throws: a refusal of fields that are wrong or unknown, or of a second Lab document.
    public static func read(_ documents: [Document]) throws(Refusal) -> (lab: LabConfiguration, rest: [Document]) {
        let labs = documents.filter { isLab($0.object) }
        let rest = documents.filter { !isLab($0.object) && !isScenario($0.object) }
        guard let first = labs.first else { return (LabConfiguration(), rest) }
        if labs.count > 1 {
            let detail = "the input describes a lab at \(first.source.place(of: "kind")) already"
            throw Refusal(
                labs[1].object, [Problem("kind", .duplicate, value: "Lab".quoted, detail)], source: labs[1].source)
        }
        var reader = LabReader()
        var lab = reader.read(first.object)
        guard reader.problems.isEmpty else { throw first.refusal(reader.problems) }
        lab.place = first.source.place(of: "")
        for index in lab.external.indices {
            lab.external[index].place = first.source.place(of: "spec.external[\(index)]")
        }
        return (lab, rest)
    }
}
