// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// The same numbers for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 0x1234_5678 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// What a random cluster is in the end, and ways to get there.
struct RandomCluster {
    /// What becomes of a Pod.
    enum Fate: CaseIterable { case ready, unready, draining, gone }

    struct PodPlan {
        var name: String
        var app: String
        var node: Int
        var fate: Fate
        var text: String
    }

    var nodes: Int
    var mode: Configuration.ProxyMode
    var pods: [PodPlan] = []
    /// Name and manifest.
    var services: [(name: String, text: String)] = []

    init(seed: UInt64) {
        var numbers = SeededNumbers(seed)
        nodes = .random(in: 1...4, using: &numbers)
        mode = numbers.chance(50) ? .nftables : .iptables
        for index in 1...Int.random(in: 1...7, using: &numbers) { addPod(index, &numbers) }
        for index in 1...Int.random(in: 1...4, using: &numbers) { addService(index, &numbers) }
    }

    private mutating func addPod(_ index: Int, _ numbers: inout SeededNumbers) {
        let node = Int.random(in: 1...nodes, using: &numbers)
        let app = numbers.chance(60) ? "a" : "b"
        let name = "p\(index)"
        var port = "name: http, containerPort: \(numbers.chance(80) ? 8080 : 9090)"
        let network = numbers.chance(10) ? "\n  hostNetwork: true" : ""
        if network.isEmpty, numbers.chance(15) { port += ", hostPort: \(9000 + index)" }
        pods.append(
            PodPlan(
                name: name, app: app, node: node, fate: Fate.allCases.randomElement(using: &numbers) ?? .ready,
                text: """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: \(name), labels: {app: \(app)}}
                    spec:
                      nodeName: node-\(node)
                      containers: [{name: c, image: img, ports: [{\(port)}]}]\(network)
                    """))
    }

    private mutating func addService(_ index: Int, _ numbers: inout SeededNumbers) {
        func one(_ percent: Int, _ text: String) -> String { numbers.chance(percent) ? text : "" }
        let type = ["ClusterIP", "NodePort", "LoadBalancer"].randomElement(using: &numbers) ?? "ClusterIP"
        let isOutside = type != "ClusterIP"
        func port(_ name: String, _ number: Int, _ transport: String) -> String {
            let target = numbers.chance(30) ? "http" : "8080"
            let node = isOutside ? ", nodePort: \(30000 + 10 * index + number % 10)" : ""
            return "{name: \(name), port: \(number), targetPort: \(target), protocol: \(transport)\(node)}"
        }
        var ports = [port("one", 80, "TCP")]
        if numbers.chance(30) { ports.append(port("two", 81, numbers.chance(50) ? "UDP" : "TCP")) }
        var fields = [
            "type: \(type)", "clusterIP: 10.96.1.\(index)", "selector: {app: \(numbers.chance(70) ? "a" : "b")}",
            "ports: [\(ports.joined(separator: ", "))]", one(25, "internalTrafficPolicy: Local"),
            one(20, "sessionAffinity: ClientIP"), one(10, "publishNotReadyAddresses: true"),
            one(20, "externalIPs: [198.51.100.\(index)]"),
        ]
        if isOutside { fields.append(one(40, "externalTrafficPolicy: Local")) }
        if type == "LoadBalancer" {
            fields.append("loadBalancerIP: 203.0.113.\(index)")
            fields.append(one(30, "loadBalancerSourceRanges: [172.18.0.0/24]"))
        }
        let distributions = ["PreferSameZone", "PreferSameNode", "PreferClose"]
        if numbers.chance(35), let distribution = distributions.randomElement(using: &numbers) {
            fields.append("trafficDistribution: \(distribution)")
        }
        let labels = one(5, ", labels: {service.kubernetes.io/service-proxy-name: x}")
        let spec = fields.filter { !$0.isEmpty }.map { "  " + $0 }.joined(separator: "\n")
        let text = "apiVersion: v1\nkind: Service\nmetadata: {name: s\(index)\(labels)}\nspec:\n\(spec)"
        services.append((name: "s\(index)", text: text))
    }

    // MARK: Ways

