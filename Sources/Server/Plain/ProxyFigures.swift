// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// How long the kernel took for one family's rules on one node. The corresponding metric is
/// `kubeproxy_sync_proxy_rules_duration_seconds`.
public struct SyncFigures: Sendable, Hashable {
    /// The upper bounds of the histogram's buckets, in seconds, as kube-proxy has them.
    public static let bounds: [Double] = (0..<15).map { 0.001 * Double(1 << $0) }

    /// How many took no longer than each bound, and longer than the one before; at the end those that took longer.
    public private(set) var buckets = [Int](repeating: 0, count: SyncFigures.bounds.count + 1)
    /// All together, in seconds.
    public private(set) var sum = 0.0
    /// When the last one ended.
    public private(set) var last: Timestamp?
    /// How many the kernel refused.
    public var failures = 0

    /// Nothing has been counted.
    public init() {}

    /// Counts one change of the rules.
    public mutating func count(seconds: Double, at moment: Timestamp) {
        buckets[SyncFigures.bounds.firstIndex { seconds <= $0 } ?? SyncFigures.bounds.count] += 1
        sum += seconds
        last = moment
    }
}

/// What a node's proxy has counted, as `127.0.0.1:10249/metrics` tells it.
public struct ProxyMetrics: Sendable, Hashable {
    /// By the families' names in the API.
    public var syncs: [String: SyncFigures]
    /// How long it took from changes of endpoints to the rules, by the families' names.
    public var programming: [String: SyncFigures]
    /// The name of the counter of refused changes: kube-proxy has one for each of its modes.
    public var failureCounter: String
    /// How often `/healthz` was answered, by status.
    public var healthz: [Int: Int]
    /// How often `/livez` was answered, by status.
    public var livez: [Int: Int]

    /// Puts one together from its parts.
    public init(
        syncs: [String: SyncFigures], programming: [String: SyncFigures] = [:], failureCounter: String,
        healthz: [Int: Int], livez: [Int: Int]
    ) {
        self.syncs = syncs
        self.programming = programming
        self.failureCounter = failureCounter
        self.healthz = healthz
        self.livez = livez
    }

    /// The answer, in Prometheus' text format.
    public var answer: PlainAnswer {
        let text =
            codes("kubeproxy_proxy_healthz_total", "Cumulative proxy healthz HTTP status", healthz)
            + codes("kubeproxy_proxy_livez_total", "Cumulative proxy livez HTTP status", livez) + durations
            + family(
                "kubeproxy_sync_proxy_rules_last_timestamp_seconds", "gauge",
                "When the rules were last changed, in seconds since 1970"
            ) { $0.last.map { String(Double($0.milliseconds) / 1000) } }
            + family(failureCounter, "counter", "Changes of the rules that the kernel refused") { "\($0.failures)" }
        return PlainAnswer(200, type: "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", text)
    }

    private var sorted: [(key: String, value: SyncFigures)] { syncs.sorted { $0.key < $1.key } }

    private var durations: String {
        ProxyMetrics.histogram(
            "kubeproxy_network_programming_duration_seconds",
            "How long it took from a change of endpoints to the rules that have it, in seconds", programming)
            + ProxyMetrics.histogram(
                "kubeproxy_sync_proxy_rules_duration_seconds", "How long changes of the rules took, in seconds", syncs)
    }

    private static func histogram(_ name: String, _ help: String, _ families: [String: SyncFigures]) -> String {
        var lines = head(name, "histogram", help)
        for (family, figures) in families.sorted(by: { $0.key < $1.key }) {
            var sum = 0
            for (bound, count) in zip(SyncFigures.bounds.map { "\($0)" } + ["+Inf"], figures.buckets) {
                sum += count
                lines += "\(name)_bucket{ip_family=\"\(family)\",le=\"\(bound)\"} \(sum)\n"
            }
            lines += "\(name)_sum{ip_family=\"\(family)\"} \(figures.sum)\n"
            lines += "\(name)_count{ip_family=\"\(family)\"} \(sum)\n"
        }
        return lines
    }

    private func family(_ name: String, _ type: String, _ help: String, _ value: (SyncFigures) -> String?) -> String {
        sorted.reduce(into: ProxyMetrics.head(name, type, help)) { lines, entry in
            if let value = value(entry.value) { lines += "\(name){ip_family=\"\(entry.key)\"} \(value)\n" }
        }
    }

    private func codes(_ name: String, _ help: String, _ counts: [Int: Int]) -> String {
        counts.sorted { $0.key < $1.key }.reduce(into: ProxyMetrics.head(name, "counter", help)) { lines, count in
            lines += "\(name){code=\"\(count.key)\"} \(count.value)\n"
        }
    }

    private static func head(_ name: String, _ type: String, _ help: String) -> String {
        "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }
}
