// SPDX-License-Identifier: Apache-2.0

/// A lab as a picture shows it: places, the links between them, and the Services beside them.
///
///     let graph = Graph(cluster, service: nil)
///     graph.svg          // or .dot, .mermaid, .value
public struct Graph: Sendable, Hashable {
    /// A namespace of the lab, or a Pod that has none of its own.
    public struct Place: Sendable, Hashable {
        /// What a place is, from the outside inwards.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            case outside
            case host
            case controlPlane = "control-plane"
            case edge
            case node
            case pod
        }
        /// What it is.
        public var kind: Kind
        /// Its name within the lab: `node-1`, or a Pod's as `NAMESPACE/NAME`.
        public var name: String
        /// Its addresses.
        public var addresses: [String] = []
        /// What else is to be said, as `zone a` or `not ready`.
        public var notes: [String] = []
        /// A Pod's node; empty for others.
        public var node = ""
        /// False for a node or Pod that is not ready.
        public var isReady = true

        /// Puts one together from its parts.
        public init(
            kind: Kind, name: String, addresses: [String] = [], notes: [String] = [], node: String = "",
            isReady: Bool = true
        ) {
            self.kind = kind
            self.name = name
            self.addresses = addresses
            self.notes = notes
            self.node = node
            self.isReady = isReady
        }
    }

    /// One end of a veth pair.
    public struct End: Sendable, Hashable {
        /// The place's name.
        public var place: String
        /// The interface's name there.
        public var interface: String
        /// The interface's addresses.
        public var addresses: [String]

        /// Puts one together from its parts.
        public init(place: String, interface: String, addresses: [String]) {
            self.place = place
            self.interface = interface
            self.addresses = addresses
        }

        /// `eth0 10.244.0.2`.
        var text: String { ([interface] + addresses).joined(separator: " ") }
    }

    /// A veth pair, from the outside inwards.
    public struct Link: Sendable, Hashable {
        /// The end that is further out.
        public var outer: End
        /// The other one.
        public var inner: End

        /// Puts one together from its ends.
        public init(outer: End, inner: End) {
            self.outer = outer
            self.inner = inner
        }
    }

    /// A Service with all that leads to it and all that it leads to.
    public struct Service: Sendable, Hashable {
        /// `NAMESPACE/NAME`.
        public var name: String
        /// `ClusterIP`, `NodePort`, …, or `headless`.
        public var type: String
        /// Where clients send, as `cluster 10.96.0.10:80/TCP`.
        public var addresses: [String] = []
        /// What else is to be said, as `externalTrafficPolicy Local`.
        public var notes: [String] = []
        /// Where the connections go.
        public var endpoints: [Endpoint] = []

        /// Puts one together from its parts.
        public init(
            name: String, type: String, addresses: [String] = [], notes: [String] = [], endpoints: [Endpoint] = []
        ) {
            self.name = name
            self.type = type
            self.addresses = addresses
            self.notes = notes
            self.endpoints = endpoints
        }
    }

    /// One endpoint of a Service.
    public struct Endpoint: Sendable, Hashable {
        /// Address and port.
        public var address: String
        /// The name of the place that has the address; empty if none of the picture's has.
        public var place: String
        /// Whether it gets connections.
        public var isReady: Bool

        /// Puts one together from its parts.
        public init(address: String, place: String, isReady: Bool) {
            self.address = address
            self.place = place
            self.isReady = isReady
        }
    }

    /// What the picture is of.
    public var title: String
    /// From the outside inwards, then by name.
    public var places: [Place]
    /// In the order of their places.
    public var links: [Link]
    /// By name.
    public var services: [Service]

    /// Puts one together from its parts.
    public init(title: String, places: [Place], links: [Link], services: [Service]) {
        self.title = title
        self.places = places
        self.links = links
        self.services = services
    }

    /// What the picture is of, in a sentence, for who does not see it.
    public var summary: String {
        func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
        let pods = places.filter { $0.kind == .pod }
        let ready = pods.count { $0.isReady }
        return count(places.count { $0.kind == .node }, "node") + ", " + count(pods.count, "Pod")
            + (ready == pods.count ? "" : " (\(ready) ready)") + ", " + count(services.count, "Service") + ", "
            + count(links.count, "link") + "."
    }
}