    /// A cluster that became so by events in an order that the seed gives, with detours.
    func built(order seed: UInt64) throws -> Fixture {
        var numbers = SeededNumbers(seed)
        var lab = try Fixture(nodes: nodes, seed: seed)
        // The mode may be set at any time.
        let isLate = numbers.chance(50)
        if !isLate { lab.cluster.setProxyMode(mode, now: lab.now) }
        var steps: [(inout Fixture) throws -> Void] = []
        for service in services {
            let hasDetour = numbers.chance(30)
            steps.append { lab in
                if hasDetour { try lab.apply(Text.service(service.name, app: "b")) }
                if hasDetour { lab.rest() }
                if hasDetour { lab.cluster.delete([ObjectKey("Service", "default", service.name)], now: lab.now) }
                if hasDetour { lab.rest() }
                try lab.apply(service.text)
            }
        }
        for pod in pods {
            let hasDetour = numbers.chance(30)
            steps.append { lab in try lab.add(pod, hasDetour) }
        }
        steps.shuffle(using: &numbers)
        for step in steps {
            try step(&lab)
            if numbers.chance(60) { lab.rest() }
        }
        lab.rest()
        if isLate { lab.cluster.setProxyMode(mode, now: lab.now) }
        lab.rest()
        return lab
    }

    /// From everywhere to everything: how likely which end is, and what is seen there.
    func journeys(_ lab: Fixture) -> [String: [String: Double]] {
        var targets: [(SocketAddress, TransportProtocol)] = []
        for index in 1...services.count {
            let number = UInt8(index)
            for (port, transport) in [(UInt16(80), TransportProtocol.tcp), (81, .tcp), (81, .udp)] {
                for address in [
                    Address(10, 96, 1, number), Address(203, 0, 113, number), Address(198, 51, 100, number),
                ] { targets.append((SocketAddress(address, port), transport)) }
                for node in 1...nodes {
                    let address = Address(172, 18, 0, UInt8(node + 1))
                    targets.append((SocketAddress(address, 30000 + 10 * UInt16(index) + port % 10), transport))
                }
            }
        }
        for (index, pod) in pods.enumerated() {
            let address = Address(172, 18, 0, UInt8(pod.node + 1))
            targets.append((SocketAddress(address, UInt16(9001 + index)), .tcp))
        }
        let places = ["host"] + (1...nodes).map { "node-\($0)" } + pods.filter { $0.fate != .gone }.map(\.name)
        let all = places.filter { lab.cluster.plan.namespaces[lab.namespace($0)] != nil }
            .flatMap { place in targets.map { (place, $0.0, $0.1) } }
        var result: [String: [String: Double]] = [:]
        let owners = lab.owners
        // Both ways are asked for the same ones.
        var numbers = SeededNumbers(UInt64(all.count))
        for (place, target, transport) in all.shuffled(using: &numbers).prefix(80) {
            var shares: [String: Double] = [:]
            for journey in lab.walk(place, target, transport) {
                let end = Fixture.description(of: journey, owners)
                shares[end, default: 0] +=
                    Double(journey.probability.numerator) / Double(journey.probability.denominator)
            }
            result["\(place) to \(target) \(transport)"] = shares
        }
        return result
    }
}

extension Fixture {
    func namespace(_ place: String) -> NamespaceName {
        let own = NamespaceName(place)
        return cluster.plan.namespaces[own] == nil ? NamespaceName("default/\(place)") : own
    }

    /// Settles until nothing happens, without a kubelet; load balancers are published.
    mutating func rest() {
        for _ in 0..<100 {
            let changes = settle()
            for pod in changes.podsToStart { start(pod, isReady: false) }
            for key in changes.loadBalancers { cluster.publishLoadBalancer(key, now: now) }
            if changes.events.isEmpty { return }
        }
        Issue.record("the cluster does not come to rest")
    }

    fileprivate mutating func add(_ pod: RandomCluster.PodPlan, _ hasDetour: Bool) throws {
        let key = ObjectKey("Pod", "default", pod.name)
        try apply(pod.text)
        rest()
        if hasDetour {
            setReady(key, pod.fate == .unready)
            rest()
        }
        setReady(key, pod.fate != .unready)
        guard pod.fate == .draining || pod.fate == .gone else { return }
        rest()
        cluster.delete([key], now: now)
        rest()
        if pod.fate == .gone { cluster.podRemoved(key, now: now) }
    }

    /// Who has which address.
    fileprivate var owners: [Address: String] {
        var owners: [Address: String] = [:]
        for (name, namespace) in cluster.plan.namespaces {
            for address in namespace.interfaces.values.flatMap(\.addresses) { owners[address.address] = name.text }
        }
        return owners
    }

    /// Where and how a journey ends, without the addresses that depend on who came first.
    fileprivate static func description(of journey: Journey, _ owners: [Address: String]) -> String {
        guard case .delivered(_, let to, let source) = journey.outcome else { return Fixture.end(journey) }
        let seen = owners[source.address] ?? "\(source.address)"
        return "\(Fixture.end(journey)):\(to.port) from \(seen)"
    }
}
