// SPDX-License-Identifier: Apache-2.0

extension DataplaneTableLab {
    /// Four nodes in two zones and none, one Pod or two for each thing that a Service can be, and those Services.
    static func manifest(_ mode: RuleMode) -> String {
        """
        apiVersion: lab/v1
        kind: Lab
        spec:
          proxyMode: \(mode)
          nodes: [{name: node-1, zone: a}, {name: node-2, zone: a}, {name: node-3, zone: b}, {name: node-4}]

        """ + pods + services
    }

    private static let pods =
        pod("web-1", app: "web", node: 1) + pod("web-2", app: "web", node: 2)
        + pod("client-1", app: "client", node: 1) + pod("client-3", app: "client", node: 3)
        + pod("client-4", app: "client", node: 4)
        + pod("self", app: "self", node: 1)
        + pod("one", app: "one", node: 1) + pod("zone-1", app: "zoned", node: 1) + pod("zone-3", app: "zoned", node: 3)
        + pod("named-1", app: "named", node: 1, http: 8081) + pod("named-2", app: "named", node: 2, http: 8082)
        + pod("ending-1", app: "ending", node: 1) + pod("ending-2", app: "ending", node: 2)
        + pod("on-node", app: "on-node", node: 2, http: 8088, extra: "hostNetwork: true")
        + pod("port", app: "port", node: 2, hostPort: 7070)

    /// A Pod that answers over HTTP and in datagrams, and goes on doing so when it is told to end.
    private static func pod(
        _ name: String, app: String, node: Int, http: Int = 8080, hostPort: Int? = nil, extra: String = ""
    ) -> String {
        let port = hostPort.map { ", hostPort: \($0)" } ?? ""
        return """
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), labels: {app: \(app)}}
            spec:
              nodeName: node-\(node)
              terminationGracePeriodSeconds: \(app == "ending" ? 300 : 0)
              \(extra)
              containers:
              - name: http
                image: web
                ports: [{name: http, containerPort: \(http)\(port)}]
                env: [{name: LAB_DRAIN_MILLISECONDS, value: "300000"}]
              - name: dns
                image: registry.k8s.io/e2e-test-images/agnhost:2.53
                args: [netexec, --http-port=-1, --udp-port=\(http + 1000), --delay-shutdown=300]
                ports: [{name: dns, containerPort: \(http + 1000), protocol: UDP}]

            """
    }

