// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// New versions, scaled and drained with kubectl.
    @Suite(.enabled(if: LabProgram.hasKubectl, "these tests need kubectl"))
    struct KubectlRolloutTests {
        private func lab(replicas: Int = 2) throws -> LabUnderTest {
            let lab = try LabUnderTest.applied(
                deployment("web", replicas: replicas, extra: "terminationGracePeriodSeconds: 1"))
            try lab.rolledOut("deployment/web")
            return lab
        }

        private func image(_ lab: LabUnderTest) throws -> String {
            try lab.kubectlText("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")
        }

        @Test func `set image rolls out, is in the history, and is undone`() throws {
            let lab = try lab()
            #expect(
                try lab.kubectlText("set", "image", "deploy/web", "web=web:2") == "deployment.apps/web image updated")
            #expect(
                try lab.kubectlText("rollout", "status", "deploy/web", "--timeout=40s").hasSuffix(
                    "deployment \"web\" successfully rolled out"))
            #expect(
                try lab.rows("rollout", "history", "deploy/web").filter { Int($0[0]) != nil }.map { $0[0] } == [
                    "1", "2",
                ])
            #expect(try lab.kubectlText("rollout", "history", "deploy/web", "--revision=2").contains("web:2"))
            #expect(try lab.kubectlText("rollout", "undo", "deploy/web") == "deployment.apps/web rolled back")
            try lab.rolledOut("deploy/web")
            #expect(try image(lab) == "web")
            #expect(
                try lab.rows("rollout", "history", "deploy/web").filter { Int($0[0]) != nil }.map { $0[0] } == [
                    "2", "3",
                ])
            let sets = try lab.rows("get", "rs", "-l", "app=web", "--no-headers")
            #expect(sets.map { $0[1] }.sorted() == ["0", "2"])
            _ = try lab.kubectlText("rollout", "undo", "deploy/web", "--to-revision=2")
            #expect(try image(lab) == "web:2")
        }

        @Test func `a paused Deployment waits, and goes on when it is resumed`() throws {
            let lab = try lab()
            _ = try lab.kubectlText("rollout", "pause", "deploy/web")
            _ = try lab.kubectlText("set", "env", "deploy/web", "COLOUR=blue")
            let waiting = try lab.kubectl("rollout", "status", "deploy/web", "--timeout=1s")
            #expect(waiting.code == 1)
            #expect(waiting.output.contains("0 out of 2 new replicas have been updated"), "\(waiting)")
            #expect(try lab.rows("get", "rs", "-l", "app=web", "--no-headers").count == 1)
            _ = try lab.kubectlText("rollout", "resume", "deploy/web")
            try lab.rolledOut("deploy/web")
            #expect(try lab.kubectlText("set", "env", "deploy/web", "--list").contains("COLOUR=blue"))
            // For a moment the Pods of before are still there.
            try lab.eventually("its Pods have it") {
                try lab.kubectl("exec", "deploy/web", "--", "printenv", "COLOUR").output == "blue\n"
            }
        }

        @Test func `restart gives new Pods, and watch shows them come and go`() throws {
            let lab = try lab()
            let ran = try lab.script(
                """
                kubectl get pods -l app=web -o name | sort > $dir/before
                kubectl get pods -l app=web -w > $dir/watched & sleep 0.3
                kubectl rollout restart deploy/web && kubectl rollout status deploy/web --timeout=40s > /dev/null
                for i in $(seq 100); do
                    kubectl get pods -l app=web -o name | sort > $dir/after
                    [ $(wc -l < $dir/after) = 2 ] && break; sleep 0.1
                done
                comm -12 $dir/before $dir/after
                cat $dir/watched
                """)
            #expect(ran.lines.first == "deployment.apps/web restarted", "\(ran)")
            #expect(!ran.output.contains("\npod/"), "a Pod outlived it: \(ran)")
            let words = ran.lines.dropFirst(2).map { $0.split(separator: " ").map(String.init) }
            #expect(ran.lines[1].hasPrefix("NAME"))
            #expect(Set(words.map { $0[0] }).count == 4, "two old and two new Pods: \(ran)")
            let states = Set(words.map { $0[2] })
            #expect(states.isSuperset(of: ["Pending", "ContainerCreating", "Running", "Terminating"]), "\(ran)")
        }

        @Test func `scale has its conditions, and autoscale is kept with a warning`() throws {
            let lab = try lab()
            _ = try lab.kubectlText("scale", "deploy/web", "--replicas=4", "--current-replicas=2")
            let refused = try lab.kubectl("scale", "deploy/web", "--replicas=1", "--current-replicas=2")
            #expect(refused.errors.contains("Expected replicas to be 2, was 4"))
            try lab.rolledOut("deploy/web")
            #expect(try lab.rows("get", "deploy", "web")[1][1] == "4/4")
            let kept = try lab.kubectl("autoscale", "deploy", "web", "--min=1", "--max=5", "--cpu-percent=50")
            #expect(kept.output == "horizontalpodautoscaler.autoscaling/web autoscaled\n")
            #expect(kept.errors.contains("Warning: horizontalpodautoscalers.autoscaling are kept"), "\(kept)")
            #expect(try lab.rows("get", "hpa")[1][1] == "Deployment/web")
        }

        @Test func `a tainted node gets no Pods, and a drained one has none left`() throws {
            let lab = try LabUnderTest.applied(
                deployment("web", replicas: 4, extra: "terminationGracePeriodSeconds: 1") + tools(), nodes: 2)
            try lab.rolledOut("deploy/web")
            let nodes = { try lab.rows("get", "pods", "-l", "app=web", "-o", "wide", "--no-headers").map { $0[6] } }
            let bare = try lab.kubectlText("get", "pod", "tools", "-o", "jsonpath={.spec.nodeName}")
            #expect(try lab.kubectlText("cordon", bare) == "node/\(bare) cordoned")
            #expect(try lab.rows("get", "node", bare)[1][1] == "Ready,SchedulingDisabled")
            let refused = try lab.kubectl("drain", bare)
            #expect(refused.code == 1)
            #expect(refused.errors.contains("cannot delete Pods that declare no controller"), "\(refused)")
            _ = try lab.kubectlText("drain", bare, "--force", "--ignore-daemonsets", "--timeout=30s")
            try lab.rolledOut("deploy/web")
            #expect(try Set(nodes()).contains(bare) == false)
            #expect(try lab.kubectl("get", "pod", "tools").code == 1)
            #expect(try lab.kubectlText("uncordon", bare) == "node/\(bare) uncordoned")
            let other = bare == "node-1" ? "node-2" : "node-1"
            #expect(try lab.kubectlText("taint", "node", other, "a=b:NoSchedule") == "node/\(other) tainted")
            _ = try lab.kubectlText("scale", "deploy/web", "--replicas=6")
            try lab.rolledOut("deploy/web")
            #expect(try nodes().count { $0 == bare } == 2)
            #expect(try lab.kubectlText("taint", "node", other, "a-") == "node/\(other) untainted")
        }
    }
}
