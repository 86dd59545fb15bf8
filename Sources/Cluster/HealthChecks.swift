// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
public import Net

/// One Service's health check, as every node serves it: whether connections for the Service that come to the node find
/// an endpoint there (D82). The corresponding field is `spec.healthCheckNodePort`.
public struct HealthCheck: Sendable, Hashable {
    /// The port at each node's addresses.
    public var port: UInt16
    /// The Service.
    public var service: ObjectKey

    /// Puts one together from its parts.
    public init(port: UInt16, service: ObjectKey) {
        self.port = port
        self.service = service
    }
}

/// What the load balancer at the edge asks a node, time and again: `GET http://ADDRESS:PORT/healthz`. The node is well if
/// it answers 200.
public struct LoadBalancerProbe: Sendable, Hashable {
    /// The node's name.
    public var node: String
    /// The node's address.
    public var address: Address
    /// 10256, where a node says whether it takes traffic at all, or the health check port of a Service with
    /// `externalTrafficPolicy: Local`.
    public var port: UInt16

    /// Puts one together from its parts.
    public init(node: String, address: Address, port: UInt16) {
        self.node = node
        self.address = address
        self.port = port
    }

    /// Where a node says whether it takes traffic at all: kube-proxy's `--healthz-bind-address`.
    public static let healthPort: UInt16 = 10256
    /// What is asked for.
    public static let path = "/healthz"
}

extension Cluster {
    /// The health checks that every node serves, by port.
    public var healthChecks: [HealthCheck] {
        services.healthCheckPorts.map { HealthCheck(port: $0.value, service: $0.key) }
            .sorted { ($0.port, $0.service) < ($1.port, $1.service) }
    }

    /// How many endpoints of a Service are on a node, ready and not about to end (D82, D83).
    public func localEndpoints(of service: ObjectKey, on node: String) -> Int {
        var addresses: Set<Address> = []
        for key in index.slicesOfService[service] ?? [] {
            for endpoint in index.slices[key]?.endpoints ?? [] where endpoint.node == node && endpoint.state == .ready {
                if let address = endpoint.address { addresses.insert(address) }
            }
        }
        // The slices of two families have the same endpoints.
        let count = addresses.count { $0.family == .v4 }
        return max(count, addresses.count - count)
    }

    /// False for a node that is about to be taken away: it says so at its health port, so that load balancers leave it
    /// out (D84).
    public func takesTraffic(node: String) -> Bool {
        store[ObjectKey("Node", "", node)].map { NodeFacts($0).isLeaving } != true
    }
}
