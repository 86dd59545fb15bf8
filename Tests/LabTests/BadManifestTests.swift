// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Manifests that are refused, through the program itself: exit code 1, the place, the field, and nothing changed.
    @Suite
    struct BadManifestTests {
        /// What a Service's spec says, and the field that is named.
        // swift-format-ignore: a case a line, however long
        static let services: [(String, String)] = [
            ("{}", "spec.ports"), ("{ports: []}", "spec.ports"), ("{ports: 80}", "spec.ports"),
            ("{ports: [{}]}", "spec.ports[0].port"), ("{ports: [{port: 0}]}", "spec.ports[0].port"),
            ("{ports: [{port: 70000}]}", "spec.ports[0].port"), ("{ports: [{port: -1}]}", "spec.ports[0].port"),
            ("{ports: [{port: '80'}]}", "spec.ports[0].port"), ("{ports: [{port: 1.5}]}", "spec.ports[0].port"),
            ("{ports: [{port: 80, targetPort: 70000}]}", "spec.ports[0].targetPort"),
            ("{ports: [{port: 80, targetPort: true}]}", "spec.ports[0].targetPort"),
            ("{ports: [{port: 80, targetPort: abcdefghijklmnopq}]}", "spec.ports[0].targetPort"),
            ("{ports: [{port: 80, protocol: ICMP}]}", "spec.ports[0].protocol"),
            ("{ports: [{port: 80}, {port: 81}]}", "spec.ports[0].name"),
            ("{ports: [{name: a, port: 80}, {name: a, port: 81}]}", "spec.ports[1].name"),
            ("{ports: [{name: a, port: 80}, {name: b, port: 80}]}", "spec.ports[1]"),
            ("{ports: [{name: A_b, port: 80}]}", "spec.ports[0].name"),
            ("{ports: [{port: 80, nodePort: 30000}]}", "spec.ports[0].nodePort"),
            ("{type: NodePort, ports: [{port: 80, nodePort: 80}]}", "spec.ports[0].nodePort"),
            ("{type: NodePort, ports: [{port: 80, nodePort: 40000}]}", "spec.ports[0].nodePort"),
            (
                "{type: NodePort, ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81, nodePort: 30080}]}",
                "spec.ports[1].nodePort"
            ),
            ("{type: Nonsense, ports: [{port: 80}]}", "spec.type"), ("{type: 7, ports: [{port: 80}]}", "spec.type"),
            ("{type: NodePort, clusterIP: None, ports: [{port: 80}]}", "spec.clusterIPs[0]"),
            ("{clusterIP: nonsense, ports: [{port: 80}]}", "spec.clusterIPs[0]"),
            ("{clusterIP: 10.96.010.1, ports: [{port: 80}]}", "spec.clusterIPs[0]"),
            ("{clusterIP: 192.0.2.1, ports: [{port: 80}]}", "spec.clusterIP"),
            ("{clusterIP: 10.96.0.1, ports: [{port: 80}]}", "spec.clusterIP"),
            ("{clusterIPs: [10.96.0.9], ports: [{port: 80}]}", "spec.clusterIPs"),
            ("{type: ExternalName}", "spec.externalName"),
            ("{type: ExternalName, externalName: -x-}", "spec.externalName"),
            ("{type: ExternalName, externalName: x.y, clusterIP: 10.96.0.9}", "spec.clusterIP"),
            ("{sessionAffinity: Cookie, ports: [{port: 80}]}", "spec.sessionAffinity"),
            (
                "{sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}, ports: [{port: 80}]}",
                "timeoutSeconds"
            ),
            (
                "{sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 90000}}, ports: [{port: 80}]}",
                "timeoutSeconds"
            ),
            ("{externalTrafficPolicy: Local, ports: [{port: 80}]}", "spec.externalTrafficPolicy"),
            ("{internalTrafficPolicy: Nowhere, ports: [{port: 80}]}", "spec.internalTrafficPolicy"),
            ("{loadBalancerSourceRanges: [10.0.0.0/8], ports: [{port: 80}]}", "SourceRanges"),
            ("{type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/33], ports: [{port: 80}]}", "SourceRanges[0]"),
            ("{loadBalancerClass: a/b, ports: [{port: 80}]}", "spec.loadBalancerClass"),
            ("{allocateLoadBalancerNodePorts: true, ports: [{port: 80}]}", "spec.allocateLoadBalancerNodePorts"),
            ("{healthCheckNodePort: 31000, ports: [{port: 80}]}", "spec.healthCheckNodePort"),
            ("{externalIPs: [nope], ports: [{port: 80}]}", "spec.externalIPs[0]"),
            ("{externalIPs: [127.0.0.1], ports: [{port: 80}]}", "spec.externalIPs[0]"),
            ("{selector: {'a b': c}, ports: [{port: 80}]}", "spec.selector"),
            ("{selector: {a: 1}, ports: [{port: 80}]}", "spec.selector"),
            ("{trafficDistribution: Somewhere, ports: [{port: 80}]}", "spec.trafficDistribution"),
            ("{ipFamilies: [IPv6], ports: [{port: 80}]}", "spec.ipFamilies"),
            ("{ipFamilyPolicy: RequireDualStack, ports: [{port: 80}]}", "spec.ipFamilyPolicy"),
            ("{prots: [{port: 80}]}", "spec.prots"),
        ]

        /// Whole manifests, and what their refusal says.
        // swift-format-ignore: a case a line, however long
        static let manifests: [(String, String)] = [
            ("a: [", "-:2:"), ("a: b\n  c: d", "-:2:"), ("\ta: b", "-:1:"), ("- x", "-:1:"), ("just words", "-:1:"),
            ("kind: Service", "apiVersion"), ("apiVersion: v1", "kind"),
            ("apiVersion: v1\nkind: Service", "metadata.name"),
            ("apiVersion: v2\nkind: Service\nmetadata: {name: x}", "apiVersion"),
            ("apiVersion: v1\nkind: Servise\nmetadata: {name: x}", "Service"),
            (
                "apiVersion: v1\nkind: Pod\nmetadata: {name: Bad_Name}\nspec: {containers: [{name: a, image: b}]}",
                "metadata.name"
            ),
            ("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {}", "spec.containers"),
            (
                "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a}]}",
                "spec.containers[0].image"
            ),
            (
                "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: nowhere}\nspec: {containers: [{name: a, image: b}]}",
                "nowhere"
            ),
            (
                "apiVersion: v1\nkind: Pod\nmetadata: {name: x, name: y}\nspec: {containers: [{name: a, image: b}]}",
                "name"
            ),
            (
                "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: x}",
                "Duplicate"
            ),
            (
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {template: {spec: {containers: [{name: a, image: b}]}}}",
                "spec.selector"
            ),
            (
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {replicas: three, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: b}]}}}",
                "spec.replicas"
            ),
            ("apiVersion: lab/v1\nkind: Lab\nspec: {nodes: 0}", "spec.nodes"),
            ("apiVersion: lab/v1\nkind: Lab\nspec: {nodez: 1}", "nodez"),
            (String(repeating: "[", count: 100_000), "-:1:"), ("a: \u{0}", "binary"),
        ]

        @Test func `each of many bad manifests is refused with its place and field, and the host stays as it was`()
            throws
        {
            let before = try LifeTests.host()
            let wrapped = Self.services.map {
                ("apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: \($0.0)\n", $0.1)
            }
            #expect(wrapped.count + Self.manifests.count >= 60)
            for (manifest, field) in wrapped + Self.manifests {
                let ran = try LabProgram.run(["up", "-", "--isolated", "--name", "test-bad"], input: manifest)
                #expect(ran.code == 1, "\(manifest.prefix(200)): \(ran)")
                #expect(
                    ran.errors.contains("-:") && ran.errors.contains(field),
                    "\(manifest.prefix(200)): \(ran.errors.prefix(500))")
            }
            #expect(try LifeTests.host() == before)
        }

        @Test func `a manifest of 100 MB is refused before it is read whole`() throws {
            let path = "/tmp/test-large-\(getpid()).yaml"
            #expect(try run("truncate", ["-s", "100M", path]).code == 0)
            defer { try? FileManager.default.removeItem(atPath: path) }
            let ran = try LabProgram.run(["up", path, "--isolated", "--name", "test-bad"])
            #expect(ran.code == 1 && ran.errors.contains("too large"), "\(ran)")
        }
    }
}
