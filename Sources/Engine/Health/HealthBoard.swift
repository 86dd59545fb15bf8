// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net
internal import Server
internal import Synchronization

/// What the nodes' health endpoints tell, kept where their server finds it at any time: a lab that is busy for seconds
/// still answers its load balancer.
final class HealthBoard: Sendable {
    private struct Node {
        var syncs: [Family: SyncFigures] = [:]
        /// How long it took from changes of endpoints to the rules.
        var programming: [Family: SyncFigures] = [:]
        /// The families of whose rules the kernel lacks something.
        var behind: Set<Family> = []
        var isEligible = true
        var healthz: [Int: Int] = [:]
        var livez: [Int: Int] = [:]

        var health: ProxyHealth {
            let families = syncs.compactMap { family, figures in
                figures.last.map {
                    (family.text, ProxyHealth.FamilyHealth(lastUpdated: $0, isHealthy: !behind.contains(family)))
                }
            }
            return ProxyHealth(families: Dictionary(families) { $1 }, isEligible: isEligible)
        }
    }

    private struct State {
        var nodes: [NamespaceName: Node] = [:]
        /// How many endpoints of a Service each node has.
        var local: [ObjectKey: [NamespaceName: Int]] = [:]
        var mode = Configuration.ProxyMode.nftables
    }

    private let state = Mutex(State())

    // MARK: What happens

    /// A change of a namespace's rules was committed.
    func committed(_ place: RulePlace, milliseconds: Double) {
        let now = Timestamp.now()
        state.withLock {
            $0.nodes[place.namespace, default: Node()].syncs[place.family, default: SyncFigures()]
                .count(seconds: milliseconds / 1000, at: now)
        }
    }

    /// Endpoints changed, and the rules of these places have it since.
    func programmed(_ places: Set<RulePlace>, milliseconds: Double) {
        let now = Timestamp.now()
        state.withLock { state in
            for place in places {
                state.nodes[place.namespace, default: Node()].programming[place.family, default: SyncFigures()]
                    .count(seconds: milliseconds / 1000, at: now)
            }
        }
    }

    /// The kernel refused a change.
    func refused(_ place: RulePlace) {
        state.withLock {
            $0.nodes[place.namespace, default: Node()].syncs[place.family, default: SyncFigures()].failures += 1
        }
    }

    /// These rules, and no others, lack something.
    func setBehind(_ places: Set<RulePlace>) {
        state.withLock { state in
            for name in state.nodes.keys { state.nodes[name]?.behind = [] }
            for place in places { state.nodes[place.namespace, default: Node()].behind.insert(place.family) }
        }
    }

    func set(_ node: NamespaceName, isEligible: Bool) {
        state.withLock { $0.nodes[node, default: Node()].isEligible = isEligible }
    }

    func set(_ mode: Configuration.ProxyMode) { state.withLock { $0.mode = mode } }

    func set(_ service: ObjectKey, local: [NamespaceName: Int]) { state.withLock { $0.local[service] = local } }

    /// Forgets the Services that have no health check any more.
    func keep(_ services: Set<ObjectKey>) {
        state.withLock { state in state.local = state.local.filter { services.contains($0.key) } }
    }

    // MARK: Answers

    /// `10256` of a node.
    func answer(health request: PlainRequest, of name: NamespaceName) -> PlainAnswer {
        let now = Timestamp.now()
        return state.withLock { state in
            let health = state.nodes[name, default: Node()].health
            switch request.path {
            case "/healthz":
                let answer = health.healthz(now: now)
                state.nodes[name, default: Node()].healthz[answer.status, default: 0] += 1
                return answer
            case "/livez":
                let answer = health.livez(now: now)
                state.nodes[name, default: Node()].livez[answer.status, default: 0] += 1
                return answer
            default: return .notFound
            }
        }
    }

    /// `127.0.0.1:10249` of a node.
    func answer(metrics request: PlainRequest, of name: NamespaceName) -> PlainAnswer {
        let (node, mode) = state.withLock { ($0.nodes[name] ?? Node(), $0.mode) }
        switch request.path {
        case "/healthz": return .text("ok")
        case "/proxyMode": return .text(mode.rawValue)
        case "/metrics":
            let counter = mode == .iptables ? "iptables_restore_failures_total" : "nftables_sync_failures_total"
            return ProxyMetrics(
                syncs: Dictionary(node.syncs.map { ($0.key.text, $0.value) }) { $1 },
                programming: Dictionary(node.programming.map { ($0.key.text, $0.value) }) { $1 },
                failureCounter: "kubeproxy_sync_proxy_rules_" + counter, healthz: node.healthz, livez: node.livez
            ).answer
        default: return .notFound
        }
    }

    /// The health check port of a Service on a node, whatever the path.
    func answer(check service: ObjectKey, of name: NamespaceName) -> PlainAnswer {
        let (count, isHealthy) = state.withLock { state in
            (state.local[service]?[name] ?? 0, state.nodes[name]?.health.isHealthy ?? true)
        }
        return .serviceHealth(
            namespace: service.namespace, name: service.name, localEndpoints: count, isProxyHealthy: isHealthy)
    }
}
