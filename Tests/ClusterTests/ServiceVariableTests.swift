// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Net
import Testing

@Suite struct ServiceVariableTests {
    private static let manifest = """
        apiVersion: v1
        kind: Service
        metadata: {name: my-nginx}
        spec: {clusterIP: 10.96.0.99, ports: [{name: http, port: 8080}, {name: dns-udp, port: 53, protocol: UDP}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: headless}
        spec: {clusterIP: None, ports: [{port: 80}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: alias}
        spec: {type: ExternalName, externalName: example.com, ports: [{port: 80}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: elsewhere, namespace: kube-public}
        spec: {ports: [{port: 80}]}
        """

    private func variables(_ spec: Value = [:], in namespace: String = "default") throws -> [String: String] {
        var fixture = try Fixture()
        try fixture.apply(Self.manifest)
        var pod = Object(apiVersion: "v1", kind: "Pod", namespace: namespace, name: "web")
        pod.spec = spec
        let sources = PodSources(
            Pod(pod), addresses: [Address(10, 244, 0, 2)], nodeAddresses: [Address(172, 18, 0, 2)],
            fixture.cluster.store)
        let environment = try sources.environment(of: Container(["name": "a"]), after: [])
        var variables: [String: String] = [:]
        for line in environment.lines {
            let parts = line.split(separator: "=", maxSplits: 1)
            variables[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        return variables
    }

    private static let ofKubernetes = [
        "KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443",
        "KUBERNETES_SERVICE_PORT_HTTPS": "443",
        "KUBERNETES_PORT": "tcp://10.96.0.1:443", "KUBERNETES_PORT_443_TCP": "tcp://10.96.0.1:443",
        "KUBERNETES_PORT_443_TCP_PROTO": "tcp", "KUBERNETES_PORT_443_TCP_PORT": "443",
        "KUBERNETES_PORT_443_TCP_ADDR": "10.96.0.1",
    ]

    @Test func `D76 and D77 each Service with an address in the Pod's namespace has variables in both manners`() throws
    {
        let own = [
            "MY_NGINX_SERVICE_HOST": "10.96.0.99", "MY_NGINX_SERVICE_PORT": "8080",
            "MY_NGINX_SERVICE_PORT_HTTP": "8080",
            "MY_NGINX_SERVICE_PORT_DNS_UDP": "53", "MY_NGINX_PORT": "tcp://10.96.0.99:8080",
            "MY_NGINX_PORT_8080_TCP": "tcp://10.96.0.99:8080", "MY_NGINX_PORT_8080_TCP_PROTO": "tcp",
            "MY_NGINX_PORT_8080_TCP_PORT": "8080", "MY_NGINX_PORT_8080_TCP_ADDR": "10.96.0.99",
            "MY_NGINX_PORT_53_UDP": "udp://10.96.0.99:53", "MY_NGINX_PORT_53_UDP_PROTO": "udp",
            "MY_NGINX_PORT_53_UDP_PORT": "53", "MY_NGINX_PORT_53_UDP_ADDR": "10.96.0.99",
        ]
        #expect(try variables() == own.merging(Self.ofKubernetes) { $1 })
    }

    @Test func `D78 without service links only the API's Service is told of, in any namespace`() throws {
        #expect(try variables(["enableServiceLinks": false]) == Self.ofKubernetes)
        let elsewhere = try variables(in: "kube-public")
        #expect(
            Set(elsewhere.keys.filter { $0.hasSuffix("_SERVICE_HOST") }) == [
                "KUBERNETES_SERVICE_HOST", "ELSEWHERE_SERVICE_HOST",
            ])
    }
}
