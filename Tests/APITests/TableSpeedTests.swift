// SPDX-License-Identifier: Apache-2.0
import API
import Kubernetes
import Testing

/// What a long list costs. The bound is loose, since machines differ; the figure is printed.
@Suite(.serialized) struct TableSpeedTests {
    private static let pod = """
        {"apiVersion": "v1", "kind": "Pod",
         "metadata": {"name": "web", "namespace": "a", "creationTimestamp": "2026-11-21T01:22:31Z"},
         "spec": {"nodeName": "node-1", "containers": [{"name": "a"}, {"name": "b"}]},
         "status": {"phase": "Running", "podIPs": [{"ip": "10.244.0.5"}],
          "conditions": [{"type": "Initialized", "status": "True"}, {"type": "Ready", "status": "True"}],
          "containerStatuses": [
           {"name": "a", "ready": true, "restartCount": 1, "state": {"running": {}},
            "lastState": {"terminated": {"finishedAt": "2026-11-21T01:22:35Z"}}},
           {"name": "b", "ready": true, "restartCount": 0, "state": {"running": {}}}]}}
        """

    @Test func `a thousand Pods are a table within some milliseconds`() throws {
        let pod = Object(try Value(json: Array(Self.pod.utf8)))
        let pods = (0..<1000).map { number in
            var pod = pod
            pod.name = "web-\(number)"
            return pod
        }
        let resource = try #require(Resource.of(kind: "Pod"))
        var rows = 0
        let durations = (0..<5).map { _ in
            ContinuousClock().measure {
                let table = Table.value(
                    of: pods, resource, includes: .metadata, listMetadata: [:], now: Timestamp(seconds: 1_800_000_000),
                    showsColumns: true)
                rows += table["rows"]?.elements.count ?? 0
            }
        }
        #expect(rows == 5000)
        let best = try #require(durations.min())
        print("a table of 1,000 Pods: \(best)")
        #expect(best < .milliseconds(100))
    }
}
