// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Testing

@Suite struct StrategicPatchTests {
    /// What a patch makes of an object: a part of it, before, the patch, and after.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let object: Object
        let patch: Value
        let result: Value

        var testDescription: String { name }

        init(_ name: String, _ kind: String, _ before: Value, _ patch: Value, _ after: Value) {
            self.name = name
            object = Object(StrategicPatchTests.whole(kind, before))
            self.patch = patch
            result = StrategicPatchTests.whole(kind, after)
        }
    }

    static func whole(_ kind: String, _ part: Value) -> Value {
        var value = part
        value["apiVersion"] = kind == "Deployment" ? "apps/v1" : "v1"
        value["kind"] = .string(kind)
        return value
    }

    static let lists = [
        Case(
            "containers are merged by name", "Pod",
            ["spec": ["containers": [["name": "a", "image": "x"], ["name": "b", "image": "y"]]]],
            ["spec": ["containers": [["name": "b", "image": "z"], ["name": "c"]]]],
            ["spec": ["containers": [["name": "a", "image": "x"], ["name": "b", "image": "z"], ["name": "c"]]]]),
        Case(
            "an entry is deleted", "Pod", ["spec": ["containers": [["name": "a"], ["name": "b"]]]],
            ["spec": ["containers": [["name": "a", "$patch": "delete"]]]], ["spec": ["containers": [["name": "b"]]]]),
        Case(
            "a list is replaced", "Pod", ["spec": ["containers": [["name": "a"], ["name": "b"]]]],
            ["spec": ["containers": [["$patch": "replace"], ["name": "c"]]]], ["spec": ["containers": [["name": "c"]]]]),
        Case(
            "the order is set", "Pod", ["spec": ["containers": [["name": "a"], ["name": "b"], ["name": "x"]]]],
            [
                "spec": [
                    "$setElementOrder/containers": [["name": "b"], ["name": "a"], ["name": "c"]],
                    "containers": [["name": "c"]],
                ]
            ],
            ["spec": ["containers": [["name": "b"], ["name": "a"], ["name": "c"], ["name": "x"]]]]),
        Case(
            "ports of a Service are known by port", "Service",
            ["spec": ["ports": [["port": 80, "name": "a"], ["port": 443]]]],
            ["spec": ["ports": [["port": 80, "nodePort": 30080]]]],
            ["spec": ["ports": [["port": 80, "name": "a", "nodePort": 30080], ["port": 443]]]]),
        Case(
            "environment by name, ports by containerPort, mounts by mountPath", "Pod",
            [
                "spec": [
                    "containers": [
                        [
                            "name": "a", "env": [["name": "A", "value": "1"]], "ports": [["containerPort": 80]],
                            "volumeMounts": [["mountPath": "/a", "name": "v"]],
                        ]
                    ]
                ]
            ],
            [
                "spec": [
                    "containers": [
                        [
                            "name": "a", "env": [["name": "B", "value": "2"]],
                            "ports": [["containerPort": 80, "name": "web"]],
                            "volumeMounts": [["mountPath": "/a", "$patch": "delete"]],
                        ]
                    ]
                ]
            ],
            [
                "spec": [
                    "containers": [
                        [
                            "name": "a", "env": [["name": "B", "value": "2"], ["name": "A", "value": "1"]],
                            "ports": [["containerPort": 80, "name": "web"]],
                        ]
                    ]
                ]
            ]),
        Case(
            "tolerations and arguments are replaced as a whole", "Pod",
            ["spec": ["tolerations": [["key": "a"]], "containers": [["name": "a", "args": ["1", "2"]]]]],
            ["spec": ["tolerations": [["key": "b"]], "containers": [["name": "a", "args": ["3"]]]]],
            ["spec": ["tolerations": [["key": "b"]], "containers": [["name": "a", "args": ["3"]]]]]),
        Case(
            "finalizers are merged, and removed by name", "Pod", ["metadata": ["finalizers": ["a", "b"]]],
            [
                "metadata": [
                    "$deleteFromPrimitiveList/finalizers": ["a"], "$setElementOrder/finalizers": ["c", "b"],
                    "finalizers": ["c"],
                ]
            ], ["metadata": ["finalizers": ["c", "b"]]]),
        Case(
            "owners by uid, conditions by type", "Pod",
            [
                "metadata": ["ownerReferences": [["uid": "1", "name": "x"]]],
                "status": ["conditions": [["type": "A", "status": "False"]]],
            ],
            [
                "metadata": ["ownerReferences": [["uid": "2"]]],
                "status": ["conditions": [["type": "A", "status": "True"]]],
            ],
            [
                "metadata": ["ownerReferences": [["uid": "2"], ["uid": "1", "name": "x"]]],
                "status": ["conditions": [["type": "A", "status": "True"]]],
            ]),
    ]

    static let objects = [
        Case(
            "null removes, objects are merged", "Service",
            ["metadata": ["labels": ["a": "1", "b": "2"]], "spec": ["selector": ["x": "y"]]],
            ["metadata": ["labels": ["a": .null, "c": "3"]], "spec": .null],
            ["metadata": ["labels": ["b": "2", "c": "3"]]]),
        Case(
            "an object is replaced", "Service", ["spec": ["selector": ["a": "1", "b": "2"]]],
            ["spec": ["selector": ["$patch": "replace", "c": "3"]]], ["spec": ["selector": ["c": "3"]]]),
        Case(
            "an object is emptied", "Service", ["spec": ["selector": ["a": "1"]]],
            ["spec": ["selector": ["$patch": "delete"]]],
            ["spec": [:]]),
        Case(
            "a strategy keeps only what the patch retains", "Deployment",
            ["spec": ["strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 1]]]],
            ["spec": ["strategy": ["$retainKeys": ["type"], "type": "Recreate"]]],
            ["spec": ["strategy": ["type": "Recreate"]]]),
        Case(
            "a volume changes its source", "Pod", ["spec": ["volumes": [["name": "v", "emptyDir": [:]]]]],
            ["spec": ["volumes": [["name": "v", "$retainKeys": ["name", "configMap"], "configMap": ["name": "c"]]]]],
            ["spec": ["volumes": [["name": "v", "configMap": ["name": "c"]]]]]),
        Case(
            "directives and nulls do not stay where there was nothing", "Pod", [:],
            [
                "spec": [
                    "$setElementOrder/containers": [["name": "a"]], "hostname": .null,
                    "containers": [["name": "a", "image": .null, "env": [["name": "x", "$patch": "delete"]]]],
                ]
            ], ["spec": ["containers": [["name": "a"]]]]),
    ]

    @Test(arguments: lists + objects)
    func `a strategic merge patch knows the lists of the kind`(_ example: Case) throws {
        let patch = try Patch(
            contentType: "application/strategic-merge-patch+json", body: Array(example.patch.json().utf8))
        #expect(try patch.applied(to: example.object).canonical.value.json() == example.result.json())
    }

    @Test(arguments: [
        (#"{"spec":{"ports":[{"name":"x"}]}}"#, 500, "map: map[name:x] does not contain declared merge key: port"),
        (
            #"{"spec":{"ports":[{"port":80,"$patch":"swap"}]}}"#, 500,
            "unknown patch type: swap in map: map[$patch:swap port:80]"
        ),
        (
            #"{"spec":{"ports":[{"$patch":"merge","port":80}]}}"#, 500,
            "merging lists cannot yet be specified in the patch"
        ),
        (#"{"spec":{"selector":{"$patch":"x"}}}"#, 500, "unknown patch type: x in map: map[$patch:x]"),
        (#"{"spec":{"$retainKeys":"x"}}"#, 400, "invalid patch format of retainKeys"),
        (#"{"spec":{"$retainKeys":["type"],"clusterIP":"x"}}"#, 400, "invalid patch format of retainKeys"),
        (#"{"metadata":{"$deleteFromPrimitiveList/finalizers":"a"}}"#, 400, "invalid patch format of primitive list"),
        (#"{"spec":{"$setElementOrder/ports":7}}"#, 500, "expected a []interface {}, but received a int64"),
        (#"{"metadata":{"finalizers":["x",{"a":1}]}}"#, 500, "list element types are not identical: [a x map[a:1]]"),
        (#"{"spec":{"ports":[[1]]}}"#, 422, "the server rejected our request due to an error in our request"),
        (
            #"{"spec":{"$setElementOrder/ports":[{"port":2},{"port":1}],"ports":[{"port":1},{"port":2}]}}"#, 500,
            "The order in patch list:\n[map[port:1] map[port:2]]\n doesn't match $setElementOrder list:\n"
                + "[map[port:2] map[port:1]]\n"
        ),
    ])
    func `directives that cannot be followed are refused in a server's words`(
        _ body: String, _ code: Int, _ message: String
    ) throws {
        let service = Object([
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": "a", "finalizers": ["a"]],
            "spec": ["ports": [["port": 1]], "selector": ["a": "b"]],
        ])
        let patch = try Patch(contentType: "application/strategic-merge-patch+json", body: Array(body.utf8))
        let status = #expect(throws: Status.self) { try patch.applied(to: service) }
        #expect(status?.code == code)
        #expect(status?.message == message)
    }
}
