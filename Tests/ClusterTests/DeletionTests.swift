// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

@Suite struct DeletionTests {
    private static let pod = ObjectKey("Pod", "default", "a")

    private static func options(_ propagation: DeleteOptions.Propagation? = nil, grace: Int? = nil) -> DeleteOptions {
        var options = DeleteOptions()
        options.propagation = propagation
        options.gracePeriodSeconds = grace
        return options
    }

    private func map(_ name: String, owners: [Object] = [], finalizers: [String] = []) -> Object {
        var object = Object(apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: name)
        object.finalizers = finalizers
        object.owners = owners.map(OwnerReference.init(controller:))
        return object
    }

    @Test func `a running Pod has its grace period, which may get shorter but not longer`() throws {
        var lab = try Fixture()
        try lab.apply(Text.pod("a"))
        lab.run()
        let first = try lab.cluster.delete(Self.pod, DeleteOptions(), now: lab.now)
        #expect(!first.isGone)
        #expect(first.object.value["metadata", "deletionGracePeriodSeconds"] == 30)
        #expect(
            first.object.value["metadata", "deletionTimestamp"]
                == .string(lab.now.advanced(milliseconds: 30_000).description))
        #expect(first.object.generation == 2)
        let longer = try lab.cluster.delete(Self.pod, Self.options(grace: 60), now: lab.now)
        #expect(longer.object.value["metadata", "deletionGracePeriodSeconds"] == 30)
        let shorter = try lab.cluster.delete(Self.pod, Self.options(grace: 5), now: lab.now)
        #expect(shorter.object.value["metadata", "deletionGracePeriodSeconds"] == 5)
        #expect(try lab.cluster.delete(Self.pod, Self.options(grace: 0), now: lab.now).isGone)
        #expect(lab.cluster.store[Self.pod] == nil)
        #expect(Set(lab.settle().podsToStop) == [Self.pod])
    }

    @Test(arguments: [Int.max, Int.min, -1]) func `a grace period of any length is survived`(seconds: Int) throws {
        var lab = try Fixture()
        try lab.apply(Text.pod("a"))
        lab.run()
        #expect(try !lab.cluster.delete(Self.pod, Self.options(grace: seconds), now: lab.now).isGone)
    }

    @Test func `a new Pod of the same name waits for the processes of the old`() throws {
        var lab = try Fixture()
        try lab.apply(Text.pod("a"))
        lab.run()
        _ = try lab.cluster.delete(Self.pod, Self.options(grace: 0), now: lab.now)
        let stopping = lab.settle().podsToStop
        try lab.apply(Text.pod("a"))
        #expect(lab.settle().podsToStart.isEmpty)
        for key in stopping { lab.cluster.podRemoved(key, now: lab.now) }
        #expect(lab.settle().podsToStart.map(\.key) == [Self.pod])
        #expect(lab.cluster.store[Self.pod] != nil)
    }

    @Test func `an object with a finalizer stays until that is gone, and gets no new one`() throws {
        var lab = try Fixture()
        let map = map("a", finalizers: ["example.com/x"])
        let written = try lab.cluster.create(map, WriteOptions(), now: lab.now).object
        let deletion = try lab.cluster.delete(map.key, DeleteOptions(), now: lab.now)
        #expect(!deletion.isGone)
        #expect(deletion.object.isTerminating)
        lab.run()
        var changed = try lab.object("ConfigMap", "a")
        #expect(changed.uid == written.uid)
        changed.finalizers += ["example.com/y"]
        #expect(throws: Status.self) { try lab.cluster.replace(map.key, changed, nil, WriteOptions(), now: lab.now) }
        changed.finalizers = []
        changed.value["metadata", "deletionTimestamp"] = nil
        _ = try lab.cluster.replace(map.key, changed, nil, WriteOptions(), now: lab.now)
        #expect(lab.cluster.store[map.key] == nil)
    }

    @Test func `a Pod with a finalizer stays when its processes are gone`() throws {
        var lab = try Fixture()
        try lab.apply(Text.pod("a"))
        lab.cluster.update(Self.pod, now: lab.now) { $0.finalizers = ["example.com/x"] }
        lab.run()
        lab.cluster.delete([Self.pod], now: lab.now)
        lab.run()
        #expect(try lab.object("Pod", "a").value["metadata", "deletionGracePeriodSeconds"] == 0)
        lab.cluster.update(Self.pod, now: lab.now) { $0.finalizers = [] }
        #expect(lab.cluster.store[Self.pod] == nil)
    }

    @Test func `preconditions are kept`() throws {
        var lab = try Fixture()
        let written = try lab.cluster.create(map("a"), WriteOptions(), now: lab.now).object
        var options = DeleteOptions()
        options.uid = "other"
        let record = written.uid
        #expect(throws: Status.self) { try lab.cluster.delete(written.key, options, now: lab.now) }
        options.uid = record
        options.resourceVersion = "1"
        #expect(throws: Status.self) { try lab.cluster.delete(written.key, options, now: lab.now) }
        options.resourceVersion = String(written.resourceVersion)
        #expect(try lab.cluster.delete(written.key, options, now: lab.now).isGone)
    }

    @Test func `in the background an owner goes first and its dependents follow`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment())
        lab.run()
        let key = ObjectKey("Deployment", "default", "web")
        #expect(try lab.cluster.delete(key, Self.options(.background), now: lab.now).isGone)
        lab.run()
        #expect(lab.cluster.store.keys("ReplicaSet").isEmpty)
        #expect(lab.pods().isEmpty)
    }

    @Test func `in the foreground an owner waits for its dependents`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment())
        lab.run()
        let key = ObjectKey("Deployment", "default", "web")
        let deletion = try lab.cluster.delete(key, Self.options(.foreground), now: lab.now)
        #expect(!deletion.isGone)
        #expect(deletion.object.finalizers == ["foregroundDeletion"])
        let changes = lab.settle()
        #expect(lab.cluster.store[key] != nil)
        #expect(changes.podsToStop.count == 3)
        for pod in changes.podsToStop.dropLast() { lab.cluster.podRemoved(pod, now: lab.now) }
        lab.settle()
        #expect(lab.cluster.store[key] != nil)
        for pod in changes.podsToStop.suffix(1) { lab.cluster.podRemoved(pod, now: lab.now) }
        lab.settle()
        #expect(lab.cluster.store[key] == nil)
        #expect(lab.cluster.store.keys("ReplicaSet").isEmpty)
    }

    @Test func `orphans stay and belong to nobody`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment())
        lab.run()
        let key = ObjectKey("Deployment", "default", "web")
        _ = try lab.cluster.delete(key, Self.options(.orphan), now: lab.now)
        lab.run()
        #expect(lab.cluster.store[key] == nil)
        let sets = lab.cluster.store.objects("ReplicaSet")
        #expect(sets.count == 1 && sets.allSatisfy(\.owners.isEmpty))
        #expect(lab.pods().count == 3)
    }

    @Test func `an object of several owners goes with the last, and one of none that is there goes at once`() throws {
        var lab = try Fixture()
        let first = try lab.cluster.create(map("first"), WriteOptions(), now: lab.now).object
        let second = try lab.cluster.create(map("second"), WriteOptions(), now: lab.now).object
        let node = try lab.object("Node", "node-1", "")
        _ = try lab.cluster.create(map("both", owners: [first, second]), WriteOptions(), now: lab.now)
        _ = try lab.cluster.create(map("node", owners: [node]), WriteOptions(), now: lab.now)
        _ = try lab.cluster.delete(first.key, DeleteOptions(), now: lab.now)
        lab.run()
        #expect(try lab.object("ConfigMap", "both").owners.map(\.name) == ["second"])
        _ = try lab.cluster.delete(second.key, DeleteOptions(), now: lab.now)
        _ = try lab.cluster.create(map("late", owners: [first]), WriteOptions(), now: lab.now)
        lab.run()
        #expect(
            Set(lab.cluster.store.keys("ConfigMap", namespace: "default").map(\.name)).isDisjoint(with: [
                "both", "late",
            ]))
        #expect(lab.cluster.store[ObjectKey("ConfigMap", "default", "node")] != nil)
    }

    @Test func `a namespace that ends says what it waits for, takes nothing new, and goes last`() throws {
        var lab = try Fixture()
        try lab.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
        var map = map("a", finalizers: ["example.com/x"])
        map.namespace = "shop"
        _ = try lab.cluster.create(map, WriteOptions(), now: lab.now)
        let key = ObjectKey("Namespace", "", "shop")
        let deletion = try lab.cluster.delete(key, DeleteOptions(), now: lab.now)
        #expect(!deletion.isGone)
        #expect(deletion.object.value["status", "phase"] == "Terminating")
        lab.run()
        let waiting = try lab.object("Namespace", "shop", "")
        let message = "Some resources are remaining: configmaps. has 1 resource instances"
        #expect(waiting.condition("NamespaceContentRemaining")?.message == message)
        var other = Object(apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "b")
        other.value["data"] = ["a": "b"]
        do throws(Status) {
            _ = try lab.cluster.create(other, WriteOptions(), now: lab.now)
            Issue.record("it was not refused")
        } catch {
            #expect(error.reason == .forbidden)
            #expect(error.details?.causes.map(\.reason) == ["NamespaceTerminating"])
        }
        lab.cluster.update(map.key, now: lab.now) { $0.finalizers = [] }
        lab.run()
        #expect(lab.cluster.store[key] == nil)
        #expect(lab.cluster.store.keys(inNamespace: "shop").isEmpty)
    }

    @Test func `D62 a load balancer's Service stays until its address is given back`() throws {
        var lab = try Fixture(loadBalancers: "203.0.113.4/30")
        try lab.apply(Text.service(type: "LoadBalancer"))
        lab.run()
        let key = ObjectKey("Service", "default", "web")
        let finalizer = "service.kubernetes.io/load-balancer-cleanup"
        #expect(try lab.object("Service", "web").finalizers == [finalizer])
        #expect(try !lab.cluster.delete(key, DeleteOptions(), now: lab.now).isGone)
        lab.run()
        #expect(lab.cluster.store[key] == nil)
        #expect(!lab.cluster.hasExternalAddress(key))
        try lab.apply(Text.service(type: "LoadBalancer"))
        lab.run()
        try lab.apply(Text.service(type: "ClusterIP"))
        lab.run()
        #expect(try lab.object("Service", "web").finalizers.isEmpty)
    }

    @Test func `a name that is being given up is taken until it is free`() throws {
        var lab = try Fixture()
        let map = map("a", finalizers: ["example.com/x"])
        _ = try lab.cluster.create(map, WriteOptions(), now: lab.now)
        _ = try lab.cluster.delete(map.key, DeleteOptions(), now: lab.now)
        do throws(Status) {
            _ = try lab.cluster.create(map, WriteOptions(), now: lab.now)
            Issue.record("it was not refused")
        } catch {
            #expect(error.message == "object is being deleted: configmaps \"a\" already exists")
        }
    }
}
