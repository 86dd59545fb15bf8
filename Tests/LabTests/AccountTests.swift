// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// What a program in a Pod is told of the cluster: variables of Services, and the API with its account's rights.
    @Suite(.enabled(if: LabProgram.hasKubectl, "needs kubectl"))
    struct AccountTests {
        private static let folder = "/var/run/secrets/kubernetes.io/serviceaccount"

        private static func pod(_ name: String, _ fields: String = "") -> String {
            """
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name)}
            spec: {\(fields)terminationGracePeriodSeconds: 0, containers: [{name: main, image: busybox, command: [sleep, "3600"]}]}

            """
        }

        private func variables(_ lab: LabUnderTest, _ pod: String) throws -> [String: String] {
            var variables: [String: String] = [:]
            for line in try lab.exec(pod, "printenv").lines {
                let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
                variables[parts[0]] = parts.count > 1 ? parts[1] : ""
            }
            return variables
        }

        @Test func `D76 to D78 a container has the variables of the Services that were there before it`() throws {
            let lab = try LabUnderTest(Self.pod("old"))
            func services(_ pod: String) throws -> Set<String> {
                Set(try variables(lab, pod).keys.filter { $0.contains("_SERVICE_") })
            }
            let own: Set = ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "KUBERNETES_SERVICE_PORT_HTTPS"]
            _ = try lab.kubectlText(
                "apply", "-f", "-",
                input: """
                    apiVersion: v1
                    kind: Service
                    metadata: {name: my-nginx}
                    spec: {clusterIP: 10.96.0.99, selector: {run: my-nginx}, ports: [{name: http, port: 8080}, {name: dns-udp, port: 53, protocol: UDP}]}
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {name: none}
                    spec: {clusterIP: None, selector: {run: my-nginx}, ports: [{port: 80}]}
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {name: elsewhere, namespace: kube-public}
                    spec: {ports: [{port: 80}]}

                    """ + Self.pod("new") + Self.pod("without", "enableServiceLinks: false, "))
            _ = try lab.kubectlText("wait", "pod", "new", "without", "--for=condition=Ready", "--timeout=20s")
            #expect(try services("old") == own, "D77: it was there before the Service")
            #expect(try services("without") == own, "D78")
            #expect(
                try services("new")
                    == own.union([
                        "MY_NGINX_SERVICE_HOST", "MY_NGINX_SERVICE_PORT", "MY_NGINX_SERVICE_PORT_HTTP",
                        "MY_NGINX_SERVICE_PORT_DNS_UDP",
                    ]), "D77: no headless Service, none of another namespace")
            let new = try variables(lab, "new")
            for (name, value) in [
                ("MY_NGINX_SERVICE_HOST", "10.96.0.99"), ("MY_NGINX_SERVICE_PORT", "8080"),
                ("MY_NGINX_SERVICE_PORT_HTTP", "8080"), ("MY_NGINX_SERVICE_PORT_DNS_UDP", "53"),
                ("MY_NGINX_PORT", "tcp://10.96.0.99:8080"), ("MY_NGINX_PORT_8080_TCP", "tcp://10.96.0.99:8080"),
                ("MY_NGINX_PORT_8080_TCP_PROTO", "tcp"), ("MY_NGINX_PORT_8080_TCP_PORT", "8080"),
                ("MY_NGINX_PORT_8080_TCP_ADDR", "10.96.0.99"), ("MY_NGINX_PORT_53_UDP", "udp://10.96.0.99:53"),
                ("MY_NGINX_PORT_53_UDP_PROTO", "udp"), ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
                ("KUBERNETES_PORT_443_TCP", "tcp://10.96.0.1:443"),
            ] { #expect(new[name] == value, "D76 \(name)") }
        }

        @Test func `a program in a Pod asks the API by name, with its account's token and rights`() throws {
            let lab = try LabUnderTest(
                deployment("web", replicas: 2) + """
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {name: hello}
                    spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}

                    """ + Self.pod("client") + Self.pod("bare", "automountServiceAccountToken: false, "))
            #expect(try lab.exec("client", "cat", "\(Self.folder)/namespace").output == "default")
            func ask(_ path: String) throws -> String {
                try lab.exec(
                    "client", "sh", "-c",
                    """
                    curl -sS -m 5 -o /tmp/answer -w '%{http_code} ' --cacert \(Self.folder)/ca.crt \
                    -H "Authorization: Bearer $(cat \(Self.folder)/token)" https://kubernetes.default.svc\(path); \
                    cat /tmp/answer
                    """
                ).output
            }
            let endpoints = try ask("/api/v1/namespaces/default/endpoints/hello")
            #expect(endpoints.hasPrefix("200 "), "\(endpoints)")
            let addresses = try lab.pods("app", "web").compactMap { $0["address"] as? String }
            try #require(addresses.count == 2)
            for address in addresses {
                #expect(endpoints.contains(address), "\(address) in \(endpoints)")
            }
            #expect(try ask("/api/v1/namespaces/default/services").hasPrefix("200 "))
            #expect(try ask("/api/v1/namespaces/kube-system/pods").hasPrefix("403 "), "another namespace's")
            let refused = try ask("/api/v1/namespaces/default/secrets")
            #expect(
                refused.hasPrefix("403 ") && refused.contains("system:serviceaccount:default:default"), "\(refused)")
            _ = try lab.kubectlText("create", "role", "reader", "--verb=get,list", "--resource=secrets")
            _ = try lab.kubectlText(
                "create", "rolebinding", "reader", "--role=reader", "--serviceaccount=default:default")
            #expect(try ask("/api/v1/namespaces/default/secrets").hasPrefix("200 "), "a RoleBinding gives the right")
            _ = try lab.kubectlText("delete", "rolebinding", "reader")
            #expect(try ask("/api/v1/namespaces/default/secrets").hasPrefix("403 "), "and takes it away")
            #expect(try lab.exec("bare", "ls", Self.folder).output.isEmpty, "it asked for no token")
        }

        @Test func `client libraries find the cluster from inside a Pod`() throws {
            let lab = try LabUnderTest(deployment("web", replicas: 2) + Self.pod("client"))
            // kubectl without a kubeconfig is client-go's in-cluster configuration.
            let pods = try lab.exec("client", "sh", "-c", "cd /tmp && HOME=/tmp KUBECONFIG= kubectl get pods -o name")
            #expect(pods.lines.filter { $0.hasPrefix("pod/web-") }.count == 2, "\(pods)")
            let may = try lab.exec("client", "sh", "-c", "HOME=/tmp KUBECONFIG= kubectl auth can-i list secrets")
            #expect(may.output.hasPrefix("no"), "\(may)")
        }
    }
}
