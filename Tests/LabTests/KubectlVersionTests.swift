// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// The same session with each kubectl that the machine has beside its own.
    @Suite(.enabled(if: LabProgram.hasKubectl, "these tests need kubectl"))
    struct KubectlVersionTests {
        /// The folder of the kubectl that is found first, where a dispatcher keeps one for each version.
        private static let folder: String = {
            let found = try? run("sh", ["-c", "dirname \"$(readlink -f \"$(command -v kubectl)\")\""])
            return found?.output.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        }()

        private static let versions = (27...33).filter {
            FileManager.default.isExecutableFile(atPath: "\(folder)/kubectl.1.\($0)")
        }

        private static let manifest =
            deployment("web", replicas: 2, extra: "terminationGracePeriodSeconds: 1")
                + """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
                """

        private static let session = """
            kubectl apply -f $dir/app.yaml && kubectl apply -f $dir/app.yaml
            kubectl rollout status deploy/web --timeout=40s > /dev/null || echo "not rolled out"
            kubectl get deploy web --no-headers | awk '{print $2}'
            kubectl describe deploy/web | grep -o '2 desired | 2 updated | 2 total | 2 available'
            kubectl describe svc web 2>/dev/null | grep Endpoints: | grep -c :8080
            kubectl logs deploy/web 2>/dev/null | grep -o -m1 readyz
            kubectl exec deploy/web -- sh -c 'exit 4' 2>/dev/null; echo "code $?"
            echo typed | kubectl exec -i deploy/web -- cat
            kubectl port-forward svc/web :80 > $dir/said 2>&1 & forwarder=$!
            for i in $(seq 100); do
                port=$(sed -n 's/^Forwarding from 127.0.0.1:\\([0-9]*\\) .*/\\1/p' $dir/said); [ -n "$port" ] && break; sleep 0.05
            done
            curl -sS -m 5 127.0.0.1:$port | cut -c1-18; kill $forwarder
            kubectl set image deploy/web web=web:2
            kubectl rollout status deploy/web --timeout=40s > /dev/null; kubectl rollout undo deploy/web
            kubectl rollout status deploy/web --timeout=40s | tail -n 1
            kubectl create configmap settings --from-literal=a=b && kubectl scale deploy/web --replicas=1
            kubectl run quick --image=busybox --rm -i --restart=Never --quiet -- echo ran
            kubectl auth can-i get pods
            kubectl delete -f $dir/app.yaml
            kubectl wait pod -l app=web --for=delete --timeout=30s > /dev/null; kubectl get pods -o name
            """

        private static let printed = """
            deployment.apps/web created
            service/web created
            deployment.apps/web unchanged
            service/web unchanged
            2/2
            2 desired | 2 updated | 2 total | 2 available
            1
            readyz
            code 4
            typed
            Hello from Pod web
            deployment.apps/web image updated
            deployment.apps/web rolled back
            deployment "web" successfully rolled out
            configmap/settings created
            deployment.apps/web scaled
            ran
            yes
            deployment.apps "web" deleted
            service "web" deleted
            """

        @Test(
            .enabled(if: !versions.isEmpty, "no kubectl.1.27 to 1.33 is beside the machine's kubectl"),
            arguments: versions)
        func `a session prints the same with a kubectl of any age`(_ minor: Int) throws {
            let lab = try LabUnderTest.empty()
            let begin = "cat > $dir/app.yaml <<'end'\n\(Self.manifest)\nend\n"
            let ran = try lab.script(begin + Self.session, kubectl: "\(Self.folder)/kubectl.1.\(minor)")
            // From 1.34 on kubectl says from which namespace it deletes.
            #expect(
                ran.lines.map { $0.replacing(" from default namespace", with: "") }
                    == Self.printed.split(separator: "\n").map(String.init),
                "\(ran)")
        }
    }
}
