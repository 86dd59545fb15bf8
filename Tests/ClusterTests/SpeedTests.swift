// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// How the cost of a change grows. The bounds are loose, since machines differ; the figures are printed.
@Suite(.serialized) struct SpeedTests {
    private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        let duration = try ContinuousClock().measure(body)
        return Double(duration.components.attoseconds) / 1e15 + Double(duration.components.seconds) * 1000
    }

    /// Services with ten endpoints each, hand-written, beside one whose endpoints are Pods.
    private func lab(services: Int) throws -> (Fixture, load: Double) {
        var lab = try Fixture()
        var parts: [String] = []
        for number in 0..<services {
            let addresses = (1...10).map { "{addresses: [192.0.2.\($0)]}" }.joined(separator: ", ")
            parts.append(
                """
                {apiVersion: v1, kind: Service, metadata: {name: s\(number)}, spec: {ports: [{port: 80}]}}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: s\(number), labels: {kubernetes.io/service-name: s\(number)}}
                addressType: IPv4
                endpoints: [\(addresses)]
                ports: [{port: 8080}]
                """)
        }
        let documents = try Manifest.read(Array(parts.joined(separator: "\n---\n").utf8), file: "many.yaml")
        let load = try milliseconds {
            _ = try lab.cluster.apply(documents, now: lab.now)
            lab.settle()
        }
        try lab.apply(Text.all(Text.deployment(replicas: 10), Text.service()))
        lab.run()
        return (lab, load)
    }

    /// The median time of one readiness change, from the write to the changes of the tables, in microseconds.
    private func flip(_ lab: inout Fixture) -> Double {
        let pod = lab.pods()[3].key
        var times: [Double] = []
        for count in 0..<401 {
            times.append(
                milliseconds {
                    lab.setReady(pod, count % 2 == 1)
                    lab.settle()
                })
            lab.last = Changes()
        }
        return times.sorted()[200] * 1000
    }

    @Test func `a readiness change costs the same whatever the number of Services`() throws {
        var (few, _) = try lab(services: 10)
        var (many, load) = try lab(services: 2000)
        let costs = (flip(&few), flip(&many))
        print(
            "readiness change: \(costs.0) us at 10 Services, \(costs.1) us at 2,000; 2,000 x 10 applied in \(load) ms")
        #expect(costs.1 < 3 * costs.0)
    }

    @Test func `what ten nodes need of one change is one batch`() throws {
        var lab = try Fixture(nodes: 10)
        try lab.apply(Text.all(Text.deployment(replicas: 3), Text.service()))
        lab.run()
        let pod = try #require(lab.pods().first).key
        lab.setReady(pod, false)
        let updates = lab.settle().rules.filter { $0.namespaces.contains(NamespaceName("node-1")) }
        #expect(updates.map(\.namespaces.count) == [10])
        #expect(updates.first?.parts.count == 1)
    }

    @Test func `a thousand Pods are made, bound and ready in time that a reader does not notice`() throws {
        var lab = try Fixture(nodes: 5)
        try lab.apply(Text.all(Text.deployment(replicas: 1000), Text.service()))
        var starts: [PodAssignment] = []
        let bound = milliseconds { starts = lab.settle().podsToStart }
        #expect(starts.count == 1000)
        let ready = milliseconds {
            for pod in starts { lab.start(pod) }
            lab.settle()
        }
        let one = milliseconds {
            lab.setReady(starts[5].key, false)
            lab.settle()
        }
        print("1,000 Pods bound in \(bound) ms, ready in \(ready) ms, one change among them \(one) ms")
        #expect(bound < 20_000)
    }
}