    private static let services =
        service(
            "plain", app: "web",
            "ports: [{name: http, port: 80, targetPort: http}, {name: dns, port: 53, targetPort: dns, protocol: UDP}]")
        + service(
            "ports", app: "web",
            """
            type: NodePort
              ports: [{name: http, port: 80, targetPort: http, nodePort: 30080}, {name: dns, port: 80, targetPort: dns, protocol: UDP, nodePort: 30080}]
            """)
        + service(
            "nobody", app: "nobody",
            """
            type: NodePort
              ports: [{name: http, port: 80, nodePort: 30099}, {name: dns, port: 53, protocol: UDP}]
            """)
        + service(
            "inner", app: "one",
            """
            type: NodePort
              internalTrafficPolicy: Local
              ports: [{name: http, port: 80, targetPort: http, nodePort: 30081}, {name: dns, port: 53, targetPort: dns, protocol: UDP, nodePort: 30053}]
            """)
        + service(
            "outer", app: "one",
            """
            type: LoadBalancer
              externalTrafficPolicy: Local
              healthCheckNodePort: 32000
              ports: [{name: http, port: 80, targetPort: http, nodePort: 30082}, {name: dns, port: 53, targetPort: dns, protocol: UDP, nodePort: 30054}]
            """)
        + service(
            "sticky", app: "web",
            """
            type: NodePort
              sessionAffinity: ClientIP
              ports: [{name: http, port: 80, targetPort: http, nodePort: 30083}, {name: dns, port: 53, targetPort: dns, protocol: UDP}]
            """)
        + service("self", app: "self", "ports: [{port: 80, targetPort: http}]")
        + service(
            "outside", app: "web",
            """
            externalIPs: [198.51.100.7]
              ports: [{port: 8000, targetPort: http}]
            """)
        + service(
            "ending", app: "ending",
            """
            type: LoadBalancer
              externalTrafficPolicy: Local
              healthCheckNodePort: 32001
              ports: [{port: 80, targetPort: http, nodePort: 30084}]
            """)
        + service(
            "other-proxy", app: "web", "ports: [{port: 80, targetPort: http}]",
            labels: "service.kubernetes.io/service-proxy-name: other")
        + service(
            "headless-label", app: "web", "ports: [{port: 80, targetPort: http}]",
            labels: "service.kubernetes.io/headless: \"\"")
        + service(
            "on-node", app: "on-node",
            """
            type: NodePort
              ports: [{port: 80, targetPort: http, nodePort: 30085}]
            """)
        + service("named", app: "named", "ports: [{port: 80, targetPort: http}]")
        + service("stream", app: "web", "ports: [{port: 9999, protocol: SCTP}]")
        + service(
            "balanced", app: "web",
            """
            type: LoadBalancer
              ports: [{name: http, port: 80, targetPort: http}, {name: dns, port: 80, targetPort: dns, protocol: UDP}]
            """)
        + service(
            "bare", app: "web",
            """
            type: LoadBalancer
              allocateLoadBalancerNodePorts: false
              ports: [{port: 80, targetPort: http}]
            """)
        + service(
            "ranged", app: "web",
            """
            type: LoadBalancer
              loadBalancerSourceRanges: ["10.244.0.0/16", " 192.0.2.0/24 "]
              ports: [{port: 80, targetPort: http, nodePort: 30086}]
            """)
        + service(
            "everyone", app: "web",
            """
            type: LoadBalancer
              loadBalancerSourceRanges: ["0.0.0.0/0", "192.0.2.0/24"]
              ports: [{port: 80, targetPort: http}]
            """)
        + service(
            "classed", app: "web",
            """
            type: LoadBalancer
              loadBalancerClass: example.com/other
              ports: [{port: 80, targetPort: http, nodePort: 30087}]
            """)
        + service(
            "zoned", app: "zoned",
            """
            trafficDistribution: PreferSameZone
              ports: [{port: 80, targetPort: http}]
            """)
        + service(
            "noded", app: "zoned",
            """
            trafficDistribution: PreferSameNode
              ports: [{port: 80, targetPort: http}]
            """)
        + service(
            "zoned-local", app: "zoned",
            """
            trafficDistribution: PreferSameZone
              internalTrafficPolicy: Local
              ports: [{port: 80, targetPort: http}]
            """)
        + service(
            "auto", app: "zoned",
            """
            trafficDistribution: PreferSameNode
              ports: [{port: 80, targetPort: http}]
            """, annotations: "service.kubernetes.io/topology-mode: Auto")

    private static func service(
        _ name: String, app: String, _ spec: String, labels: String = "", annotations: String = ""
    ) -> String {
        """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), labels: {\(labels)}, annotations: {\(annotations)}}
        spec:
          selector: {app: \(app)}
          \(spec)

        """
    }

    /// Three Pods that serve for a while after they are told to end, and two balancers before them.
    static func rollout(version: Int) -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: roll}
        spec:
          replicas: 3
          selector: {matchLabels: {app: roll}}
          template:
            metadata: {labels: {app: roll, version: "\(version)"}}
            spec:
              terminationGracePeriodSeconds: 10
              containers:
              - name: http
                image: web
                ports: [{name: http, containerPort: 8080}]
                env: [{name: LAB_DRAIN_MILLISECONDS, value: "5000"}]
                readinessProbe: {tcpSocket: {port: http}, periodSeconds: 1}

        """
            + service(
                "roll", app: "roll",
                """
                type: LoadBalancer
                  ports: [{port: 80, targetPort: http}]
                """)
            + service(
                "roll-local", app: "roll",
                """
                type: LoadBalancer
                  externalTrafficPolicy: Local
                  ports: [{port: 80, targetPort: http}]
                """)
    }
}
