// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

@Suite struct RequestTests {
    private static func service(_ name: String = "web", _ spec: Value = [:]) -> Object {
        var object = Object(apiVersion: "v1", kind: "Service", namespace: "default", name: name)
        object.spec = ["selector": ["app": "web"], "ports": [["port": 80]]]
        for (field, value) in spec.fields { object.value["spec", field] = value }
        return object
    }

    @Test func `a new object has its uid, its version, its defaults and its writer, and not what a client made up`()
        throws
    {
        var lab = try Fixture()
        var wanted = Self.service()
        wanted.uid = "mine"
        wanted.value["metadata", "generation"] = 7
        wanted.value["status"] = ["loadBalancer": ["ingress": [["ip": "192.0.2.1"]]]]
        var options = WriteOptions()
        options.fieldManager = "kubectl-create"
        let written = try lab.cluster.create(wanted, options, now: lab.now)
        #expect(written.isCreated)
        #expect(written.object == lab.cluster.store[wanted.key])
        #expect(written.object.uid.count == 36)
        #expect(written.object.resourceVersion > 0)
        #expect(written.object.value["metadata", "generation"] == nil)
        #expect(written.object.status == ["loadBalancer": [:]])
        let managed = try #require(written.object.value["metadata", "managedFields"]?.elements.first)
        #expect(managed["manager"] == "kubectl-create")
        #expect(managed["fieldsV1", "f:spec", "f:selector"] != nil)
        #expect(managed["fieldsV1", "f:spec", "f:clusterIP"] == nil)
    }

    @Test func `D18 a dry run says what would be, and leaves no object and no allocation`() throws {
        var lab = try Fixture()
        var options = WriteOptions()
        options.isDryRun = true
        let revision = lab.cluster.store.revision
        let wanted = Self.service("dry", ["type": "NodePort", "clusterIP": "10.96.7.7"])
        let written = try lab.cluster.create(wanted, options, now: lab.now)
        #expect(written.object.value["spec", "clusterIP"] == "10.96.7.7")
        #expect(written.object.value["metadata", "resourceVersion"] == nil)
        #expect(lab.cluster.store.revision == revision)
        let real = try lab.cluster.create(wanted, WriteOptions(), now: lab.now).object
        var changed = real
        changed.spec["type"] = "ClusterIP"
        changed.value["spec", "ports"] = [["port": 80]]
        _ = try lab.cluster.replace(real.key, changed, nil, options, now: lab.now)
        #expect(lab.cluster.store[real.key] == real)
        let nodePort = try #require(Service(real).ports.first?.nodePort)
        let taken = Self.service(
            "other", ["type": "NodePort", "ports": [["port": 80, "nodePort": .int(Int64(nodePort))]]])
        #expect(throws: Status.self) { try lab.cluster.create(taken, WriteOptions(), now: lab.now) }
    }

