// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// Connections through the plan of a test's cluster.
extension Fixture {
    /// Every journey of a first packet. A place is a namespace, or the name of a Pod in `default`.
    func walk(
        _ from: String, _ to: SocketAddress, _ transport: TransportProtocol = .tcp, flows: Flows = Flows()
    ) -> [Journey] {
        let isNamespace = cluster.plan.namespaces[NamespaceName(from)] != nil
        let place = isNamespace ? NamespaceName(from) : NamespaceName("default/\(from)")
        let any: Address = to.address.family == .v4 ? Address(0, 0, 0, 0) : .v6(0)
        return cluster.plan.walk(
            Packet(transport, from: SocketAddress(any, 40000), to: to), from: place, flows: flows)
    }

    /// Where a connection may end, each once: the namespace that has it (of a Pod in `default` its name), or `refused`,
    /// `dropped`, `unreachable`.
    func ends(_ from: String, _ to: SocketAddress, _ transport: TransportProtocol = .tcp) -> Set<String> {
        Set(walk(from, to, transport).map(Fixture.end))
    }

    static func end(_ journey: Journey) -> String {
        switch journey.outcome {
        case .delivered(let name, _, _):
            name.text.hasPrefix("default/") ? String(name.text.dropFirst("default/".count)) : name.text
        case .rejected: "refused"
        case .dropped: "dropped"
        case .unreachable: "unreachable"
        }
    }

    /// The sources that the servers may see.
    func sources(_ from: String, _ to: SocketAddress) -> Set<Address> {
        Set(
            walk(from, to).compactMap { journey in
                if case .delivered(_, _, let source) = journey.outcome { source.address } else { nil }
            })
    }

    // MARK: Where to

    /// The Service's cluster address at its first port, or another.
    func clusterAddress(_ name: String = "web", port: UInt16 = 80) throws -> SocketAddress {
        SocketAddress(try #require(try service(name).clusterAddresses.first), port)
    }

    /// The external address that the load balancer gave.
    func external(_ name: String = "web", port: UInt16 = 80) throws -> SocketAddress {
        SocketAddress(try #require(try service(name).loadBalancerIngress.first?.address), port)
    }

    /// The Service's first node port at a node, counted from 1.
    func nodePort(_ node: UInt8, _ name: String = "web") throws -> SocketAddress {
        SocketAddress(Address(172, 18, 0, node + 1), try #require(try service(name).ports.first?.nodePort))
    }

    func address(ofPod name: String) throws -> Address { try #require(Pod(try object("Pod", name)).address) }

    // MARK: What happens

    /// Pods `a-1`, `a-2`, … with the label `app: web`: each on a node, counted from 1.
    mutating func pods(on nodes: [Int], app: String = "web", more: String = "") throws {
        for (index, node) in nodes.enumerated() {
            let name = "\(app == "web" ? "a" : app)-\(index + 1)"
            try apply(Text.pod(name, labels: "app: \(app)", spec: "  nodeName: node-\(node)\n\(more)"))
        }
        run()
    }

    /// The Pod is asked to end, and goes on serving.
    mutating func drain(_ name: String) {
        let key = ObjectKey("Pod", "default", name)
        cluster.delete([key], now: now)
        settle()
    }

    mutating func setReady(_ name: String, _ isReady: Bool) { setReady(ObjectKey("Pod", "default", name), isReady) }

    mutating func updateNode(_ number: Int, _ body: (inout Object) -> Void) {
        let now = now
        cluster.update(ObjectKey("Node", "", "node-\(number)"), now: now, body)
        run()
    }

    mutating func edit(_ name: String, _ body: (inout Object) -> Void) {
        let now = now
        cluster.update(ObjectKey("Service", "default", name), now: now, body)
        run()
    }

    /// The messages of an object's Events of a reason.
    func events(_ reason: String) -> [String] {
        cluster.store.objects("Event").filter { $0.value["reason"]?.string == reason }
            .compactMap { $0.value["message"]?.string }
    }

    /// The nodes that the load balancer sends to.
    func balanced(_ name: String = "web") -> Set<String> {
        let elements = cluster.plan.namespaces[.edge]?.rulesets[.v4]?.parts["service default/\(name)"]?[
            SetName.endpoints]
        return Set(
            (elements ?? []).compactMap { element in
                guard case .data(let data) = element.value, case .address(let address) = data.first else { return nil }
                return address.description
            })
    }
}
