// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Testing

@Suite struct ChangeTests {
    private func service(_ spec: Value) -> Object {
        var object = Object(apiVersion: "v1", kind: "Service", namespace: "a", name: "web")
        object.spec = spec
        object.spec["ports"] = [["port": 80]]
        return object.defaulted()
    }

    private func problems(_ new: Value, over old: Value) -> [String] {
        service(new).problems(replacing: service(old)).map(\.description)
    }

    @Test func `D9 a cluster IP may not change once set`() {
        let old: Value = ["clusterIP": "10.96.0.1"]
        #expect(
            problems(["clusterIP": "10.96.0.2"], over: old)
                == ["spec.clusterIPs[0]: Invalid value: [\"10.96.0.2\"]: may not change once set"])
        #expect(
            problems(["clusterIP": "None"], over: old)
                == ["spec.clusterIPs[0]: Invalid value: [\"None\"]: may not change once set"])
        #expect(problems([:], over: old) == [])
        #expect(problems(["type": "ExternalName", "externalName": "a.example"], over: old) == [])
        #expect(problems(["clusterIP": "10.96.0.2"], over: ["type": "ExternalName", "externalName": "a"]) == [])
    }

    @Test func `D12 a load balancer's class and health check port may not change`() {
        let old: Value = [
            "type": "LoadBalancer", "loadBalancerClass": "a.io/x", "externalTrafficPolicy": "Local",
            "healthCheckNodePort": 30001,
        ]
        var new = old
        new["loadBalancerClass"] = "a.io/y"
        #expect(
            problems(new, over: old) == ["spec.loadBalancerClass: Invalid value: \"a.io/y\": may not change once set"])
        new = old
        new["healthCheckNodePort"] = 30002
        #expect(problems(new, over: old) == ["spec.healthCheckNodePort: Forbidden: field is immutable"])
    }

    @Test func `a Deployment's selector may not change`() {
        func deployment(_ label: String) -> Object {
            var object = Object(apiVersion: "apps/v1", kind: "Deployment", namespace: "a", name: "web")
            object.spec = [
                "selector": ["matchLabels": ["app": .string(label)]],
                "template": [
                    "metadata": ["labels": ["app": .string(label)]],
                    "spec": ["containers": [["name": "a", "image": "b"]]],
                ],
            ]
            return object.defaulted()
        }
        #expect(
            deployment("b").problems(replacing: deployment("a")).map(\.description)
                == ["spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"b\"}}: field is immutable"])
        #expect(deployment("a").problems(replacing: deployment("a")) == [])
    }

    @Test func `a Pod may change its image, and no command`() {
        func pod(_ container: Value) -> Object {
            var object = Object(apiVersion: "v1", kind: "Pod", namespace: "a", name: "web")
            object.spec = ["containers": [container]]
            return object.defaulted()
        }
        let old = pod(["name": "a", "image": "b:1"])
        #expect(pod(["name": "a", "image": "b:2"]).problems(replacing: old) == [])
        let changed = pod(["name": "a", "image": "b:1", "command": ["c"]]).problems(replacing: old)
        #expect(changed.map(\.path) == ["spec"])
        #expect(changed.first?.detail.hasPrefix("pod updates may not change fields other than") == true)
    }

    @Test func `a slice's family may not change`() {
        func slice(_ type: String) -> Object {
            var object = Object(apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: "a", name: "web")
            object.value["addressType"] = .string(type)
            return object
        }
        #expect(slice("IPv6").problems(replacing: slice("IPv4")).map(\.path) == ["addressType"])
    }

    @Test func `the status of a Service takes addresses only on a load balancer`() {
        var object = service(["type": "LoadBalancer"])
        object.status = ["loadBalancer": ["ingress": [["ip": "x"]]]]
        #expect(
            object.statusProblems().map(\.description) == [
                "status.loadBalancer.ingress[0].ip: Invalid value: \"x\": must be a valid IP address, "
                    + "(e.g. 10.9.8.7 or 2001:db8::ffff)"
            ])
        object.spec["type"] = "ClusterIP"
        #expect(
            object.statusProblems().map(\.description)
                == ["status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"])
    }

    @Test func `D16 what a headless Service ignores is said`() {
        #expect(
            service(["clusterIP": "None", "sessionAffinity": "ClientIP", "externalIPs": ["192.0.2.1"]]).warnings() == [
                "spec.externalIPs is ignored for headless services",
                "spec.SessionAffinity is ignored for headless services",
            ])
        #expect(
            service(["type": "ExternalName", "externalName": "a", "externalIPs": ["192.0.2.1"]]).warnings() == [
                "spec.externalIPs is ignored when spec.type is \"ExternalName\""
            ])
    }

    @Test func `defaulting twice changes nothing more`() {
        for answer in RecordedAnswer.creations where answer.code == 201 {
            let once = answer.body.defaulted()
            #expect(once.defaulted() == once, "\(answer.name)")
        }
    }
}
