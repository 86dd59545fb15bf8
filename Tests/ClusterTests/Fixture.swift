// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// A cluster in a test, with a kubelet that makes every Pod ready at once and ends it at once.
struct Fixture {
    var cluster: Cluster
    var now = Timestamp(seconds: 1_800_000_000)
    /// The tables as a kernel that got every change would have them.
    var tables: [NamespaceName: TableModel] = [:]
    var last = Changes()
    /// All that changed of names, for a zone that knows nothing yet.
    var names: [NameChange] = []

    init(nodes: Int = 3, services: String = "10.96.0.0/16", loadBalancers: String = "203.0.113.0/24", seed: UInt64 = 1)
        throws
    {
        cluster = Cluster(try Fixture.configuration(nodes, services, loadBalancers), seed: seed, now: now)
    }

    /// A cluster of these families, the primary one first.
    init(_ families: [Family], nodes: Int = 3) throws {
        var configuration = try Fixture.configuration(nodes)
        let six = Configuration.Ranges(
            nodes: try #require(Prefix("fd00:172:18::/64")), pods: try #require(Prefix("fd00:10:244::/56")),
            services: try #require(Prefix("fd00:10:96::/112")),
            loadBalancers: try #require(Prefix("fd00:203:0:113::/112")))
        let four = configuration.ranges[0]
        configuration.ranges = families.map { $0 == .v4 ? four : six }
        cluster = Cluster(configuration, seed: 1, now: now)
    }

    static func configuration(
        _ nodes: Int = 3, _ services: String = "10.96.0.0/16", _ loadBalancers: String = "203.0.113.0/24"
    ) throws -> Configuration {
        Configuration(
            name: "test", nodes: (0..<nodes).map { NodeConfiguration("node-\($0 + 1)", zone: "zone-\($0 % 2)") },
            ranges: [
                Configuration.Ranges(
                    nodes: try #require(Prefix("172.18.0.0/24")), pods: try #require(Prefix("10.244.0.0/16")),
                    services: try #require(Prefix(services)), loadBalancers: try #require(Prefix(loadBalancers)))
            ])
    }

    @discardableResult
    mutating func apply(_ yaml: String) throws -> [Applied] {
        try cluster.apply(try Manifest.read(Array(yaml.utf8), file: "test.yaml"), now: now)
    }

    /// The text of the refusal; fails the test if there is none.
    mutating func refusal(of yaml: String) throws -> String {
        let documents = try Manifest.read(Array(yaml.utf8), file: "test.yaml")
        var text: String?
        do throws(Refusal) {
            _ = try cluster.apply(documents, now: now)
        } catch {
            text = error.description
        }
        return try #require(text, "it was not refused")
    }

    /// Settles without a kubelet.
    @discardableResult
    mutating func settle() -> Changes {
        last = cluster.settle(now: now)
        names += last.names
        return last
    }

    /// Settles until nothing happens: Pods that are bound become ready, Pods that end are gone, load balancers are
    /// published.
    mutating func run(makesReady: Bool = true) {
        for _ in 0..<1000 {
            let changes = settle()
            for pod in changes.podsToStart {
                if makesReady { start(pod) }
            }
            for key in changes.podsToStop { cluster.podRemoved(key, now: now) }
            for key in changes.loadBalancers { cluster.publishLoadBalancer(key, now: now) }
            if changes.events.isEmpty, changes.podsToStop.isEmpty { return }
        }
        Issue.record("the cluster does not come to rest")
    }

    mutating func start(_ pod: PodAssignment, isReady: Bool = true) {
        let now = now
        cluster.update(pod.key, now: now) {
            $0.value["status", "phase"] = "Running"
            $0.value["status", "podIP"] = .string(pod.address.description)
            $0.value["status", "podIPs"] = .array(pod.addresses.map { ["ip": .string($0.description)] })
            $0.set(Condition("Ready", isReady), now: now)
        }
    }

    mutating func setReady(_ pod: ObjectKey, _ isReady: Bool) {
        let now = now
        cluster.update(pod, now: now) { $0.set(Condition("Ready", isReady), now: now) }
    }

    mutating func advance(seconds: Int64) { now.seconds += seconds }

    func service(_ name: String, _ namespace: String = "default") throws -> Service {
        Service(try #require(cluster.store[ObjectKey("Service", namespace, name)]))
    }

    func object(_ kind: String, _ name: String, _ namespace: String = "default") throws -> Object {
        try #require(cluster.store[ObjectKey(kind, namespace, name)])
    }

    func pods(_ namespace: String = "default") -> [Pod] {
        cluster.store.objects("Pod", namespace: namespace).map(Pod.init)
    }

    func slices(_ service: String, _ namespace: String = "default") -> [EndpointSlice] {
        cluster.store.objects("EndpointSlice", namespace: namespace).map(EndpointSlice.init)
            .filter { $0.serviceName == service }
    }

    func readyAddresses(_ service: String) -> Set<String> {
        Set(slices(service).flatMap(\.endpoints).filter(\.isReady).flatMap(\.addresses).map(\.description))
    }
}

/// Manifests that several tests use.
enum Text {
    static func deployment(_ name: String = "web", replicas: Int = 3, image: String = "img:1", more: String = "")
        -> String
    {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(name)}
        spec:
          replicas: \(replicas)
          selector: {matchLabels: {app: \(name)}}
        \(more)
          template:
            metadata: {labels: {app: \(name)}}
            spec:
              containers:
              - name: c
                image: \(image)
                ports: [{name: http, containerPort: 8080}]
        """
    }

    static func service(_ name: String = "web", type: String = "ClusterIP", app: String? = nil, more: String = "")
        -> String
    {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: \(name)}
        spec:
          type: \(type)
          selector: {app: \(app ?? name)}
          ports: [{name: http, port: 80, targetPort: 8080}]
        \(more)
        """
    }

    static func pod(_ name: String, labels: String = "app: web", spec: String = "") -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), labels: {\(labels)}}
        spec:
          containers: [{name: c, image: img, ports: [{name: http, containerPort: 8080}]}]
        \(spec)
        """
    }

    static func all(_ parts: String...) -> String { parts.joined(separator: "\n---\n") }
}
