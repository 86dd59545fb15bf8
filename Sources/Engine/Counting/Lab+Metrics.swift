// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Cluster
internal import Kubernetes
internal import Linux
internal import Net
internal import Server

/// The lab's figures in Prometheus' format: see docs/metrics.md.
extension Lab {
    /// Counters go on for so many seconds after they were last asked for: longer than anybody's `scrape_interval`.
    private static let scrapePatience = 300

    /// Reads all figures. From the first time on connections are counted, as long as somebody asks now and then.
    func readMetrics() async {
        guard let sample = try? await counters(asked: "metrics", seconds: Lab.scrapePatience) else { return }
        var all = sample.metrics + probeMetrics
        all.append(
            Metric("lab_faults", "How many faults are in force.", .gauge, Double(faults.all.count)))
        all.append(
            Metric(
                "lab_pods_ready", "How many Pods are ready.", .gauge,
                Double(cluster.store.objects("Pod").count { Pod($0).isReady })))
        for (key, latency) in kernel.probeTimes.all {
            all.append(
                Metric(
                    "lab_pod_probe_seconds", "How long a Pod took to answer its last probe, in seconds.", .gauge,
                    labels: ["namespace": key.namespace, "pod": key.name], latency / 1000))
        }
        kernel.metrics.set(all)
    }

    private var probeMetrics: [Metric] {
        let figures = kernel.probeTimes.figures
        return [("success", figures.answered), ("failure", figures.failed)].flatMap { result, figures in
            Metric.histogram(
                "lab_probe_duration_seconds", "How long Pods' probes took, in seconds.", labels: ["result": result],
                bounds: SyncFigures.bounds, counts: figures.buckets, sum: figures.sum)
        }
    }
}

extension CounterSample {
    /// What was counted, by nodes, Services and endpoints.
    fileprivate var metrics: [Metric] {
        var all = [
            Metric(
                "lab_counting_gaps",
                "How many things the counters of connections may lack; the daemon's log names them.",
                .gauge, Double(remarks.count)),
            Metric("lab_conntrack_limit", "How many connections a namespace may track.", .gauge, Double(limit)),
        ]
        for (name, node) in nodes.sorted(by: { $0.key < $1.key }) { all += node.metrics(named: name) }
        return all
    }
}

extension CounterSample.Node {
    fileprivate func metrics(named name: String) -> [Metric] {
        let own = ["node": name]
        return connections.map { path, count in
            Metric(
                "lab_service_connections_total",
                "New connections to a Service's port, by the endpoint chosen for them.",
                .counter, labels: own.merging(path.labels) { $1 }, Double(count))
        }
            + unanswered.map { refusal, count in
                Metric(
                    "lab_unanswered_packets_total",
                    "Packets of new connections to Services' addresses that got nowhere.",
                    .counter, labels: own.merging(refusal.labels) { $1 }, Double(count))
            } + [
                Metric("lab_conntrack_entries", "Connections that are tracked.", .gauge, labels: own, Double(tracked)),
                Metric(
                    "lab_conntrack_dropped_total", "Packets thrown away because the table of connections was full.",
                    .counter, labels: own, Double(losses.dropped)),
                Metric(
                    "lab_conntrack_evicted_total", "Connections forgotten to make room for others.", .counter,
                    labels: own,
                    Double(losses.evicted)),
                Metric(
                    "lab_conntrack_collided_total", "Packets thrown away because another connection had the same ends.",
                    .counter, labels: own, Double(losses.collided)),
            ]
    }
}

extension CountedPath {
    fileprivate var labels: [String: String] {
        [
            "namespace": port.service.namespace, "service": port.service.name, "port": port.text,
            "endpoint": endpoint.description, "pod": pod?.name ?? "",
        ]
    }
}

extension CountedRefusal {
    fileprivate var labels: [String: String] {
        [
            "namespace": service?.namespace ?? "", "service": service?.name ?? "", "port": port?.text ?? "",
            "destination": destination.description, "protocol": transport.name,
            "outcome": reason.isRefusal ? "refused" : "dropped", "reason": reason.rawValue,
        ]
    }
}
