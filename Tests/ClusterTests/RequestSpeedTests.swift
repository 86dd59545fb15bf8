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

    /// A cluster with ReplicaSets that want no Pods, and as many Pods that belong to nobody.
    private func crowd(_ count: Int) throws -> Fixture {
        var lab = try Fixture()
        for number in 0..<count {
            var set = Object(apiVersion: "apps/v1", kind: "ReplicaSet", namespace: "default", name: "r\(number)")
            let labels: Value = ["set": .string("r\(number)")]
            set.spec = [
                "replicas": 0, "selector": ["matchLabels": labels],
                "template": [
                    "metadata": ["labels": labels], "spec": ["containers": [["name": "c", "image": "pause"]]],
                ],
            ]
            _ = try lab.cluster.create(set, WriteOptions(), now: lab.now)
            _ = try lab.cluster.create(stray("p\(number)", labels: [:]), WriteOptions(), now: lab.now)
        }
        lab.settle()
        return lab
    }

    private func stray(_ name: String, labels: [String: String]) -> Object {
        var pod = Object(apiVersion: "v1", kind: "Pod", namespace: "default", name: name)
        pod.labels = labels
        // Nobody places it: what is measured is who might take it in.
        pod.spec = ["schedulerName": "nobody", "containers": [["name": "c", "image": "pause"]]]
        return pod
    }

    /// The median of a Pod that comes and is let go by the ReplicaSet that took it in, in microseconds.
    private func adoption(_ lab: inout Fixture) throws -> Double {
        let clock = ContinuousClock()
        let times = try (0..<51).map { number in
            try clock.measure {
                let pod = stray("new\(number)", labels: ["set": "r1"])
                _ = try lab.cluster.create(pod, WriteOptions(), now: lab.now)
                lab.settle()
                #expect(lab.cluster.store[pod.key] == nil)
            } / .microseconds(1)
        }
        return times.sorted()[25]
    }

    @Test func `taking in a Pod costs the same whatever the number of ReplicaSets and of Pods that nobody wants`()
        throws
    {
        var (few, many) = (try crowd(10), try crowd(1000))
        let costs = (try adoption(&few), try adoption(&many))
        print("a Pod is taken in: \(costs.0) us beside 10 ReplicaSets and Pods, \(costs.1) us beside 1,000")
        #expect(costs.1 < 3 * costs.0)
    }
}
