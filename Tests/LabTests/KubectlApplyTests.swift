// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Objects changed with kubectl, in all the ways that it knows.
    @Suite(.enabled(if: LabProgram.hasKubectl, "these tests need kubectl"))
    struct KubectlApplyTests {
        private func replicas(_ lab: LabUnderTest) throws -> String {
            try lab.kubectlText("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}")
        }

        @Test func `apply, diff and dry runs tell what is, what would be, and what is the same`() throws {
            let lab = try LabUnderTest.empty()
            let two = deployment("web", replicas: 2)
            let three = deployment("web", replicas: 3)
            for mode in ["client", "server"] {
                #expect(
                    try lab.kubectlText("apply", "-f", "-", "--dry-run=\(mode)", input: two)
                        == "deployment.apps/web created (\(mode == "server" ? "server dry run" : "dry run"))")
            }
            #expect(try lab.kubectlText("apply", "-f", "-", input: two) == "deployment.apps/web created")
            #expect(try lab.kubectlText("apply", "-f", "-", input: two) == "deployment.apps/web unchanged")
            #expect(try lab.kubectl("diff", "-f", "-", input: two).code == 0)
            let difference = try lab.kubectl("diff", "-f", "-", input: three)
            #expect(difference.code == 1)
            #expect(difference.lines.contains("-  replicas: 2") && difference.lines.contains("+  replicas: 3"))
            #expect(try replicas(lab) == "2")
            #expect(try lab.kubectlText("apply", "-f", "-", input: three) == "deployment.apps/web configured")
            #expect(try replicas(lab) == "3")
        }

        @Test func `server-side apply names who else manages a field, and yields to force`() throws {
            let lab = try LabUnderTest.empty()
            func apply(_ manager: String, _ replicas: Int, _ more: String...) throws -> Ran {
                try LabProgram.run(
                    ["kubectl", "--lab", lab.name, "apply", "--server-side", "--field-manager=\(manager)", "-f", "-"]
                        + more, input: deployment("web", replicas: replicas))
            }
            #expect(try apply("first", 2).output == "deployment.apps/web serverside-applied\n")
            #expect(try apply("second", 2).code == 0, "both may want the same")
            let refused = try apply("second", 3)
            #expect(refused.code == 1)
            #expect(refused.errors.contains("Apply failed with 1 conflict: conflict with \"first\": .spec.replicas"))
            #expect(try replicas(lab) == "2")
            #expect(try apply("second", 3, "--force-conflicts").code == 0)
            #expect(try replicas(lab) == "3")
            let managers = try lab.kubectlText(
                "get", "deploy", "web", "--show-managed-fields", "-o",
                "jsonpath={.metadata.managedFields[?(@.operation=='Apply')].manager}")
            #expect(managers == "first second")
        }

        @Test func `apply --prune takes away what the manifest no longer has`() throws {
            let lab = try LabUnderTest.empty()
            func map(_ name: String) -> String {
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name), labels: {set: one}}\n"
            }
            _ = try lab.kubectlText("apply", "-f", "-", "-l", "set=one", input: map("a") + map("b"))
            let ran = try lab.kubectlText(
                "apply", "-f", "-", "-l", "set=one", "--prune", "--prune-allowlist=core/v1/ConfigMap", input: map("b"))
            #expect(ran.contains("configmap/b unchanged") && ran.contains("configmap/a pruned"), "\(ran)")
            #expect(try lab.kubectlText("get", "cm", "-l", "set=one", "-o", "name") == "configmap/b")
        }

        @Test func `edit changes what the editor changes, and nothing when it changes nothing`() throws {
            let lab = try LabUnderTest.applied(deployment("web", replicas: 1))
            func edit(_ editor: String) throws -> Ran {
                try LabProgram.run(
                    ["kubectl", "--lab", lab.name, "edit", "deploy", "web"], environment: ["KUBE_EDITOR": editor])
            }
            #expect(try edit("sed -i s/replicas:.1/replicas:\\ 2/").output == "deployment.apps/web edited\n")
            #expect(try replicas(lab) == "2")
            #expect(try edit("true").errors.contains("Edit cancelled, no changes made."))
        }

        @Test func `patch knows three kinds of patches, and subresources`() throws {
            let lab = try LabUnderTest.applied(deployment("web", replicas: 1))
            let strategic =
                "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"web\",\"env\":[{\"name\":\"A\",\"value\":\"1\"}]}]}}}}"
            #expect(try lab.kubectlText("patch", "deploy", "web", "-p", strategic) == "deployment.apps/web patched")
            #expect(try lab.kubectlText("patch", "deploy", "web", "-p", strategic).hasSuffix("patched (no change)"))
            _ = try lab.kubectlText(
                "patch", "deploy", "web", "--type=merge", "-p", "{\"metadata\":{\"annotations\":{\"x\":\"y\"}}}")
            _ = try lab.kubectlText(
                "patch", "deploy", "web", "--type=json", "-p",
                "[{\"op\":\"test\",\"path\":\"/spec/replicas\",\"value\":1},{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":2}]"
            )
            #expect(
                try lab.kubectlText(
                    "get", "deploy", "web", "-o",
                    "jsonpath={.spec.replicas} {.metadata.annotations.x} {.spec.template.spec.containers[0].image} {.spec.template.spec.containers[0].env[0].name}"
                ) == "2 y web A")
            #expect(
                try lab.kubectlText(
                    "patch", "deploy", "web", "--subresource=scale", "--type=merge", "-p", "{\"spec\":{\"replicas\":3}}"
                )
                    == "scale.autoscaling/web patched")
            #expect(try replicas(lab) == "3")
            let wrong = try lab.kubectl(
                "patch", "deploy", "web", "--type=json", "-p",
                "[{\"op\":\"test\",\"path\":\"/spec/replicas\",\"value\":9}]")
            #expect(wrong.code == 1)
            let immutable = try lab.kubectl(
                "patch", "deploy", "web", "-p", "{\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"other\"}}}}")
            #expect(immutable.errors.contains("field is immutable"), "\(immutable)")
        }

        @Test func `replace puts another in its place, and with force a new one`() throws {
            let lab = try LabUnderTest.applied(deployment("web", replicas: 1))
            let uid = { try lab.kubectlText("get", "deploy", "web", "-o", "jsonpath={.metadata.uid}") }
            let before = try uid()
            let two = deployment("web", replicas: 2)
            #expect(try lab.kubectlText("replace", "-f", "-", input: two) == "deployment.apps/web replaced")
            #expect(try uid() == before)
            let forced = try lab.kubectlText("replace", "--force", "--grace-period=0", "-f", "-", input: two)
            #expect(forced == "deployment.apps \"web\" deleted\ndeployment.apps/web replaced")
            #expect(try uid() != before)
            #expect(
                try lab.kubectl("create", "-f", "-", input: two).errors.contains(
                    "deployments.apps \"web\" already exists"))
            #expect(
                try lab.kubectl("replace", "-f", "-", input: deployment("none", replicas: 1)).errors.contains(
                    "deployments.apps \"none\" not found"))
        }

        @Test func `labels and annotations come, change and go`() throws {
            let lab = try LabUnderTest.applied(deployment("web", replicas: 1))
            #expect(try lab.kubectlText("label", "deploy", "web", "tier=front") == "deployment.apps/web labeled")
            #expect(
                try lab.kubectl("label", "deploy", "web", "tier=back").errors.contains(
                    "'tier' already has a value (front), and --overwrite is false"))
            _ = try lab.kubectlText("label", "deploy", "web", "tier=back", "--overwrite")
            #expect(try lab.rows("get", "deploy", "-L", "tier")[1].last == "back")
            #expect(try lab.kubectlText("label", "deploy", "web", "tier-") == "deployment.apps/web unlabeled")
            #expect(try lab.kubectlText("annotate", "deploy", "web", "note=hi") == "deployment.apps/web annotated")
            #expect(
                try lab.kubectl("label", "deploy", "web", "bad=white space").errors.contains(
                    "a valid label must be"))
        }

        @Test func `a field that there is not is named, and what is wrong is refused whole`() throws {
            let lab = try LabUnderTest.empty()
            let unknown = deployment("web", replicas: 1).replacingOccurrences(of: "image: web", with: "imgae: web")
            let refused = try lab.kubectl("apply", "-f", "-", input: unknown)
            #expect(refused.code == 1)
            #expect(
                refused.errors.contains("unknown field \"spec.template.spec.containers[0].imgae\""), "\(refused)")
            let warned = try lab.kubectl(
                "create", "cm", "x", "--from-literal=a=b", "--dry-run=client", "-o", "yaml")
            let extra = warned.output + "more: 1\n"
            let accepted = try lab.kubectl("apply", "--validate=warn", "-f", "-", input: extra)
            #expect(accepted.code == 0)
            #expect(accepted.errors.contains("Warning: unknown field \"more\""), "\(accepted)")
        }
    }
}
