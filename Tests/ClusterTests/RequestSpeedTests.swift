// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

@Suite(.serialized) struct RequestSpeedTests {
    private func lab(_ count: Int) throws -> (Fixture, Double) {
        var lab = try Fixture()
        let clock = ContinuousClock()
        let time = try clock.measure {
            for number in 0..<count {
                _ = try lab.cluster.create(service("s\(number)"), WriteOptions(), now: lab.now)
            }
        }
        lab.settle()
        return (lab, time / .milliseconds(1))
    }

    private func service(_ name: String) -> Object {
        var object = Object(apiVersion: "v1", kind: "Service", namespace: "default", name: name)
        object.spec = ["ports": [["port": 80]]]
        return object
    }

    /// The median of a create, a replace and a delete with what follows, in microseconds.
    private func change(_ lab: inout Fixture) throws -> Double {
        let clock = ContinuousClock()
        let times = try (0..<101).map { number in
            try clock.measure {
                var object = try lab.cluster.create(service("new\(number)"), WriteOptions(), now: lab.now).object
                object.labels = ["a": "b"]
                _ = try lab.cluster.replace(object.key, object, nil, WriteOptions(), now: lab.now)
                _ = try lab.cluster.delete(object.key, DeleteOptions(), now: lab.now)
                lab.settle()
            } / .microseconds(1)
        }
        return times.sorted()[50]
    }

    @Test func `a write through the API costs the same whatever the number of objects`() throws {
        var (few, _) = try lab(10)
        var (many, load) = try lab(5000)
        let costs = (try change(&few), try change(&many))
        let page = ContinuousClock().measure {
            let keys = many.cluster.store.keys("Service", after: ObjectKey("Service", "default", "s3"), limit: 500)
            #expect(keys.count == 500)
        }
        print(
            "create, replace and delete: \(costs.0) us at 10 Services, \(costs.1) us at 5,000, which took \(load) ms; "
                + "a page of 500 keys \(page / .microseconds(1)) us")
        #expect(costs.1 < 3 * costs.0)
    }
}
