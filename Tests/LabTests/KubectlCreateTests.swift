// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Objects made without a manifest, waited for and deleted with kubectl.
    @Suite(.enabled(if: LabProgram.hasKubectl, "these tests need kubectl"))
    struct KubectlCreateTests {
        private static let generators = [
            ("deployment d --image=nginx --replicas=2 --port=80", "deployment.apps/d created"),
            ("service clusterip c --tcp=80:8080", "service/c created"),
            ("service nodeport n --tcp=80:8080", "service/n created"),
            ("service loadbalancer l --tcp=80", "service/l created"),
            ("service externalname e --external-name=example.com", "service/e created"),
            ("configmap c --from-literal=a=b", "configmap/c created"),
            ("secret generic s --from-literal=a=b", "secret/s created"),
            ("secret docker-registry r --docker-username=a --docker-password=b", "secret/r created"),
            ("serviceaccount robot", "serviceaccount/robot created"),
            ("job j --image=busybox -- date", "job.batch/j created"),
            ("cronjob j --image=busybox --schedule=@daily -- date", "cronjob.batch/j created"),
            ("role r --verb=get --resource=pods", "role.rbac.authorization.k8s.io/r created"),
            (
                "rolebinding r --role=r --serviceaccount=default:robot",
                "rolebinding.rbac.authorization.k8s.io/r created"
            ),
            ("clusterrole r --verb=get --resource=nodes", "clusterrole.rbac.authorization.k8s.io/r created"),
            (
                "clusterrolebinding r --clusterrole=r --user=ann",
                "clusterrolebinding.rbac.authorization.k8s.io/r created"
            ),
            ("namespace n", "namespace/n created"),
            ("quota q --hard=pods=10", "resourcequota/q created"),
            ("ingress i --rule=a.com/x=c:80", "ingress.networking.k8s.io/i created"),
            ("poddisruptionbudget p --selector=app=d --min-available=1", "poddisruptionbudget.policy/p created"),
            ("priorityclass p --value=10", "priorityclass.scheduling.k8s.io/p created"),
        ]

        @Test func `create makes an object, and no second one of its name`() throws {
            let lab = try LabUnderTest.empty()
            for (typed, said) in Self.generators {
                let words = ["kubectl", "--lab", lab.name, "create"] + typed.split(separator: " ").map(String.init)
                let first = try LabProgram.run(words)
                #expect(first.output == said + "\n", "\(first)")
                let second = try LabProgram.run(words)
                #expect(second.code == 1)
                #expect(second.errors.contains("already exists"), "\(second)")
            }
        }

        @Test func `wait waits for conditions, fields, and the end`() throws {
            let lab = try LabUnderTest.empty()
            _ = try lab.kubectlText("create", "deployment", "web", "--image=nginx", "--replicas=2", "--port=80")
            _ = try lab.kubectlText("create", "job", "once", "--image=busybox", "--", "echo", "done")
            _ = try lab.kubectlText("create", "service", "loadbalancer", "web", "--tcp=80")
            #expect(
                try lab.kubectlText("wait", "deploy/web", "--for=condition=Available", "--timeout=20s")
                    == "deployment.apps/web condition met")
            _ = try lab.kubectlText("wait", "deploy/web", "--for=jsonpath={.status.readyReplicas}=2", "--timeout=20s")
            _ = try lab.kubectlText(
                "wait", "svc/web", "--for=jsonpath={.status.loadBalancer.ingress}", "--timeout=20s")
            _ = try lab.kubectlText("wait", "job/once", "--for=condition=complete", "--timeout=20s")
            #expect(try lab.kubectlText("logs", "job/once") == "done")
            let never = try lab.kubectl("wait", "deploy/web", "--for=condition=Nonsense", "--timeout=1s")
            #expect(never.code == 1)
            #expect(never.errors.contains("timed out waiting for the condition on deployments/web"), "\(never)")
            let ended = try lab.script(
                """
                kubectl wait pod -l app=web --for=delete --timeout=40s > $dir/waited & waiter=$!
                sleep 0.3; kubectl delete deploy web; wait $waiter; echo "code $?"; wc -l < $dir/waited
                """)
            #expect(ended.lines == ["deployment.apps \"web\" deleted", "code 0", "2"], "\(ended)")
        }

        @Test func `delete takes one, many, all, or the owner alone`() throws {
            let lab = try LabUnderTest.applied(
                deployment("web", replicas: 2, extra: "terminationGracePeriodSeconds: 1") + tools("a") + tools("b")
                    + tools("c") + once("stubborn", "trap : TERM; while :; do sleep 0.1; done"))
            try lab.rolledOut("deploy/web")
            _ = try lab.kubectlText("wait", "pod", "--all", "--for=condition=Ready", "--timeout=20s")
            #expect(try lab.kubectlText("delete", "pod", "a", "--now") == "pod \"a\" deleted")
            #expect(try lab.kubectlText("delete", "pod", "-l", "app in (b)", "--wait=false") == "pod \"b\" deleted")
            _ = try lab.kubectlText("wait", "pod/b", "--for=delete", "--timeout=20s")
            let forced = try lab.kubectl("delete", "pod", "stubborn", "--grace-period=0", "--force")
            #expect(forced.errors.contains("Warning: Immediate deletion does not wait"))
            #expect(forced.output == "pod \"stubborn\" force deleted\n")
            _ = try lab.kubectlText("delete", "deploy", "web", "--cascade=orphan")
            let set = try lab.kubectlText("get", "rs", "-o", "name")
            #expect(set.hasPrefix("replicaset.apps/web-"))
            #expect(
                try lab.kubectlText("get", set, "-o", "jsonpath={.metadata.ownerReferences}{.status.readyReplicas}")
                    == "2")
            _ = try lab.kubectlText("delete", set, "--cascade=foreground")
            #expect(try lab.kubectl("get", "pods", "-l", "app=web").errors.contains("No resources found"))
            #expect(try lab.kubectlText("delete", "pods", "--all") == "pod \"c\" deleted")
            #expect(try lab.kubectl("delete", "pod", "c").errors.contains("pods \"c\" not found"))
            #expect(try lab.kubectl("delete", "pod", "c", "--ignore-not-found").code == 0)
        }

        @Test func `a namespace ends with all that is in it`() throws {
            let lab = try LabUnderTest.empty()
            _ = try lab.kubectlText("create", "ns", "short")
            _ = try lab.kubectlText(
                "-n", "short", "apply", "-f", "-", input: deployment("web", replicas: 2) + tools())
            try lab.eventually("the account of each namespace") {
                try lab.kubectlText("-n", "short", "get", "sa,cm", "-o", "name")
                    == "serviceaccount/default\nconfigmap/kube-root-ca.crt"
            }
            #expect(try lab.kubectlText("delete", "ns", "short", "--timeout=40s") == "namespace \"short\" deleted")
            #expect(try lab.kubectl("get", "ns", "short").code == 1)
            #expect(try lab.kubectl("get", "all", "-A", "-l", "app=web").output.isEmpty)
            #expect(
                try lab.kubectl("-n", "short", "create", "cm", "x").errors.contains("namespaces \"short\" not found"))
        }
    }
}
