// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Testing

struct QuantityTests {
    @Test(arguments: [
        ("1000m", "1"), ("1500m", "1500m"), ("0.5", "500m"), ("1.5", "1500m"), ("2", "2"), ("2000", "2k"), ("0", "0"),
        ("0Gi", "0"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("512Ki", "512Ki"), ("0.5Ki", "512"), ("1023", "1023"),
        ("1000Ki", "1000Ki"), ("100000", "100k"), ("12345", "12345"), ("1e3", "1e3"), ("12E6", "12e6"), ("1E", "1E"),
        ("1000E", "9223372036854775807"), ("+1", "1"), ("-1500m", "-1500m"), (".5Mi", "512Ki"), ("1.", "1"),
        ("1n", "1n"),
        ("0.1n", "1n"), ("1e-99", "1e-9"), ("134217728", "134217728"), ("128974848", "128974848"),
        ("1.0000000000000000000000000000000000000000000000000", "1"),
    ])
    func `a quantity is written as a server writes it`(_ text: String, _ canonical: String) {
        #expect(Quantity(text)?.description == canonical)
    }

    @Test(arguments: ["", "m", "1x", "1 Gi", "1.2.3", "e3", "1e", "1ki", "0x10", "1e1.5", "--1", "1Gi ", "\u{661}"])
    func `what is no quantity is refused`(_ text: String) {
        #expect(Quantity(text) == nil)
    }

    @Test func `amounts are read in whole units and in thousandths, rounded up`() {
        #expect(Quantity("250m")?.thousandths == 250)
        #expect(Quantity("250m")?.units == 1)
        #expect(Quantity("1u")?.thousandths == 1)
        #expect(Quantity(.int(2))?.thousandths == 2000)
        #expect(Quantity(.double(0.25))?.thousandths == 250)
        #expect(Quantity("64Mi")?.units == 67_108_864)
        #expect(Quantity("9E")?.thousandths == .max)
        #expect(Quantity(.bool(true)) == nil)
    }
}

struct CanonicalTests {
    private func spec(_ kind: String, _ apiVersion: String, _ spec: Value) -> Value? {
        Object(["apiVersion": .string(apiVersion), "kind": .string(kind), "spec": spec]).canonical.value["spec"]
    }

    @Test func `lists and maps with nothing in them go, and so does null`() {
        let service: Value = ["ports": [], "selector": [:], "externalIPs": .null, "type": "ClusterIP"]
        #expect(spec("Service", "v1", service) == ["type": "ClusterIP"])
    }

    @Test func `what must be there stays, and so do empty objects with named fields`() {
        let pod: Value = ["containers": [], "securityContext": [:], "volumes": [["name": "v", "emptyDir": [:]]]]
        #expect(spec("Pod", "v1", pod) == pod)
        let policy: Value = ["podSelector": [:], "ingress": [[:]], "policyTypes": ["Ingress"]]
        #expect(spec("NetworkPolicy", "networking.k8s.io/v1", policy) == policy)
    }

    @Test func `amounts have their canonical form wherever they are`() {
        let pod: Value = ["containers": [["name": "c", "resources": ["limits": ["cpu": 2, "memory": "1024Mi"]]]]]
        #expect(
            spec("Pod", "v1", pod)
                == ["containers": [["name": "c", "resources": ["limits": ["cpu": "2", "memory": "1Gi"]]]]])
    }

    @Test func `an empty list of managed fields stays, for it takes them away`() {
        let object = Object([
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["managedFields": [], "finalizers": []], "data": [:],
        ])
        #expect(object.canonical.value.fields["metadata"] == ["managedFields": []])
        #expect(object.canonical.value["data"] == nil)
    }

    @Test func `custom objects and lists that clients want to see stay as they are`() {
        let custom: Value = ["list": [], "map": [:], "nothing": .null]
        #expect(spec("Widget", "example.com/v1", custom) == custom)
        let slice = Object([
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "endpoints": [],
            "ports": [],
        ])
        #expect(slice.canonical == slice)
    }
}
