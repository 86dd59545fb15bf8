// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Commands in containers, typed with kubectl: exec, attach, cp, run.
    @Suite(.enabled(if: LabProgram.hasKubectl, "these tests need kubectl"))
    struct KubectlExecTests {
        private static let hasTerminal = FileManager.default.isExecutableFile(atPath: "/usr/bin/script")

        private func lab() throws -> LabUnderTest {
            let lab = try LabUnderTest.applied(tools())
            _ = try lab.kubectlText("wait", "pod/tools", "--for=condition=Ready", "--timeout=20s")
            return lab
        }

        @Test func `exec ends with the command's exit code, its output and its errors apart`() throws {
            let lab = try lab()
            let ran = try lab.kubectl(
                "exec", "tools", "-c", "other", "--", "sh", "-c", "echo $ME; echo bad >&2; exit 3")
            #expect(ran.code == 3)
            #expect(ran.output == "second\n")
            #expect(ran.errors == "bad\ncommand terminated with exit code 3\n")
            let first = try lab.kubectl("exec", "tools", "--", "printenv", "ME")
            #expect(first.output == "first\n")
            #expect(first.errors == "Defaulted container \"shell\" out of: shell, other\n")
        }

        @Test(arguments: [
            (["tools", "-c", "shell", "--", "nosuchcommand"], "exec: \"nosuchcommand\": executable file not found"),
            (["tools", "-c", "nosuch", "--", "true"], "container nosuch is not valid for pod tools"),
            (["nosuch", "--", "true"], "pods \"nosuch\" not found"),
        ])
        func `what exec cannot run is refused with the reason`(_ words: [String], _ reason: String) throws {
            let lab = try lab()
            let ran = try LabProgram.run(["kubectl", "--lab", lab.name, "exec"] + words)
            #expect(ran.code == 1)
            #expect(ran.output.isEmpty)
            #expect(ran.errors.contains(reason), "\(ran)")
        }

        @Test func `ten million bytes go through a command and come back whole`() throws {
            let lab = try lab()
            let ran = try lab.script(
                """
                head -c 10000000 /dev/urandom > $dir/sent
                kubectl exec -i tools -c shell -- cat < $dir/sent > $dir/back && cmp $dir/sent $dir/back && echo same
                kubectl exec -i tools -c shell -- sha256sum < $dir/sent | cut -c1-64
                sha256sum < $dir/sent | cut -c1-64
                """)
            #expect(ran.lines.first == "same", "\(ran)")
            #expect(ran.lines.count == 3 && ran.lines[1] == ran.lines[2], "\(ran)")
        }

        @Test(.enabled(if: hasTerminal, "needs script, which gives a terminal"))
        func `a terminal has the size of the user's, and its exit code`() throws {
            let lab = try lab()
            // As in a cluster the command starts before it hears of the size.
            let ran = try lab.script(
                """
                script -qec 'stty rows 33 cols 101
                kubectl exec -it tools -c shell -- sh -c "until stty size | grep -qv ^0; do sleep 0.1; done
                stty size; tty; exit 7"' /dev/null < /dev/null
                echo "code $?"
                """)
            #expect(ran.output.contains("33 101"), "\(ran)")
            #expect(ran.output.contains("/dev/pts/"), "\(ran)")
            #expect(ran.output.hasSuffix("code 7\n"), "\(ran)")
        }

        @Test func `cp carries files and folders both ways`() throws {
            let lab = try lab()
            let ran = try lab.script(
                """
                head -c 3000000 /dev/urandom > $dir/big
                mkdir $dir/folder && echo one > $dir/folder/a && echo two > $dir/folder/b
                kubectl cp $dir/big tools:/tmp/big -c shell && kubectl cp tools:/tmp/big $dir/back -c shell
                cmp $dir/big $dir/back && echo same
                kubectl cp $dir/folder tools:/tmp/folder -c shell && kubectl cp tools:/tmp/folder $dir/copy -c shell
                cat $dir/copy/a $dir/copy/b
                """)
            #expect(ran.lines.filter { !$0.hasPrefix("tar:") } == ["same", "one", "two"], "\(ran)")
        }

        @Test func `attach shows what a container writes from now on, and ends with it`() throws {
            let lab = try LabUnderTest.applied(once("writer", "for i in $(seq 1 30); do echo line $i; sleep 0.1; done"))
            try lab.eventually("it writes") { try lab.kubectl("logs", "writer").output.contains("line 5\n") }
            let ran = try lab.kubectl("attach", "writer")
            #expect(ran.code == 0)
            #expect(!ran.lines.contains("line 1"))
            #expect(ran.lines.last == "line 30", "\(ran)")
        }

        @Test func `attach with input writes to the container's own process`() throws {
            let pod = """
                apiVersion: v1
                kind: Pod
                metadata: {name: reader}
                spec:
                  restartPolicy: Never
                  containers:
                  - {name: main, image: busybox, stdin: true, stdinOnce: true, command: [sh, -c, 'read word; echo got $word']}
                """
            let lab = try LabUnderTest.applied(pod)
            _ = try lab.kubectlText("wait", "pod/reader", "--for=condition=Ready", "--timeout=20s")
            #expect(try lab.kubectl("attach", "-i", "reader", input: "apple\n").output == "got apple\n")
            _ = try lab.kubectlText(
                "wait", "pod/reader", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=20s")
            #expect(try lab.kubectlText("logs", "reader") == "got apple")
        }

        @Test func `run prints what a quick command writes, every time`() throws {
            let lab = try LabUnderTest.empty()
            for number in 1...6 {
                let ran = try lab.kubectl(
                    "run", "quick", "--image=busybox", "-i", "--rm", "--restart=Never", "--quiet", "--", "sh", "-c",
                    "echo answer \(number); exit \(number % 2 * 4)")
                #expect(ran.output == "answer \(number)\n", "\(ran)")
                #expect(!ran.errors.contains("couldn't attach"), "\(ran)")
                #expect(ran.code == number % 2 * 4, "\(ran)")
            }
            #expect(try lab.kubectlText("get", "pods", "-o", "name").isEmpty)
        }

        @Test(.enabled(if: hasTerminal, "needs script, which gives a terminal"))
        func `run gives a shell at a terminal, and takes the Pod away at its end`() throws {
            let lab = try LabUnderTest.empty()
            let ran = try lab.script(
                """
                (sleep 1; echo 'echo answer-$((6*7))'; sleep 0.5; echo 'exit 5'; sleep 1) |
                    script -qec 'kubectl run sh -it --rm --image=busybox --restart=Never -- sh' /dev/null
                echo "code $?"
                """)
            #expect(ran.output.contains("answer-42"), "\(ran)")
            #expect(ran.output.contains("pod \"sh\" deleted"), "\(ran)")
            #expect(ran.output.hasSuffix("code 5\n"), "\(ran)")
            #expect(try lab.kubectl("get", "pod", "sh").errors.contains("pods \"sh\" not found"))
        }
    }
}
