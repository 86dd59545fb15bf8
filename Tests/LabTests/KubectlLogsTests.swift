// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// What containers write, read with kubectl.
    @Suite(.enabled(if: LabProgram.hasKubectl, "these tests need kubectl"))
    struct KubectlLogsTests {
        private static let counter = once("counter", "for i in $(seq 1 10); do echo line $i; sleep 0.1; done")

        @Test func `logs follows a container to its end, and shows as much as is asked for`() throws {
            let lab = try LabUnderTest.applied(Self.counter)
            _ = try lab.kubectlText(
                "wait", "pod/counter", "--for=jsonpath={.status.phase}", "--timeout=20s")
            try lab.eventually("it writes") { try !lab.kubectl("logs", "counter").output.isEmpty }
            let all = (1...10).map { "line \($0)" }
            #expect(try lab.kubectl("logs", "-f", "counter").lines == all)
            #expect(try lab.kubectl("logs", "counter", "--tail=2").lines == ["line 9", "line 10"])
            #expect(try lab.kubectl("logs", "counter", "--tail=0").lines.isEmpty)
            #expect(try lab.kubectl("logs", "counter", "--limit-bytes=6").output == "line 1")
            #expect(try lab.kubectl("logs", "counter", "--since=1h").lines == all)
            for line in try lab.kubectl("logs", "counter", "--timestamps").lines {
                #expect(line.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z line \d+/) != nil, "\(line)")
            }
            try lab.eventually("a second after the end nothing is a second old") {
                try lab.kubectl("logs", "counter", "--since=1s").lines.isEmpty
            }
        }

        @Test func `logs of the run before a crash stay, and those of a first run have none before`() throws {
            let script =
                "n=$(cat /keep/n 2>/dev/null || echo 0); echo run $n; echo 1 > /keep/n; [ $n = 1 ] && sleep 600; exit 2"
            let lab = try LabUnderTest.applied(
                once(
                    "crasher", script, restart: "Always",
                    more: "    volumeMounts: [{name: keep, mountPath: /keep}]\n  volumes: [{name: keep, emptyDir: {}}]")
                    + Self.counter)
            try lab.eventually("it runs again") { try lab.kubectl("logs", "crasher").output == "run 1\n" }
            #expect(try lab.kubectlText("logs", "crasher", "--previous") == "run 0")
            #expect(try lab.rows("get", "pod", "crasher")[1][2...3] == ["Running", "1"])
            let none = try lab.kubectl("logs", "counter", "--previous")
            #expect(none.code == 1)
            #expect(
                none.errors.contains("previous terminated container \"main\" in pod \"counter\" not found"), "\(none)")
        }

        @Test func `logs of several Pods and containers say whose they are`() throws {
            let template = """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: speakers}
                spec:
                  replicas: 3
                  selector: {matchLabels: {app: speakers}}
                  template:
                    metadata: {labels: {app: speakers}}
                    spec:
                      terminationGracePeriodSeconds: 1
                      initContainers:
                      - {name: prepare, image: busybox, command: [echo, prepared]}
                      containers:
                      - {name: one, image: busybox, command: [sh, -c, 'echo one of $(hostname); sleep 600']}
                      - {name: two, image: busybox, command: [sh, -c, 'echo two of $(hostname); sleep 600']}
                """
            let lab = try LabUnderTest.applied(template)
            try lab.rolledOut("deployment/speakers")
            let pods = try lab.rows("get", "pods", "-l", "app=speakers", "--no-headers").map { $0[0] }
            try lab.eventually("all have spoken") {
                let all = try lab.kubectl("logs", "-l", "app=speakers", "--all-containers", "--prefix").lines
                let wanted = pods.flatMap { pod in
                    ["[pod/\(pod)/prepare] prepared"]
                        + ["one", "two"].map { "[pod/\(pod)/\($0)] \($0) of \(pod)" }
                }
                return all.sorted() == wanted.sorted()
            }
            #expect(try lab.kubectlText("logs", pods[0], "-c", "prepare") == "prepared")
            let one = try lab.kubectl("logs", "deployment/speakers", "-c", "two")
            #expect(one.errors.contains("Found 3 pods, using pod/speakers-"))
            #expect(one.output.hasPrefix("two of speakers-"))
        }

        @Test func `logs of a container that has not begun, or that there is none of, say so`() throws {
            let lab = try LabUnderTest.applied(
                once(
                    "slow", "echo begun",
                    more: "  initContainers: [{name: wait, image: busybox, command: [sleep, \"600\"]}]"))
            _ = try lab.kubectlText(
                "wait", "pod/slow", "--for=jsonpath={.status.initContainerStatuses[0].state.running}", "--timeout=20s")
            #expect(
                try lab.kubectl("logs", "slow", "-c", "main").errors.contains(
                    "container \"main\" in pod \"slow\" is waiting to start: PodInitializing"))
            #expect(
                try lab.kubectl("logs", "slow", "-c", "nosuch").errors.contains(
                    "container nosuch is not valid for pod slow"))
            #expect(try lab.rows("get", "pod", "slow")[1][2] == "Init:0/1")
        }
    }
}
