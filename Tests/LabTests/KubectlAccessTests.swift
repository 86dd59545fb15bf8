// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Who may do what.
    @Suite(.enabled(if: LabProgram.hasKubectl, "these tests need kubectl"))
    struct KubectlAccessTests {
        private static let robot = "system:serviceaccount:default:robot"

        private func lab() throws -> LabUnderTest {
            let lab = try LabUnderTest.empty()
            _ = try lab.kubectlText("create", "sa", "robot")
            _ = try lab.kubectlText("create", "role", "keeper", "--verb=list", "--resource=secrets")
            _ = try lab.kubectlText(
                "create", "rolebinding", "keeper", "--role=keeper", "--serviceaccount=default:robot")
            return lab
        }

        @Test func `an account may do what its roles say, and no more`() throws {
            let lab = try lab()
            func may(_ words: String...) throws -> String {
                try LabProgram.run(
                    ["kubectl", "--lab", lab.name, "auth", "can-i"] + words + ["--as=\(Self.robot)"]
                ).output.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            #expect(try may("list", "secrets") == "yes")
            #expect(try may("delete", "secrets") == "no")
            #expect(try may("list", "secrets", "-n", "kube-system") == "no")
            #expect(try may("*", "*") == "no")
            #expect(try lab.kubectlText("auth", "can-i", "*", "*") == "yes")
            #expect(try lab.kubectl("get", "secrets", "--as=\(Self.robot)").code == 0)
            #expect(
                try lab.kubectl("create", "cm", "x", "--as=\(Self.robot)").errors.contains(
                    "configmaps is forbidden: User \"\(Self.robot)\" cannot create resource \"configmaps\" "
                        + "in API group \"\" in the namespace \"default\""))
            #expect(try lab.kubectlText("auth", "can-i", "--list", "--as=\(Self.robot)").contains("secrets"))
        }

        @Test func `a token that was made is its account, until the account goes`() throws {
            let lab = try lab()
            let token = try lab.kubectlText("create", "token", "robot")
            // A token counts only where no certificate and no other token comes with it.
            func asked(_ words: String) throws -> Ran {
                try lab.script(
                    """
                    server=$(kubectl config view -o jsonpath='{.clusters[0].cluster.server}')
                    kubectl config view --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' |
                        base64 -d > $dir/ca.crt
                    KUBECONFIG=/dev/null kubectl --server $server --certificate-authority $dir/ca.crt --token '\(token)' \(words)
                    """)
            }
            let who = try asked("auth whoami")
            #expect(who.output.contains(Self.robot), "\(who)")
            #expect(who.output.contains("system:serviceaccounts:default"), "\(who)")
            #expect(try asked("get secrets").code == 0)
            #expect(try asked("get nodes").errors.contains("nodes is forbidden"))
            _ = try lab.kubectlText("delete", "sa", "robot")
            let gone = try asked("get secrets")
            #expect(gone.code == 1)
            #expect(gone.errors.contains("must be logged in") || gone.errors.contains("Unauthorized"), "\(gone)")
        }

        @Test func `whoever has no token, or a wrong one, learns nothing but health and version`() throws {
            let lab = try lab()
            let paths = [
                "/", "/api", "/apis", "/api/v1/namespaces/default/secrets", "/openapi/v3", "/metrics", "/nosuch",
                "/version/../api/v1/secrets", "//api/v1/secrets", "/healthz/../api", "/api/v1/pods?watch=true",
            ]
            let headers = [
                "X-Nothing: at all", "Authorization: Bearer wrong", "Authorization: Basic YWRtaW46YWRtaW4=",
                "X-Remote-User: kubernetes-admin", "Impersonate-User: kubernetes-admin", "Authorization: Bearer",
            ]
            let ran = try lab.script(
                """
                server=$(kubectl config view -o jsonpath='{.clusters[0].cluster.server}')
                while read -r header; do
                    for path in \(paths.map { "'\($0)'" }.joined(separator: " ")); do
                        curl --path-as-is -sk -m 5 -H "$header" -o /dev/null -w "%{http_code} $path $header\\n" $server$path
                    done
                    curl -sk -m 5 -H "$header" -X POST -o /dev/null -w "%{http_code} POST $header\\n" \
                        "$server/api/v1/namespaces/default/pods/x/exec?command=id"
                done <<'end'
                \(headers.joined(separator: "\n"))
                end
                for path in /healthz /livez /readyz; do curl -sk -m 5 $server$path; echo " $path"; done
                curl -sk -m 5 $server/version | grep -o v1.36.0
                """)
            let refused = ran.lines.dropLast(4)
            #expect(refused.count == headers.count * (paths.count + 1), "\(ran)")
            for line in refused { #expect(line.hasPrefix("401 "), "\(line)") }
            #expect(ran.lines.suffix(4) == ["ok /healthz", "ok /livez", "ok /readyz", "v1.36.0"], "\(ran)")
        }
    }
}
