// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Testing

@Suite struct SchemaDecodingTests {
    @Test(
        arguments: [
            (["ports": [["port": "80"]]], "string into Go struct field ServicePort.spec.ports.port of type int32"),
            (
                ["ports": [["port": 99_999_999_999]]],
                "number 99999999999 into Go struct field ServicePort.spec.ports.port of type int32"
            ),
            (
                ["ports": [["port": 80, "targetPort": true]]],
                "bool into Go struct field ServicePort.spec.ports.targetPort of type int32"
            ),
            (
                ["ports": [["protocol": 6]]],
                "number into Go struct field ServicePort.spec.ports.protocol of type v1.Protocol"
            ),
            (["ports": ["port": 80]], "object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort"),
            (["selector": ["a": 1]], "number into Go struct field ServiceSpec.spec.selector of type string"),
            (["selector": ["a"]], "array into Go struct field ServiceSpec.spec.selector of type map[string]string"),
            (
                ["publishNotReadyAddresses": "yes"],
                "string into Go struct field ServiceSpec.spec.publishNotReadyAddresses of type bool"
            ),
            ([1], "array into Go struct field Service.spec of type v1.ServiceSpec"),
        ] as [(Value, String)])
    func `D14 a value of the wrong type is refused in Go's words`(_ spec: Value, _ rest: String) {
        var object = Object(apiVersion: "v1", kind: "Service", name: "x")
        object.spec = spec
        let message = "Service in version \"v1\" cannot be handled as a Service: json: cannot unmarshal \(rest)"
        #expect(object.decodingFailure() == message)
        #expect(object.problems().count == 1)
    }

    @Test(
        arguments: [
            (["data": ["a": "b29w!"]], "illegal base64 data at input byte 4"),
            (["data": ["a": 5]], "json: cannot unmarshal number into Go struct field Secret.data of type []uint8"),
            (
                ["metadata": ["creationTimestamp": "now"]],
                "parsing time \"now\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"now\" as \"2006\""
            ),
            (
                ["metadata": ["creationTimestamp": "2026-13-01T00:00:00Z"]],
                "parsing time \"2026-13-01T00:00:00Z\" as \"2006-01-02T15:04:05Z07:00\": month out of range"
            ),
            (
                ["metadata": ["creationTimestamp": 7]],
                "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string"
            ),
        ] as [(Value, String)])
    func `bytes and times are looked into`(_ fields: Value, _ why: String) {
        var object = Object(apiVersion: "v1", kind: "Secret", name: "x")
        for (name, value) in fields.fields { object.value[name] = value }
        #expect(object.decodingFailure() == "Secret in version \"v1\" cannot be handled as a Secret: \(why)")
    }

    @Test func `a version that there is not is told apart from a kind's own`() {
        let object = Object(apiVersion: "v2", kind: "Service", name: "x")
        #expect(
            object.decodingFailure(as: "Service")
                == "Service in version \"v2\" cannot be handled as a Service: no kind \"Service\" is registered for "
                + "version \"v2\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"")
    }

    @Test func `unknown fields and keys that stand twice are told in one sentence`() {
        var object = Object(apiVersion: "apps/v1", kind: "Deployment", name: "x")
        object.spec = ["replicas": 1, "bogus": 1, "template": ["spec": ["containers": [["name": "c", "img": "x"]]]]]
        #expect(
            object.strictDecodingFailure(duplicates: ["spec.replicas"])
                == "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: "
                + "unknown field \"spec.bogus\", unknown field \"spec.template.spec.containers[0].img\", "
                + "duplicate field \"spec.replicas\"")
        #expect(object.decodingFailure() == nil)
        object.spec = ["replicas": 1]
        #expect(object.strictDecodingFailure() == nil)
    }

    @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar", "\u{0}\u{ff}ü"])
    func `base64 comes back as it went`(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(Base64.bytes(of: Base64.text(of: bytes)) == bytes)
    }

    @Test(arguments: [("Zm9v", nil), ("Zm8", 3), ("Zm8=Zg==", 4), ("Z===", 1), ("Zm\n9v", nil), ("Zm9v*", 4)])
    func `what is no base64 is told by its place`(_ text: String, _ fault: Int?) {
        #expect(Base64.fault(in: text) == fault)
    }
}
