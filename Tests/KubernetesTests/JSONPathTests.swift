// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Testing

@Suite struct JSONPathTests {
    private static let pod: Value = [
        "metadata": ["name": "a", "labels": ["app.kubernetes.io/name": "x"]],
        "spec": ["containers": [["name": "a", "ports": [80, 81]], ["name": "b"]]],
        "status": [
            "phase": "Running",
            "conditions": [
                ["type": "Ready", "status": "True", "age": 3], ["type": "Initialized", "status": "False", "age": 9],
            ],
        ],
    ]

    @Test(
        arguments: [
            ("{.status.phase}", ["Running"]), (".status.phase", ["Running"]), ("status.phase", ["Running"]),
            ("$.status.phase", ["Running"]), ("{.metadata.labels.app\\.kubernetes\\.io/name}", ["x"]),
            ("{.metadata.labels['app.kubernetes.io/name']}", ["x"]), ("{.spec.containers[0].name}", ["a"]),
            ("{.spec.containers[-1].name}", ["b"]), ("{.spec.containers[5].name}", []),
            ("{.spec.containers[*].name}", ["a", "b"]), ("{.spec.containers[0:1].name}", ["a"]),
            ("{.spec.containers[0,1].name}", ["a", "b"]), ("{.spec.containers[:].name}", ["a", "b"]),
            ("{.status.conditions[?(@.type==\"Ready\")].status}", ["True"]),
            ("{.status.conditions[?(@.type != 'Ready')].status}", ["False"]),
            ("{.status.conditions[?(@.age>3)].type}", ["Initialized"]),
            ("{.status.conditions[?(@.age<=3)].type}", ["Ready"]),
            ("{.spec.containers[?(@.ports)].name}", ["a"]), ("{..name}", ["a", "a", "b"]),
            ("{.metadata['name','labels']['name']}", []), ("{.nothing.at.all}", []),
        ] as [(String, [Value])]) func `a path leads to values`(path: String, values: [Value]) throws
    {
        #expect(try JSONPath(path).all(in: Self.pod) == values)
    }

    @Test(arguments: [
        "", "{}", "{.a", "{.a}}", ".a[", ".a[]", ".a[x]", ".a[?(b)]", ".a[?(@.b==c)]", ".a[?(@.b=='c]", "a b",
        "{.a}{.b}",
        ".a..", ".a[?(@.b==1]",
    ]) func `what is no path is refused, with the place`(path: String) {
        let error = #expect(throws: JSONPathError.self) { try JSONPath(path) }
        #expect(error?.description.contains("at character") == true)
    }

    @Test func `filters within filters have an end`() {
        let deep = String(repeating: ".a[?(@", count: 10000)
        let error = #expect(throws: JSONPathError.self) { try JSONPath(deep) }
        #expect(error?.description.contains("filters within one another") == true)
    }

    @Test func `a path that leads everywhere leads to no more than its limit`() throws {
        let list = Value.array((0..<300).map { .array([.int($0)]) })
        let path = try JSONPath("{..[*]..[*]..[*]}")
        #expect(path.all(in: ["a": list]).count <= JSONPath.limit + 2000)
        #expect(try JSONPath("{..[*]}").all(in: ["a": list]).count >= 600)
    }
}
