// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What the tests that type kubectl share.
extension LabUnderTest {
    /// A lab with nothing in it but what every lab has.
    static func empty(nodes: Int = 3) throws -> LabUnderTest {
        try LabUnderTest("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: nothing}\n", nodes: nodes)
    }

    /// A lab into which a manifest was applied with kubectl.
    static func applied(_ manifest: String, nodes: Int = 3) throws -> LabUnderTest {
        let lab = try empty(nodes: nodes)
        _ = try lab.kubectlText("apply", "-f", "-", input: manifest)
        return lab
    }

    /// What kubectl prints as a table: words by row.
    func rows(_ arguments: String...) throws -> [[String]] {
        let ran = try LabProgram.run(["kubectl", "--lab", name] + arguments)
        guard ran.code == 0 else { throw Failure(description: "kubectl \(arguments.joined(separator: " ")): \(ran)") }
        return ran.lines.map { $0.split(separator: " ").map(String.init) }
    }

    /// Runs a shell script in the lab's host namespace: `kubectl` there speaks to the lab, `$dir` is a folder of its own
    /// that goes with it.
    /// - Parameter kubectl: another program to run for `kubectl`.
    func script(_ text: String, kubectl: String? = nil, seconds: Int = 60) throws -> Ran {
        let begin = """
            dir=$(mktemp -d); trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$dir"' EXIT
            \(kubectl.map { "mkdir $dir/bin && ln -s \($0) $dir/bin/kubectl && PATH=$dir/bin:$PATH" } ?? "")

            """
        return try LabProgram.run(
            [
                "exec", "host", "--lab", name, "--", "env", "KUBECONFIG=/run/lab/\(name)/kubeconfig", "bash", "-c",
                begin + text,
            ], seconds: seconds)
    }

    /// Waits until a Deployment is as it should be.
    func rolledOut(_ name: String) throws {
        _ = try kubectlText("rollout", "status", name, "--timeout=40s")
    }
}

/// A Pod of shells: nothing runs in them but what is typed.
func tools(_ name: String = "tools", more: String = "") -> String {
    """
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: \(name), labels: {app: \(name)}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - {name: shell, image: busybox, command: [sleep, "3600"], env: [{name: ME, value: first}]}
      - {name: other, image: busybox, command: [sleep, "3600"], env: [{name: ME, value: second}]}
    \(more)

    """
}

/// A Pod that runs a script once.
func once(_ name: String, _ script: String, restart: String = "Never", more: String = "") -> String {
    """
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: \(name), labels: {app: \(name)}}
    spec:
      terminationGracePeriodSeconds: 1
      restartPolicy: \(restart)
      containers:
      - name: main
        image: busybox
        command: [sh, -c, '\(script)']
    \(more)

    """
}
