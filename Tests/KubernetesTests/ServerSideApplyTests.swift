// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Testing

@Suite struct ServerSideApplyTests {
    static let now = Timestamp(seconds: 1_800_000_000)

    static func deployment(_ spec: Value, labels: Value = [:]) -> Object {
        var object = Object([
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web", "namespace": "default"],
            "spec": spec,
        ])
        object.labels = labels.strings
        return object
    }

    static func apply(
        _ object: Object, _ live: Object? = nil, by manager: String = "one", force: Bool = false, seconds: Int64 = 0
    ) throws(Status) -> Object {
        var now = now
        now.seconds += seconds
        var result = try ManagedFields.serverSideApply(object, onto: live, manager: manager, force: force, now: now)
        result.uid = "1"
        return result
    }

    /// The fields of each manager: `one Apply`, `two Update status`.
    static func owners(_ object: Object) -> [String: Value] {
        let entries = object.value["metadata", "managedFields"]?.elements ?? []
        return Dictionary(
            entries.map { entry in
                let names = ["manager", "operation", "subresource"].compactMap { entry[$0]?.string }
                return (names.joined(separator: " "), entry["fieldsV1"] ?? .null)
            }
        ) { first, _ in first }
    }

    @Test func `who applies has what was applied, and nothing else`() throws {
        let object = try Self.apply(
            Object([
                "apiVersion": "v1", "kind": "Service", "metadata": ["name": "ssa", "creationTimestamp": .null],
                "spec": ["ports": [["port": 80, "name": "a"]]],
            ]))
        // As a real API server answered.
        #expect(
            Self.owners(object) == [
                "one Apply": [
                    "f:spec": [
                        "f:ports": [
                            #"k:{"port":80,"protocol":"TCP"}"#: [".": [:], "f:name": [:], "f:port": [:]]
                        ]
                    ]
                ]
            ])
        let entry = object.value["metadata", "managedFields"]?.elements.first
        #expect(entry?["apiVersion"] == "v1")
        #expect(entry?["time"] == "2027-01-15T08:00:00Z")
        #expect(entry?["fieldsType"] == "FieldsV1")
    }

    @Test func `applying the same again changes nothing, not even a time`() throws {
        let applied = Self.deployment(["replicas": 1, "template": ["spec": ["containers": [["name": "c"]]]]])
        let live = try Self.apply(applied)
        #expect(try Self.apply(applied, live, seconds: 100) == live)
    }

    @Test func `a field of somebody else is a conflict, unless it is left as it is`() throws {
        let live = try Self.apply(Self.deployment(["replicas": 1, "paused": true]))
        let status = #expect(throws: Status.self) { try Self.apply(Self.deployment(["replicas": 2]), live, by: "two") }
        #expect(status?.code == 409)
        #expect(status?.reason == .conflict)
        #expect(status?.message == #"Apply failed with 1 conflict: conflict with "one": .spec.replicas"#)
        #expect(
            status?.details?.causes == [
                Status.Cause(
                    reason: "FieldManagerConflict", message: #"conflict with "one""#, field: ".spec.replicas")
            ])
        let both = try Self.apply(Self.deployment(["replicas": 1]), live, by: "two")
        #expect(Self.owners(both)["two Apply"] == ["f:spec": ["f:replicas": [:]]])
        #expect(Self.owners(both)["one Apply"] == ["f:spec": ["f:paused": [:], "f:replicas": [:]]])
    }

    @Test func `several conflicts are listed by manager`() throws {
        var live = try Self.apply(
            Self.deployment(["replicas": 1, "template": ["spec": ["containers": [["name": "c", "image": "a"]]]]]))
        var scaled = live
        scaled.value["spec", "replicas"] = 3
        ManagedFields.recordUpdate(old: live, new: &scaled, manager: "kubectl-scale", now: Self.now)
        live = scaled
        let wanted = Self.deployment(
            ["replicas": 5, "template": ["spec": ["containers": [["name": "c", "image": "b"]]]]])
        let status = #expect(throws: Status.self) { try Self.apply(wanted, live, by: "two") }
        #expect(
            status?.message == """
                Apply failed with 2 conflicts: conflicts with "kubectl-scale" using apps/v1:
                - .spec.replicas
                conflicts with "one":
                - .spec.template.spec.containers[name="c"].image
                """)
        let forced = try Self.apply(wanted, live, by: "two", force: true)
        #expect(forced.value["spec", "replicas"] == 5)
        #expect(Self.owners(forced).keys.sorted() == ["one Apply", "two Apply"])
        #expect(
            Self.owners(forced)["one Apply"]
                == [
                    "f:spec": [
                        "f:template": ["f:spec": ["f:containers": [#"k:{"name":"c"}"#: [".": [:], "f:name": [:]]]]]
                    ]
                ])
    }

    @Test func `what is no longer applied goes, unless somebody else has it`() throws {
        var live = try Self.apply(
            Self.deployment(
                [
                    "replicas": 1, "minReadySeconds": 5,
                    "template": ["spec": ["containers": [["name": "a", "image": "x"], ["name": "b", "image": "y"]]]],
                ], labels: ["l": "1", "m": "2"]))
        live = try Self.apply(Self.deployment(["replicas": 1]), live, by: "two")
        // The server's own additions stay with what they belong to.
        live.value["spec", "template", "spec", "dnsPolicy"] = "ClusterFirst"
        let after = try Self.apply(
            Self.deployment(["template": ["spec": ["containers": [["name": "b", "image": "y"]]]]], labels: ["m": "2"]),
            live)
        #expect(
            after.value["spec"] == [
                "replicas": 1,
                "template": ["spec": ["containers": [["name": "b", "image": "y"]], "dnsPolicy": "ClusterFirst"]],
            ])
        #expect(after.labels == ["m": "2"])
        #expect(Self.owners(after)["two Apply"] == ["f:spec": ["f:replicas": [:]]])
    }

    @Test func `an update takes what it changes, and a change of status is apart`() throws {
        let live = try Self.apply(Self.deployment(["replicas": 1], labels: ["a": "1"]))
        var new = live
        new.value["metadata", "labels", "b"] = "2"
        new.value["spec", "replicas"] = 2
        new.value["status"] = ["replicas": 9]
        ManagedFields.recordUpdate(old: live, new: &new, manager: "edit", now: Self.now)
        #expect(
            Self.owners(new) == [
                "one Apply": ["f:metadata": ["f:labels": ["f:a": [:]]]],
                "edit Update": ["f:metadata": ["f:labels": ["f:b": [:]]], "f:spec": ["f:replicas": [:]]],
            ])
        var next = new
        next.value["status"] = ["replicas": 1]
        next.value["spec", "replicas"] = 77
        ManagedFields.recordUpdate(old: new, new: &next, manager: "kubelet", subresource: "status", now: Self.now)
        #expect(Self.owners(next)["kubelet Update status"] == ["f:status": ["f:replicas": [:]]])
        #expect(Self.owners(next)["edit Update"] == Self.owners(new)["edit Update"])
    }

    @Test func `an update that removes a field leaves it to nobody`() throws {
        let live = try Self.apply(
            Self.deployment(["replicas": 1, "template": ["spec": ["containers": [["name": "c", "image": "x"]]]]]))
        var new = live
        new.value["spec", "template"] = ["spec": ["containers": []]]
        ManagedFields.recordUpdate(old: live, new: &new, manager: "edit", now: Self.now)
        #expect(Self.owners(new) == ["one Apply": ["f:spec": ["f:replicas": [:]]]])
    }

    @Test func `managed fields come back when a client leaves them out, and go when it empties them`() throws {
        let live = try Self.apply(Self.deployment(["replicas": 1]))
        var silent = live
        silent.value["metadata", "managedFields"] = nil
        ManagedFields.recordUpdate(old: live, new: &silent, manager: "edit", now: Self.now)
        #expect(silent == live)
        for empty in [[], [[:]]] as [Value] {
            var reset = live
            reset.value["metadata", "managedFields"] = empty
            ManagedFields.recordUpdate(old: live, new: &reset, manager: "edit", now: Self.now)
            #expect(reset.value["metadata", "managedFields"] == nil)
        }
        for broken in [[["manager": "x"]], ["a"], "x"] as [Value] {
            var odd = live
            odd.value["metadata", "managedFields"] = broken
            ManagedFields.recordUpdate(old: live, new: &odd, manager: "edit", now: Self.now)
            #expect(odd == live)
        }
    }

    @Test func `an object from before the first apply conflicts as such`() throws {
        let live = Self.deployment(["replicas": 1])
        let status = #expect(throws: Status.self) { try Self.apply(Self.deployment(["replicas": 2]), live) }
        #expect(
            status?.message
                == #"Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1: .spec.replicas"#)
        let after = try Self.apply(Self.deployment(["replicas": 2]), live, force: true)
        #expect(after.value["spec", "replicas"] == 2)
    }

    @Test func `kubectl takes over what it applied on the client`() throws {
        var live = Self.deployment(["replicas": 1, "paused": false])
        live.annotations["kubectl.kubernetes.io/last-applied-configuration"] = live.value.json()
        ManagedFields.recordUpdate(old: nil, new: &live, manager: "kubectl-client-side-apply", now: Self.now)
        live.uid = "1"
        let wanted = Self.deployment(["replicas": 4, "paused": false])
        let status = #expect(throws: Status.self) { try Self.apply(wanted, live, by: "somebody") }
        #expect(
            status?.message
                == "Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using apps/v1: "
                + ".spec.replicas")
        let after = try Self.apply(wanted, live, by: "kubectl")
        #expect(after.value["spec", "replicas"] == 4)
        #expect(
            after.annotations["kubectl.kubernetes.io/last-applied-configuration"] == wanted.value.json() + "\n")
        // What somebody changed since is not kubectl's to take.
        var scaled = live
        scaled.value["spec", "replicas"] = 3
        ManagedFields.recordUpdate(old: live, new: &scaled, manager: "kubectl-scale", now: Self.now)
        #expect(throws: Status.self) { try Self.apply(wanted, scaled, by: "kubectl") }
    }

    @Test func `only the ten latest updates are told apart`() {
        var object = Object(["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": [:]])
        ManagedFields.recordUpdate(old: nil, new: &object, manager: "m00", now: Self.now)
        for number in 0..<15 {
            var next = object
            next.value["data", "k\(number)"] = "v"
            var now = Self.now
            now.seconds += Int64(number)
            ManagedFields.recordUpdate(old: object, new: &next, manager: "m\(10 + number)", now: now)
            object = next
        }
        let owners = Self.owners(object)
        #expect(owners.count == 10)
        #expect(owners["ancient-changes Update"]?["f:data", "f:k0"] == [:])
        #expect(owners["ancient-changes Update"]?["f:data", "f:k5"] == [:])
        #expect(owners["m16 Update"]?["f:data", "f:k6"] == [:])
    }

    @Test(arguments: [
        ("managedFields: []", "", 400, "metadata.managedFields must be nil"),
        (
            "", "foo: 1", 500,
            "failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema"
        ),
        (
            "", "template: {spec: {containers: [{image: x}]}}", 500,
            "failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: element 0: "
                + #"associative list with keys has an element that omits key field "name" (and doesn't have default value)"#
        ),
        (
            "", "template: {spec: {containers: [{name: x}, {name: x}]}}", 500,
            "failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate "
                + #"entries for key [name="x"]"#
        ),
        (
            "", "{replicas: x, paused: 1}", 500,
            "failed to create typed patch object (/web; apps/v1, Kind=Deployment): errors:\n  .spec.paused: expected boolean, "
                + "got 1\n  .spec.replicas: expected numeric (int or float), got x"
        ),
    ])
    func `what cannot be applied is refused`(
        _ metadata: String, _ spec: String, _ code: Int, _ message: String
    ) throws {
        let text = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, \(metadata.isEmpty ? "labels: {}" : metadata)}
            spec: \(spec.hasPrefix("{") || spec.isEmpty ? spec : "{\(spec)}")
            """
        let object = Object(try Value(yaml: Array(text.utf8)))
        let status = #expect(throws: Status.self) { try Self.apply(object) }
        #expect(status?.code == code)
        #expect(status?.message == message)
    }

    @Test func `entries of both sides keep their order, and live ones come first`() throws {
        func object(_ names: [String]) -> Object {
            Self.deployment(["template": ["spec": ["containers": .array(names.map { ["name": .string($0)] })]]])
        }
        let live = try Self.apply(object(["a", "b", "c"]))
        for (applied, result) in [
            (["x"], ["a", "b", "c", "x"]), (["c", "a"], ["b", "c", "a"]), (["x", "b"], ["a", "x", "b", "c"]),
            (["b", "x"], ["a", "b", "c", "x"]),
        ] {
            let merged = try Self.apply(object(applied), live, by: "two")
            let names = merged.value["spec", "template", "spec", "containers"]?.elements.compactMap {
                $0["name"]?.string
            }
            #expect(names == result, "\(applied)")
        }
    }

    @Test func `a custom resource is merged by its own schema`() throws {
        let schema: Value = [
            "type": "object",
            "properties": [
                "spec": [
                    "type": "object",
                    "properties": [
                        "rules": [
                            "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["host"],
                            "items": [
                                "type": "object",
                                "properties": ["host": ["type": "string"], "path": ["type": "string"]],
                            ],
                        ],
                        "hosts": ["type": "array", "items": ["type": "string"]],
                    ],
                ]
            ],
        ]
        func object(_ spec: Value) -> Object {
            Object(["apiVersion": "example.com/v1", "kind": "Route", "metadata": ["name": "a"], "spec": spec])
        }
        func apply(_ spec: Value, _ live: Object?, _ manager: String) throws -> Object {
            try ManagedFields.serverSideApply(
                object(spec), onto: live, manager: manager, force: false, schema: schema, now: Self.now)
        }
        let one = try apply(["rules": [["host": "a", "path": "/"]], "hosts": ["a"]], nil, "one")
        let two = try apply(["rules": [["host": "b"]]], one, "two")
        #expect(two.value["spec", "rules"]?.elements.count == 2)
        #expect(
            Self.owners(two)["two Apply"] == ["f:spec": ["f:rules": [#"k:{"host":"b"}"#: [".": [:], "f:host": [:]]]]])
        #expect(throws: Status.self) { try apply(["hosts": ["b"]], two, "two") }
    }
}
