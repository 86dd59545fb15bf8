// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Resources that a CustomResourceDefinition makes.
    @Suite(.enabled(if: LabProgram.hasKubectl, "these tests need kubectl"))
    struct KubectlCustomTests {
        private static let definition = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: crontabs.stable.example.com}
            spec:
              group: stable.example.com
              scope: Namespaced
              names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct], categories: [all]}
              versions:
              - name: v1
                served: true
                storage: true
                subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
                additionalPrinterColumns:
                - {name: Spec, type: string, jsonPath: .spec.cronSpec}
                - {name: Replicas, type: integer, jsonPath: .spec.replicas}
                - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
                      spec:
                        type: object
                        properties:
                          cronSpec: {type: string, description: When it runs.}
                          image: {type: string}
                          replicas: {type: integer}
                      status: {type: object, properties: {replicas: {type: integer}}}

            """
        private static let object = """
            apiVersion: stable.example.com/v1
            kind: CronTab
            metadata: {name: mine, finalizers: [example.com/kept]}
            spec: {cronSpec: "* * * * */5", image: x, replicas: 2}

            """

        @Test func `a custom resource is a resource like any other, as long as its definition is there`() throws {
            let lab = try LabUnderTest.applied(Self.definition)
            _ = try lab.kubectlText(
                "wait", "crd/crontabs.stable.example.com", "--for=condition=Established", "--timeout=10s")
            let name = "crontab.stable.example.com/mine"
            #expect(try lab.kubectlText("apply", "-f", "-", input: Self.object) == "\(name) created")
            #expect(try lab.kubectlText("apply", "-f", "-", input: Self.object) == "\(name) unchanged")
            let rows = try lab.rows("get", "ct")
            #expect(rows[0] == ["NAME", "SPEC", "REPLICAS", "AGE"])
            #expect(rows[1][0...6] == ["mine", "*", "*", "*", "*", "*/5", "2"])
            #expect(try lab.kubectlText("explain", "crontab.spec.cronSpec").contains("When it runs."))
            #expect(try lab.kubectlText("scale", "crontab/mine", "--replicas=3") == "\(name) scaled")
            _ = try lab.kubectlText("patch", "ct", "mine", "--type=merge", "-p", "{\"spec\":{\"image\":\"y\"}}")
            #expect(
                try lab.kubectlText("get", "ct", "mine", "-o", "jsonpath={.spec.replicas} {.spec.image}") == "3 y")
            #expect(try lab.kubectlText("get", "all").contains(name))
            #expect(try lab.kubectlText("label", "ct", "mine", "a=b") == "\(name) labeled")
            #expect(try lab.kubectlText("describe", "ct", "mine").contains("Cron Spec:  * * * * */5"))
            try deletes(lab, name)
        }

        /// A finalizer keeps it until it is taken off; without its definition there is no such resource.
        private func deletes(_ lab: LabUnderTest, _ name: String) throws {
            _ = try lab.kubectlText("delete", "ct", "mine", "--wait=false")
            #expect(
                try lab.kubectlText("get", "ct", "mine", "-o", "jsonpath={.metadata.deletionTimestamp}").isEmpty
                    == false)
            _ = try lab.kubectlText(
                "patch", "ct", "mine", "--type=merge", "-p", "{\"metadata\":{\"finalizers\":null}}")
            #expect(
                try lab.kubectl("get", "ct", "mine").errors.contains("crontabs.stable.example.com \"mine\" not found"))
            _ = try lab.kubectlText("delete", "crd", "crontabs.stable.example.com")
            #expect(try lab.kubectl("get", "--raw", "/apis/stable.example.com/v1/crontabs").code == 1)
        }
    }
}
