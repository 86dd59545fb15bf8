// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Testing

@Suite struct JSONPatchTests {
    /// A document, operations, and what comes of them; nil where they are refused.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let document: String
        let operations: String
        let result: String?

        init(_ name: String, _ document: String, _ operations: String, _ result: String?) {
            self.name = name
            self.document = document
            self.operations = operations
            self.result = result
        }

        var testDescription: String { name }
    }

    static let standard = [
        Case(
            "A.1 add a member", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"q"}]"#,
            #"{"baz":"q","foo":"bar"}"#),
        Case("A.2 add an element", #"{"f":[1,3]}"#, #"[{"op":"add","path":"/f/1","value":2}]"#, #"{"f":[1,2,3]}"#),
        Case("A.3 remove a member", #"{"a":1,"b":2}"#, #"[{"op":"remove","path":"/b"}]"#, #"{"a":1}"#),
        Case("A.4 remove an element", #"{"f":[1,2,3]}"#, #"[{"op":"remove","path":"/f/1"}]"#, #"{"f":[1,3]}"#),
        Case("A.5 replace", #"{"a":{"b":1}}"#, #"[{"op":"replace","path":"/a/b","value":[]}]"#, #"{"a":{"b":[]}}"#),
        Case(
            "A.6 move a member", #"{"a":{"x":1,"y":2},"b":{}}"#, #"[{"op":"move","from":"/a/x","path":"/b/z"}]"#,
            #"{"a":{"y":2},"b":{"z":1}}"#),
        Case(
            "A.7 move an element", #"{"f":[1,2,3]}"#, #"[{"op":"move","from":"/f/0","path":"/f/2"}]"#, #"{"f":[2,3,1]}"#
        ),
        Case(
            "A.8 test", #"{"a":["x",{"y":null}]}"#, #"[{"op":"test","path":"/a/1","value":{"y":null}}]"#,
            #"{"a":["x",{"y":null}]}"#),
        Case("A.9 test fails", #"{"a":1}"#, #"[{"op":"test","path":"/a","value":2}]"#, nil),
        Case(
            "A.10 add a nested member", #"{"a":{}}"#, #"[{"op":"add","path":"/a/b","value":{"c":1}}]"#,
            #"{"a":{"b":{"c":1}}}"#),
        Case("A.12 add below nothing", #"{"a":1}"#, #"[{"op":"add","path":"/b/c","value":1}]"#, nil),
        Case("A.14 escapes", #"{"~1":1,"/":2}"#, #"[{"op":"remove","path":"/~01"}]"#, #"{"/":2}"#),
        Case("A.16 add at the end", #"{"f":[1]}"#, #"[{"op":"add","path":"/f/-","value":[2]}]"#, #"{"f":[1,[2]]}"#),
    ]

    static let others = [
        Case("slash in a name", #"{"a/b":1}"#, #"[{"op":"replace","path":"/a~1b","value":2}]"#, #"{"a/b":2}"#),
        Case(
            "an accent after a slash", #"{"́a":1}"#, "[{\"op\":\"replace\",\"path\":\"/\u{301}a\",\"value\":2}]",
            #"{"́a":2}"#),
        Case("copy", #"{"a":{"b":1}}"#, #"[{"op":"copy","from":"/a","path":"/c"}]"#, #"{"a":{"b":1},"c":{"b":1}}"#),
        Case("the last element", #"{"f":[1,2]}"#, #"[{"op":"remove","path":"/f/-1"}]"#, #"{"f":[1]}"#),
        Case("remove what is not there", #"{"a":1}"#, #"[{"op":"remove","path":"/b"}]"#, nil),
        Case("replace what is not there", #"{"a":1}"#, #"[{"op":"replace","path":"/b","value":1}]"#, nil),
        Case("an index too far", #"{"f":[1]}"#, #"[{"op":"add","path":"/f/2","value":1}]"#, nil),
        Case("no index", #"{"f":[1]}"#, #"[{"op":"remove","path":"/f/x"}]"#, nil),
        Case("no slash", #"{"a":1}"#, #"[{"op":"remove","path":"a"}]"#, nil),
        Case("an unknown operation", #"{"a":1}"#, #"[{"op":"swap","path":"/a"}]"#, nil),
        Case("into itself", #"{"a":{}}"#, #"[{"op":"move","from":"/a","path":"/a/b"}]"#, nil),
        Case("below a string", #"{"a":"x"}"#, #"[{"op":"add","path":"/a/b","value":1}]"#, nil),
        Case("no operations", #"{"a":1}"#, "[]", #"{"a":1}"#),
    ]

    @Test(arguments: standard + others)
    func `a JSON patch does what RFC 6902 says, or is refused`(_ example: Case) throws {
        let object = Object(try Value(json: Array(example.document.utf8)))
        let patch = try Patch(contentType: "application/json-patch+json", body: Array(example.operations.utf8))
        guard let result = example.result else {
            let status = #expect(throws: Status.self) { try patch.applied(to: object) }
            #expect(status?.code == 422)
            #expect(status?.message == "the server rejected our request due to an error in our request")
            return
        }
        #expect(try patch.applied(to: object).value == Value(json: Array(result.utf8)))
    }

    @Test(arguments: [
        (
            #"{"op":"add"}"#, 400,
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
        ),
        (
            #"[1]"#, 400,
            "error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp"
        ),
        (
            #"[{"op":"add","path":5}]"#, 400,
            "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string"
        ),
    ])
    func `what is no list of operations is a bad request`(_ body: String, _ code: Int, _ message: String) {
        let status = #expect(throws: Status.self) {
            try Patch(contentType: "application/json-patch+json", body: Array(body.utf8))
        }
        #expect(status?.code == code)
        #expect(status?.message == message)
    }

    @Test func `no more than ten thousand operations are taken`() throws {
        func patch(_ count: Int) throws -> Patch {
            let body =
                "[" + repeatElement(#"{"op":"test","path":"/a","value":1}"#, count: count).joined(separator: ",") + "]"
            return try Patch(contentType: "application/json-patch+json", body: Array(body.utf8))
        }
        let object = Object(["a": 1])
        #expect(try patch(10_000).applied(to: object) == object)
        let status = #expect(throws: Status.self) { try patch(10_001) }
        #expect(status?.code == 413)
        #expect(
            status?.message
                == "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001")
    }

    @Test(arguments: [
        // Doubles the document with each operation.
        (#"{"op":"copy","from":"","path":"/%"}"#, 200),
        // Makes it deeper with each.
        (#"{"op":"copy","from":"/a","path":"/a/a"}"#, 200),
        (
            #"{"op":"add","path":"/b","value":{"c":{}}},{"op":"move","from":"/a","path":"/b/c/a"},{"op":"move","from":"/b","path":"/a"}"#,
            80
        ),
    ])
    func `a patch can make a document neither huge nor deep`(_ operation: String, _ count: Int) throws {
        let operations = (0..<count).map { operation.replacing("%", with: "x\($0)") }.joined(separator: ",")
        let patch = try Patch(contentType: "application/json-patch+json", body: Array("[\(operations)]".utf8))
        #expect(throws: Status.self) { try patch.applied(to: Object(["a": ["text": "0123456789"]])) }
    }

    @Test func `many operations on a long list are quick`() throws {
        let operations = (0..<5_000).map { #"{"op":"replace","path":"/spec/list/\#($0)/x","value":\#($0)}"# }
        let patch = try Patch(
            contentType: "application/json-patch+json", body: Array("[\(operations.joined(separator: ","))]".utf8))
        let list = Value.array(Array(repeating: ["x": -1, "y": "z"], count: 5_000))
        let start = ContinuousClock.now
        let object = try patch.applied(to: Object(["spec": ["list": list]]))
        #expect(object.value["spec", "list"]?.elements[4_321]["x"] == 4_321)
        #expect(start.duration(to: .now) < .seconds(2))
    }
}
