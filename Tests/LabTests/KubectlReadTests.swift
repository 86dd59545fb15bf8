// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// What kubectl shows of a lab.
    @Suite(.enabled(if: LabProgram.hasKubectl, "these tests need kubectl"))
    struct KubectlReadTests {
        private static let objects =
            deployment("web", replicas: 2) + tools("b") + once("a", "exit 3")
                + """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
                ---
                apiVersion: v1
                kind: Secret
                metadata: {name: key}
                stringData: {password: hidden}

                """

        private func lab() throws -> LabUnderTest {
            let lab = try LabUnderTest.applied(Self.objects)
            try lab.rolledOut("deployment/web")
            _ = try lab.kubectlText("wait", "pod/a", "--for=jsonpath={.status.phase}=Failed", "--timeout=20s")
            _ = try lab.kubectlText("wait", "pod/b", "--for=condition=Ready", "--timeout=20s")
            return lab
        }

        @Test func `get prints names, fields, columns, templates and documents`() throws {
            let lab = try lab()
            #expect(try lab.kubectlText("get", "pods", "-l", "app in (a,b)", "-o", "name") == "pod/a\npod/b")
            let sorted = try lab.rows(
                "get", "pods", "-l", "app in (a,b)", "--sort-by=.status.phase", "-o",
                "custom-columns=NAME:.metadata.name,PHASE:.status.phase")
            #expect(sorted == [["NAME", "PHASE"], ["a", "Failed"], ["b", "Running"]])
            #expect(try lab.kubectlText("get", "pods", "-l", "app=web", "-o", "go-template={{len .items}}") == "2")
            #expect(
                try lab.kubectlText(
                    "get", "pods", "-o", "jsonpath={range .items[?(@.status.phase==\"Failed\")]}{.metadata.name}{end}")
                    == "a")
            #expect(try lab.kubectlText("get", "svc", "web", "-o", "yaml").contains("\n    targetPort: 8080\n"))
            let value = try lab.kubectl("get", "svc", "web", "-o", "json").json as? [String: Any]
            #expect(value?["kind"] as? String == "Service")
            let wide = try lab.rows("get", "pod", "b", "-o", "wide")
            #expect(
                wide[0] == [
                    "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "NOMINATED", "NODE", "READINESS",
                    "GATES",
                ])
            #expect(wide[1][5].hasPrefix("10.244.") && wide[1][6].hasPrefix("node-"))
        }

        @Test func `selectors choose by label and by field`() throws {
            let lab = try lab()
            func names(_ words: String...) throws -> [String] {
                try LabProgram.run(["kubectl", "--lab", lab.name, "get", "pods", "-o", "name"] + words).lines
            }
            #expect(try names("-l", "app!=web") == ["pod/a", "pod/b"])
            #expect(try names("-l", "app in (a,b),app notin (a)") == ["pod/b"])
            #expect(try names("-l", "!app").isEmpty)
            #expect(try names("-l", "pod-template-hash").count == 2)
            #expect(try names("--field-selector=status.phase=Failed") == ["pod/a"])
            #expect(try names("--field-selector=metadata.name!=a", "-l", "app in (a,b)") == ["pod/b"])
            #expect(try names("--chunk-size=1").count == 4)
            let wrong = try lab.kubectl("get", "pods", "--field-selector=spec.nosuch=x")
            #expect(wrong.errors.contains("field label not supported: spec.nosuch"), "\(wrong)")
            #expect(try lab.kubectl("get", "nosuch").errors.contains("doesn't have a resource type \"nosuch\""))
        }

        private static let descriptions = [
            ("pod/b", ["Containers:", " shell:", "Conditions:", "Volumes:", "QoS Class:", "Scheduled"]),
            ("pod/a", ["State: Terminated", "Exit Code: 3", "Status: Failed"]),
            ("deploy/web", ["2 desired | 2 updated | 2 total | 2 available", "NewReplicaSet:", "ScalingReplicaSet"]),
            ("rs", ["Controlled By: Deployment/web", "2 Running / 0 Waiting", "SuccessfulCreate"]),
            ("svc/web", ["Selector: app=web", "TargetPort: 8080/TCP", "10.244."]),
            ("endpointslice", ["AddressType: IPv4", "TargetRef: Pod/web-"]),
            ("node/node-1", ["PodCIDR:", "10.244.0.0/24", "KubeletReady", "InternalIP: 172.18.0.2"]),
            ("ns/default", ["Status: Active"]),
            ("secret/key", ["Type: Opaque", "password: 6 bytes"]),
            ("sa/default", ["Name: default"]),
        ]

        @Test func `describe shows an object and what happened to it`() throws {
            let lab = try lab()
            for (target, words) in Self.descriptions {
                let text = try lab.kubectlText("describe", target).replacing(#/ +/#, with: " ")
                for word in words { #expect(text.contains(word), "\(word) in \(text)") }
                #expect(!text.contains("hidden"))
            }
        }

        @Test func `events tell what happened, in order`() throws {
            let lab = try lab()
            let reasons = try lab.rows("events", "--for", "pod/b", "--no-headers").map { $0[2] }
            #expect(reasons == ["Scheduled", "Pulled", "Created", "Started", "Pulled", "Created", "Started"])
            let sorted = try lab.kubectlText("get", "events", "--sort-by=.metadata.creationTimestamp")
            #expect(sorted.contains("deployment/web") && sorted.contains("Scaled up replica set web-"))
        }

        @Test func `explain knows the kinds that a lab acts on`() throws {
            let lab = try LabUnderTest.empty()
            let field = try lab.kubectlText("explain", "service.spec.type")
            for word in ["FIELD: type <string>", "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"] {
                #expect(field.contains(word), "\(word) in \(field)")
            }
            #expect(try lab.kubectlText("explain", "deploy.spec.template.spec.containers").contains("livenessProbe"))
            #expect(try lab.kubectlText("explain", "pod", "--recursive").contains("nodeAffinity"))
            #expect(
                try lab.kubectl("explain", "service.spec.nosuch").errors.contains("field \"nosuch\" does not exist"))
        }

        @Test func `api-resources, versions and addresses are a cluster's`() throws {
            let lab = try LabUnderTest.empty()
            let resources = try lab.rows("api-resources", "--no-headers").map { $0[0] }
            for name in ["pods", "services", "deployments", "jobs", "endpointslices", "customresourcedefinitions"] {
                #expect(resources.contains(name))
            }
            #expect(try lab.kubectlText("api-versions").split(separator: "\n").contains("discovery.k8s.io/v1"))
            #expect(try lab.kubectl("version").output.contains("Server Version: v1.36.0"))
            #expect(try lab.kubectlText("cluster-info").contains("control plane"))
            #expect(try lab.kubectlText("get", "--raw", "/readyz") == "ok")
            let all = try lab.kubectlText("get", "all", "-A")
            #expect(all.contains("service/kube-dns") && all.contains("service/kubernetes"))
        }
    }
}