    @Test func `a refused Service leaves its address and node port to others`() throws {
        var lab = try Fixture()
        let spec: Value = ["type": "NodePort", "clusterIP": "10.96.7.8", "ports": [["port": 80, "nodePort": 30123]]]
        #expect(throws: Status.self) {
            var bad = Self.service("a", spec)
            bad.value["spec", "sessionAffinity"] = "Cookie"
            _ = try lab.cluster.create(bad, WriteOptions(), now: lab.now)
        }
        #expect(try lab.cluster.create(Self.service("b", spec), WriteOptions(), now: lab.now).isCreated)
    }

    @Test(arguments: [
        (WriteOptions.FieldValidation.strict, 400), (.warn, 201), (.ignore, 201),
    ]) func `a field that nobody knows is refused, told of or dropped`(
        _ validation: WriteOptions.FieldValidation, code: Int
    ) throws {
        var lab = try Fixture()
        var options = WriteOptions()
        options.fieldValidation = validation
        let wanted = Self.service("web", ["bogus": 1])
        do throws(Status) {
            let written = try lab.cluster.create(wanted, options, now: lab.now)
            #expect(code == 201)
            #expect(written.warnings == (validation == .warn ? ["unknown field \"spec.bogus\""] : []))
            #expect(written.object.spec["bogus"] == nil)
        } catch {
            #expect(error.code == code)
            let expected =
                "Service in version \"v1\" cannot be handled as a Service: strict decoding error: unknown field \"spec.bogus\""
            #expect(error.message == expected)
        }
    }

    @Test func `a name is made of its prefix, and is free`() throws {
        var lab = try Fixture()
        var wanted = Object(apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "")
        wanted.value["metadata"] = ["generateName": "made-", "namespace": "default"]
        let first = try lab.cluster.create(wanted, WriteOptions(), now: lab.now).object
        let second = try lab.cluster.create(wanted, WriteOptions(), now: lab.now).object
        #expect(first.name.hasPrefix("made-") && first.name.count == 10)
        #expect(first.name != second.name)
    }

    @Test func `the version, the status and the spec are each written by their own rule`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment())
        lab.run()
        let key = ObjectKey("Deployment", "default", "web")
        let old = try lab.object("Deployment", "web")
        var changed = old
        changed.value["spec", "replicas"] = 5
        changed.value["status", "replicas"] = 77
        let written = try lab.cluster.replace(key, changed, nil, WriteOptions(), now: lab.now).object
        #expect(written.generation == old.generation + 1)
        #expect(written.status == old.status)
        #expect(
            status { try lab.cluster.replace(key, changed, nil, WriteOptions(), now: lab.now) }?.reason == .conflict)
        changed.value["metadata", "resourceVersion"] = nil
        let status = try lab.cluster.replace(key, changed, .status, WriteOptions(), now: lab.now).object
        #expect(status.value["status", "replicas"] == 77)
        #expect(status.value["spec", "replicas"] == 5)
        #expect(status.generation == written.generation)
        let revision = lab.cluster.store.revision
        _ = try lab.cluster.replace(key, status, nil, WriteOptions(), now: lab.now)
        #expect(lab.cluster.store.revision == revision)
    }

    @Test(arguments: [
        ("Service", "none", 404, "services \"x\" not found"),
        ("Deployment", "default", 404, "deployments.apps \"x\" not found"),
        ("Lease", "default", 201, ""),
    ]) func `a PUT on a name that is free makes an object of some kinds only`(
        kind: String, namespace: String, code: Int, message: String
    ) throws {
        var lab = try Fixture()
        let resource = try #require(Resource.of(kind: kind))
        let object = Object(apiVersion: resource.apiVersion, kind: kind, namespace: namespace, name: "x")
        let refusal = status { try lab.cluster.replace(object.key, object, nil, WriteOptions(), now: lab.now) }
        if code == 201 {
            #expect(refusal == nil)
        } else if namespace == "none" {
            #expect(refusal?.message == "namespaces \"none\" not found")
        } else {
            #expect(refusal?.message == message)
        }
    }

    @Test func `a Lease is never written without its version`() throws {
        var lab = try Fixture()
        let lease = Object(apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: "default", name: "x")
        _ = try lab.cluster.create(lease, WriteOptions(), now: lab.now)
        var changed = lease
        changed.spec = ["holderIdentity": "me"]
        let refusal = try #require(
            status { try lab.cluster.replace(lease.key, changed, nil, WriteOptions(), now: lab.now) })
        #expect(refusal.reason == .invalid)
        #expect(refusal.details?.causes.map(\.field) == ["metadata.resourceVersion"])
    }

    @Test func `a ConfigMap that says so never changes again`() throws {
        var lab = try Fixture()
        var map = Object(apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "x")
        map.value["data"] = ["a": "b"]
        map.value["immutable"] = true
        let written = try lab.cluster.create(map, WriteOptions(), now: lab.now).object
        var changed = written
        changed.value["data"] = ["a": "c"]
        let refusal = status { try lab.cluster.replace(map.key, changed, nil, WriteOptions(), now: lab.now) }
        #expect(refusal?.message.contains("field is immutable when `immutable` is set") == true)
    }

    @Test func `a Secret keeps its text as bytes`() throws {
        var lab = try Fixture()
        var secret = Object(apiVersion: "v1", kind: "Secret", namespace: "default", name: "x")
        secret.value["stringData"] = ["password": "geheim?"]
        let written = try lab.cluster.create(secret, WriteOptions(), now: lab.now).object
        #expect(written.value["data"] == ["password": "Z2VoZWltPw=="])
        #expect(written.value["stringData"] == nil)
        #expect(written.value["type"] == "Opaque")
        #expect(Base64.bytes(of: "Z2VoZWltPw==").map { String(decoding: $0, as: UTF8.self) } == "geheim?")
    }

    @Test func `a Pod is bound once, and evicted unless a budget is against it`() throws {
        var lab = try Fixture()
        try lab.apply(Text.pod("a", spec: "  nodeSelector: {none: such}"))
        lab.run()
        let key = ObjectKey("Pod", "default", "a")
        var binding = Object(apiVersion: "v1", kind: "Binding", namespace: "default", name: "a")
        binding.value["target"] = ["kind": "Node", "name": "node-2"]
        _ = try lab.cluster.replace(key, binding, .binding, WriteOptions(), now: lab.now)
        lab.run()
        #expect(try lab.object("Pod", "a").spec["nodeName"] == "node-2")
        let again = status { try lab.cluster.replace(key, binding, .binding, WriteOptions(), now: lab.now) }
        #expect(again?.reason == .conflict)
        var budget = Object(apiVersion: "policy/v1", kind: "PodDisruptionBudget", namespace: "default", name: "b")
        budget.spec = ["minAvailable": 1, "selector": ["matchLabels": ["app": "web"]]]
        _ = try lab.cluster.create(budget, WriteOptions(), now: lab.now)
        let eviction = Object(apiVersion: "policy/v1", kind: "Eviction", namespace: "default", name: "a")
        #expect(status { try lab.cluster.replace(key, eviction, .eviction, WriteOptions(), now: lab.now) }?.code == 429)
        _ = try lab.cluster.delete(budget.key, DeleteOptions(), now: lab.now)
        _ = try lab.cluster.replace(key, eviction, .eviction, WriteOptions(), now: lab.now)
        #expect(try lab.object("Pod", "a").isTerminating)
    }

    @Test(arguments: ["default", "kube-system", "kube-public"]) func `the first namespaces stay`(name: String) throws {
        var lab = try Fixture()
        let key = ObjectKey("Namespace", "", name)
        let refusal = try #require(status { try lab.cluster.delete(key, DeleteOptions(), now: lab.now) })
        #expect(refusal.reason == .forbidden)
        #expect(refusal.message == "namespaces \"\(name)\" is forbidden: this namespace may not be deleted")
    }

    @Test func `a list begins anywhere and ends at its limit`() throws {
        var lab = try Fixture()
        for namespace in ["a", "b"] {
            try lab.apply("{apiVersion: v1, kind: Namespace, metadata: {name: \(namespace)}}")
            for number in 0..<3 {
                let map = Object(apiVersion: "v1", kind: "Lease", namespace: namespace, name: "c\(number)")
                var lease = map
                lease.value["apiVersion"] = "coordination.k8s.io/v1"
                _ = try lab.cluster.create(lease, WriteOptions(), now: lab.now)
            }
        }
        let store = lab.cluster.store
        let all = store.keys("Lease").filter { ["a", "b"].contains($0.namespace) }
        #expect(all.count == 6 && all == all.sorted())
        let first = store.keys("Lease", namespace: "a", limit: 2)
        #expect(first.map(\.name) == ["c0", "c1"])
        #expect(store.keys("Lease", namespace: "a", after: first.last, limit: 2).map(\.name) == ["c2"])
        #expect(
            store.keys("Lease", after: ObjectKey("Lease", "a", "c1"), limit: 2).map(\.description)
                == ["Lease a/c2", "Lease b/c0"])
        #expect(
            store.keys("Lease", after: ObjectKey("Lease", "aa", "x"), limit: 1).map(\.description) == ["Lease b/c0"])
        #expect(store.count("Lease", namespace: "b") == 3)
    }

    private func status(_ body: () throws -> some Any) -> Status? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? Status
        }
    }
}
