// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// How workloads behave, seen through kubectl.
    @Suite(.enabled(if: LabProgram.hasKubectl, "these tests need kubectl"))
    struct KubectlWorkloadTests {
        private func workload(_ kind: String, _ more: String = "") -> String {
            """
            ---
            apiVersion: apps/v1
            kind: \(kind)
            metadata: {name: app}
            spec:
              \(more)
              selector: {matchLabels: {app: app}}
              template:
                metadata: {labels: {app: app}}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: web
                    image: web:1
                    ports: [{containerPort: 8080}]
                    readinessProbe: {httpGet: {path: /readyz, port: 8080}, periodSeconds: 1}

            """
        }

        @Test func `a StatefulSet's Pods come in order, keep their names, and go in reverse`() throws {
            let lab = try LabUnderTest.empty()
            let set = workload("StatefulSet", "replicas: 3\n  serviceName: app")
            let ran = try lab.script(
                """
                kubectl get pods -l app=app -w --no-headers > $dir/watched & sleep 0.3
                kubectl apply -f - > /dev/null <<'end'
                \(set)
                end
                kubectl rollout status sts/app --timeout=40s > /dev/null && kubectl get pods -l app=app -o name
                kubectl get pod app-1 -o jsonpath='{.metadata.uid}' > $dir/uid; kubectl delete pod app-1 > /dev/null
                kubectl wait pod/app-1 --for=condition=Ready --timeout=20s
                [ "$(cat $dir/uid)" = "$(kubectl get pod app-1 -o jsonpath='{.metadata.uid}')" ] || echo another
                kubectl scale sts app --replicas=1 > /dev/null
                kubectl wait pod/app-1 pod/app-2 --for=delete --timeout=20s > /dev/null
                echo watched; cat $dir/watched
                """)
            #expect(
                ran.lines.prefix(5) == ["pod/app-0", "pod/app-1", "pod/app-2", "pod/app-1 condition met", "another"])
            let seen = ran.lines.drop { $0 != "watched" }.dropFirst().map {
                $0.split(separator: " ").map(String.init)
            }
            var ready: [String] = []
            for row in seen where row[1] == "1/1" && row[2] == "Running" && row[0] != ready.last {
                ready.append(row[0])
            }
            #expect(ready.prefix(4) == ["app-0", "app-1", "app-2", "app-1"], "\(ran)")
            let ending = seen.filter { $0[2] == "Terminating" }.map { $0[0] }
            #expect(ending.last == "app-1" && ending.dropLast().contains("app-2"), "\(ran)")
        }

        @Test func `a Pod that is deleted by force leaves its end to itself, and the next of its name starts`() throws {
            let lab = try LabUnderTest(workload("StatefulSet", "replicas: 2\n  serviceName: app"))
            let ran = try lab.script(
                """
                kubectl get pod app-1 -o jsonpath='{.metadata.uid}' > $dir/uid
                kubectl delete pod app-1 --grace-period=0 --force > /dev/null 2>&1
                kubectl wait pod/app-1 --for=condition=Ready --timeout=20s; sleep 1
                kubectl get pod app-1 -o jsonpath='{.status.phase} {.status.containerStatuses[0].restartCount}{"\\n"}'
                [ "$(cat $dir/uid)" = "$(kubectl get pod app-1 -o jsonpath='{.metadata.uid}')" ] || echo another
                """)
            #expect(ran.lines == ["pod/app-1 condition met", "Running 0", "another"], "\(ran)")
        }

        @Test func `a DaemonSet has one Pod on each node, and rolls from one to the next`() throws {
            let lab = try LabUnderTest.applied(workload("DaemonSet"), nodes: 3)
            try lab.rolledOut("ds/app")
            let nodes = { try lab.rows("get", "pods", "-l", "app=app", "-o", "wide", "--no-headers").map { $0[6] } }
            #expect(try nodes().sorted() == ["node-1", "node-2", "node-3"])
            #expect(try lab.rows("get", "ds", "app")[1][1...5] == ["3", "3", "3", "3", "3"])
            _ = try lab.kubectlText("set", "image", "ds/app", "web=web:2")
            try lab.rolledOut("ds/app")
            let images = try lab.kubectlText(
                "get", "pods", "-l", "app=app", "-o", "jsonpath={.items[*].spec.containers[0].image}")
            #expect(images == "web:2 web:2 web:2")
            _ = try lab.kubectlText("rollout", "undo", "ds/app")
            try lab.rolledOut("ds/app")
            #expect(try lab.rows("rollout", "history", "ds/app").suffix(2).map { $0[0] } == ["2", "3"])
        }

        @Test func `a Job runs to its completions, and one that fails gives up`() throws {
            func job(_ name: String, _ script: String, _ more: String) -> String {
                """
                ---
                apiVersion: batch/v1
                kind: Job
                metadata: {name: \(name)}
                spec:
                  \(more)
                  template:
                    spec:
                      restartPolicy: Never
                      containers: [{name: main, image: busybox, command: [sh, -c, '\(script)']}]

                """
            }
            let lab = try LabUnderTest.applied(
                job(
                    "five", "echo index $JOB_COMPLETION_INDEX",
                    "completions: 5\n  parallelism: 2\n  completionMode: Indexed")
                    + job("bad", "exit 1", "backoffLimit: 0"))
            _ = try lab.kubectlText("wait", "job/five", "--for=condition=complete", "--timeout=30s")
            #expect(try lab.rows("get", "job", "five")[1][1...2] == ["Complete", "5/5"])
            let lines = try lab.kubectl("logs", "-l", "job-name=five").lines.sorted()
            #expect(lines == (0...4).map { "index \($0)" })
            _ = try lab.kubectlText("wait", "job/bad", "--for=condition=failed", "--timeout=30s")
            #expect(
                try lab.kubectlText("get", "job", "bad", "-o", "jsonpath={.status.conditions[-1:].reason}")
                    == "BackoffLimitExceeded")
            _ = try lab.kubectlText("delete", "job", "five")
            try lab.eventually("its Pods go with it") {
                try lab.kubectl("get", "pods", "-l", "job-name=five", "-o", "name").output.isEmpty
            }
        }

        private static let furnished = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings}
            data: {greeting: hello, colour: blue}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: key}
            stringData: {password: s3cret}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: full, labels: {tier: x}}
            spec:
              terminationGracePeriodSeconds: 1
              initContainers:
              - name: prepare
                image: busybox
                command: [sh, -c, 'echo prepared > /shared/first']
                volumeMounts: [{name: shared, mountPath: /shared}]
              - name: side
                image: busybox
                restartPolicy: Always
                command: [sh, -c, 'echo beside > /shared/second; sleep 600']
                volumeMounts: [{name: shared, mountPath: /shared}]
              containers:
              - name: main
                image: busybox
                workingDir: /etc/settings
                command: [sh, -c, 'echo "$GREETING $0 $ME $ADDRESS"; exec sleep 600', $(PASSWORD)]
                env:
                - {name: GREETING, valueFrom: {configMapKeyRef: {name: settings, key: greeting}}}
                - {name: PASSWORD, valueFrom: {secretKeyRef: {name: key, key: password}}}
                - {name: ME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                - {name: ADDRESS, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
                envFrom: [{configMapRef: {name: settings}, prefix: S_}]
                volumeMounts:
                - {name: shared, mountPath: /shared}
                - {name: settings, mountPath: /etc/settings}
                - {name: key, mountPath: /etc/key, readOnly: true}
                - {name: about, mountPath: /etc/about}
              volumes:
              - {name: shared, emptyDir: {}}
              - {name: settings, configMap: {name: settings}}
              - {name: key, secret: {secretName: key}}
              - {name: about, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}

            """

        @Test func `a Pod has the variables, files and neighbours that its spec gives it`() throws {
            let lab = try LabUnderTest.applied(Self.furnished)
            _ = try lab.kubectlText("wait", "pod/full", "--for=condition=Ready", "--timeout=20s")
            #expect(try lab.rows("get", "pod", "full")[1][1] == "2/2", "the sidecar counts")
            let address = try lab.kubectlText("get", "pod", "full", "-o", "jsonpath={.status.podIP}")
            #expect(try lab.kubectlText("logs", "full") == "hello s3cret full \(address)")
            let script =
                "cat colour; echo; cat /shared/first /shared/second /etc/key/password; echo; cat /etc/about/labels; echo;"
                + " echo $S_colour; hostname; touch /etc/key/x 2>/dev/null || echo read-only"
            #expect(
                try lab.kubectl("exec", "full", "-c", "main", "--", "sh", "-c", script).lines == [
                    "blue", "prepared", "beside", "s3cret", "tier=\"x\"", "blue", "full", "read-only",
                ])
            _ = try lab.kubectlText("patch", "cm", "settings", "-p", "{\"data\":{\"colour\":\"red\"}}")
            _ = try lab.kubectlText("label", "pod", "full", "tier=y", "--overwrite")
            try lab.eventually("what is mounted follows") {
                try lab.kubectl("exec", "full", "-c", "main", "--", "cat", "colour", "/etc/about/labels").output
                    == "redtier=\"y\""
            }
        }

        @Test func `what a Pod wants and there is not is said, and it starts when it comes`() throws {
            let pod =
                "apiVersion: v1\nkind: Pod\nmetadata: {name: wanting}\nspec:\n  terminationGracePeriodSeconds: 1\n"
                + "  containers: [{name: main, image: busybox, command: [sleep, \"600\"], "
                + "envFrom: [{configMapRef: {name: late}}]}]\n"
            let lab = try LabUnderTest.applied(pod)
            try lab.eventually("it says why") {
                try lab.rows("get", "pod", "wanting")[1][2] == "CreateContainerConfigError"
            }
            #expect(try lab.kubectlText("describe", "pod", "wanting").contains("configmap \"late\" not found"))
            _ = try lab.kubectlText("create", "cm", "late", "--from-literal=WORD=there")
            _ = try lab.kubectlText("wait", "pod/wanting", "--for=condition=Ready", "--timeout=30s")
            #expect(try lab.kubectl("exec", "wanting", "--", "printenv", "WORD").output == "there\n")
        }
    }
}
