// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Net

/// What was counted in the dataplane from one moment to another.
struct CounterSample: Sendable {
    /// What one namespace's rules did: a node's, or the edge's.
    struct Node: Sendable, Hashable {
        /// New connections, by where they went.
        var connections: [CountedPath: Int] = [:]
        /// Packets of new connections that no Service took, by why.
        var unanswered: [CountedRefusal: Int] = [:]
        /// What connection tracking could not keep.
        var losses = CountedLosses()
        /// How many connections the namespace tracks now.
        var tracked = 0

        /// How many packets were refused, and how many thrown away.
        var refused: Int { unanswered.reduce(0) { $0 + ($1.key.reason.isRefusal ? $1.value : 0) } }
        var dropped: Int {
            unanswered.reduce(losses.dropped + losses.collided) { $0 + ($1.key.reason.isRefusal ? 0 : $1.value) }
        }
    }

    /// For how long it was counted, in milliseconds.
    var milliseconds = 0.0
    /// By the namespaces' names.
    var nodes: [String: Node] = [:]
    /// How many connections a namespace may track.
    var limit = 0
    /// Some of the connections that began since the last sample.
    var seen: [SeenConnection] = []
    /// What could not be counted, in words: the figures may be too small then.
    var remarks: [String] = []

    /// New connections to all Services.
    var connections: Int { nodes.values.reduce(0) { $0 + $1.connections.values.reduce(0, +) } }
}

/// The losses of a namespace's connection tracking.
struct CountedLosses: Sendable, Hashable {
    var dropped = 0
    var evicted = 0
    var collided = 0
}

/// Where a connection went: from a Service's port to an endpoint.
struct CountedPath: Sendable, Hashable {
    var port: ServicePortName
    var endpoint: SocketAddress
    var pod: ObjectKey?
}

/// A connection that went nowhere.
struct CountedRefusal: Sendable, Hashable {
    /// What the client connected to.
    var transport: TransportProtocol
    var destination: SocketAddress
    var service: ObjectKey?
    var port: ServicePortName?
    var reason: Unanswered.Reason
}

/// One connection, as it can be drawn.
struct SeenConnection: Sendable, Hashable {
    /// Where it comes from: the place's name, or the address of one that is not of the lab.
    var from: String
    var path: CountedPath
    /// The places that it passed, the first and the last among them.
    var via: [String]
    /// What it was sent to, and to what that was translated, one after another.
    var translations: [SocketAddress]
}

extension CounterSample {
    /// What was counted after another sample of the same count.
    func since(_ earlier: CounterSample) -> CounterSample {
        var sample = self
        sample.milliseconds -= earlier.milliseconds
        for (name, before) in earlier.nodes {
            sample.nodes[name]?.connections.subtract(before.connections)
            sample.nodes[name]?.unanswered.subtract(before.unanswered)
            sample.nodes[name]?.losses.subtract(before.losses)
        }
        return sample
    }
}

extension Dictionary where Value == Int {
    /// Takes off what another has; what becomes nothing goes.
    fileprivate mutating func subtract(_ other: [Key: Int]) {
        for (key, count) in other {
            guard let own = self[key] else { continue }
            self[key] = own > count ? own - count : nil
        }
    }
}

extension CountedLosses {
    mutating func subtract(_ other: CountedLosses) {
        dropped = max(0, dropped - other.dropped)
        evicted = max(0, evicted - other.evicted)
        collided = max(0, collided - other.collided)
    }

    mutating func add(_ other: CountedLosses) {
        dropped += other.dropped
        evicted += other.evicted
        collided += other.collided
    }
}
