// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

/// The rows of `ExplanationTests`.
extension ExplanationTests {
    /// One question with its answer.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        /// The Service of the manifest, whose lines are counted from 1; Pods follow it.
        var service: String
        var pods = Sample.pods
        var from = "pod/client"
        var to: String
        var transport: AskedProtocol?
        var unready: Set<ObjectKey> = []
        /// The headline.
        var answer: String
        /// Further remarks, each of which must be among those that are made.
        var beside: [String] = []

        var testDescription: String { name }
    }

    /// Manifests of the table.
    enum Sample {
        /// Two Pods of the app `web` on node-1 and node-2, and a client on node-3.
        static let pods = Text.all(
            Text.pod("a", spec: "  nodeName: node-1"), Text.pod("b", spec: "  nodeName: node-2"),
            Text.pod("client", labels: "app: client", spec: "  nodeName: node-3"))

        /// The selector is at line 6, the ports at line 7, what is added from line 8.
        static func service(
            _ type: String = "ClusterIP", selector: String = "{app: web}", port: String = "targetPort: 8080",
            _ more: String = "", labels: String = "{}"
        ) -> String {
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web, labels: \(labels)}
            spec:
              type: \(type)
              selector: \(selector)
              ports: [{name: http, port: 80, \(port)}]
              \(more)
            """
        }

        /// Made by hand.
        static let slice = """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
            addressType: IPv4
            ports: [{name: http, port: 8080}]
            endpoints: [{addresses: [10.244.0.99]}]
            """

        static let both: Set<ObjectKey> = [ObjectKey("Pod", "default", "a"), ObjectKey("Pod", "default", "b")]
    }

    static let delivered: [Row] = [
        Row(
            name: "by name, from a Pod", service: Sample.service(), to: "http://web",
            answer: "delivered: to one of 2 Pods of Service default/web (a and b)",
            beside: ["the server sees the client's own address, 10.244.2.2"]),
        Row(
            name: "by its whole name", service: Sample.service(), to: "web.default.svc.cluster.local:http",
            answer: "delivered: to one of 2 Pods of Service default/web (a and b)"),
        Row(
            name: "by kind and name, without a port", service: Sample.service(), from: "node-3", to: "service/web",
            answer: "delivered: to one of 2 Pods of Service default/web (a and b)",
            beside: ["the server sees the client's own address, 172.18.0.4"]),
        Row(
            name: "hairpin", service: Sample.service(), from: "pod/a", to: "http://web",
            answer: "delivered: to one of 2 Pods of Service default/web (a and b)",
            beside: [
                "the server sees the client's own address, or 172.18.0.2 as the client: node-1 puts its own address in"
            ]),
        Row(
            name: "one of them is not ready", service: Sample.service(), to: "http://web",
            unready: [ObjectKey("Pod", "default", "b")],
            answer: "delivered: to Pod a of Service default/web",
            beside: ["left out: 1 Pod: assumed to be unready"]),
        Row(
            name: "a port that no container declares", service: Sample.service(port: "targetPort: 9090"),
            to: "http://web", answer: "delivered: to one of 2 Pods of Service default/web (a and b)",
            beside: [
                "the network delivers to port 9090; whether anything listens there is another matter: no container "
                    + "declares that port (declared: 8080)"
            ]),
        Row(
            name: "from outside through the load balancer", service: Sample.service("LoadBalancer"), from: "host",
            to: "203.0.113.1:80", answer: "delivered: to one of 2 Pods of Service default/web (a and b)",
            beside: [
                "the server sees 172.18.0.2, 172.18.0.3 and 172.18.0.4 as the client: node-1, node-2 and node-3 put their own "
                    + "addresses in",
                "the reply comes back through node-1 and edge; node-1 and edge put the addresses back",
            ]),
        Row(
            name: "a Pod itself, its port by name", service: Sample.service(), to: "pod/a:http",
            answer: "delivered: to Pod a"),
        Row(
            name: "a ping of a Pod", service: Sample.service(), to: "pod/a", transport: .icmp,
            answer: "delivered: the kernel of default/a answers"),
        Row(
            name: "headless", service: Sample.service("ClusterIP", "clusterIP: None"), to: "http://web",
            answer: "delivered: to one of 2 Pods of Service default/web (a and b)",
            beside: [
                "Service default/web is headless at test.yaml:8: its name stands for the addresses of its Pods, and port 80 "
                    + "is not translated to targetPort 8080"
            ]),
        Row(
            name: "affinity", service: Sample.service("ClusterIP", "sessionAffinity: ClientIP"), to: "http://web",
            answer: "delivered: to one of 2 Pods of Service default/web (a and b)",
            beside: [
                "sessionAffinity ClientIP at test.yaml:8: a client stays with the endpoint that it is given, for 10800 s "
                    + "after its last new connection"
            ]),
        Row(
            name: "the load balancer is another's",
            service: Sample.service("LoadBalancer", "loadBalancerClass: example.com/other"), to: "http://web",
            answer: "delivered: to one of 2 Pods of Service default/web (a and b)",
            beside: [
                "the load balancer is pending at test.yaml:5: it is left to loadBalancerClass example.com/other"
            ]),
    ]

    static let failing: [Row] = [
        Row(
            name: "D41 a port that the Service does not have", service: Sample.service(), to: "http://web:81",
            answer: "refused: port 81: web has only 80 (http) at test.yaml:7"),
        Row(
            name: "D41 an address that no Service has", service: Sample.service(), to: "10.96.9.9:443",
            answer: "dropped: no Service has 10.96.9.9; there are 10.96.0.1 (default/kubernetes)"),
        Row(
            name: "D40 a selector with a slip", service: Sample.service(selector: "{app: wbe}"), to: "http://web",
            answer:
                "refused: no endpoints: selector app=wbe at test.yaml:6 matches no Pod; nearest: app=web on 2 Pods"),
        Row(
            name: "D40 a selector with another label", service: Sample.service(selector: "{name: web}"),
            to: "http://web",
            answer:
                "refused: no endpoints: selector name=web at test.yaml:6 matches no Pod; nearest: app=web on 2 Pods"),
        Row(
            name: "D40 none is ready", service: Sample.service(), to: "http://web", unready: Sample.both,
            answer: "refused: no endpoints: 2 Pods match, none is ready: assumed to be unready"),
        Row(
            name: "D40 no Pod fits on a node", service: Sample.service(),
            pods: Text.all(
                Text.pod("a", spec: "  nodeSelector: {disk: fast}"),
                Text.pod("client", labels: "app: client", spec: "  nodeName: node-3")), to: "http://web",
            answer:
                "refused: no endpoints: 1 Pod matches, none is ready: on no node: 0/3 nodes are available: 3 node(s) "
                + "didn't match Pod's node affinity/selector."),
        Row(
            name: "D33 a targetPort that no container has", service: Sample.service(port: "targetPort: web"),
            to: "http://web",
            answer: "refused: no endpoints: targetPort web at test.yaml:7: no container of the 2 Pods names a port so; "
                + "they name http"),
        Row(
            name: "D29 no selector", service: Sample.service(selector: "{}"), to: "http://web",
            answer: "refused: no endpoints: web has no selector at test.yaml:6, and nobody made an EndpointSlice for it"
        ),
        Row(
            name: "D48 a node port at the loopback address", service: Sample.service("NodePort"), from: "node-1",
            to: "localhost PORT", answer: "refused: nothing listens at 127.0.0.1:"),
        Row(
            name: "an endpoint that no Pod has", service: Text.all(Sample.service(selector: "{}"), Sample.slice),
            to: "http://web", answer: "unreachable: no Pod has 10.244.0.99"),
        Row(
            name: "D54 another proxy's",
            service: Sample.service(labels: "{service.kubernetes.io/service-proxy-name: x}"),
            to: "http://web",
            answer: "dropped: label service.kubernetes.io/service-proxy-name: x: the proxy leaves the Service alone "
                + "(test.yaml:3)"),
        Row(
            name: "no route", service: Sample.service(), to: "198.51.100.1:80",
            answer: "unreachable: nobody has a route to 198.51.100.1: edge says no route to 198.51.100.1"),
        Row(
            name: "no Pod has the address", service: Sample.service(), to: "10.244.1.99:80",
            answer: "unreachable: no Pod has 10.244.1.99"),
        Row(
            name: "a ping of a cluster address", service: Sample.service("ClusterIP", "clusterIP: 10.96.0.99"),
            to: "web", transport: .icmp,
            answer:
                "unanswered: nothing answers a ping: 10.96.0.99 of Service default/web exists only as a rule"),
        Row(
            name: "an address of the host's own world", service: Sample.service(), from: "host", to: "198.51.100.1:80",
            answer: "unanswered: 198.51.100.1 is no address of the lab: the host's own routes decide"),
        Row(
            name: "a port of a node where nothing listens",
            service: Sample.service("NodePort", "clusterIP: 10.96.0.99"),
            from: "host", to: "node/node-1:29999",
            answer: "refused: node-1 itself gets it, and nothing listens there on port 29999; node ports are "),
        Row(
            name: "a name for a name outside", service: Sample.service("ExternalName", "externalName: example.com"),
            to: "http://web",
            answer: "unanswered: the name stands for example.com (CNAME at test.yaml:8)"),
        Row(
            name: "headless, and none is ready", service: Sample.service("ClusterIP", "clusterIP: None"),
            to: "http://web", unready: Sample.both,
            answer: "unanswered: no endpoints: 2 Pods match, none is ready: assumed to be unready"),
        Row(
            name: "D42 internalTrafficPolicy Local",
            service: Sample.service("ClusterIP", "internalTrafficPolicy: Local"),
            to: "http://web",
            answer:
                "dropped: internalTrafficPolicy Local at test.yaml:8, and node-3 has no ready endpoint (they are on "
                + "node-1 and node-2)"),
        Row(
            name: "D42 D49 externalTrafficPolicy Local",
            service: Sample.service("NodePort", "externalTrafficPolicy: Local"), from: "host", to: "node-3 PORT",
            answer:
                "dropped: externalTrafficPolicy Local at test.yaml:8, and node-3 has no ready endpoint (they are on "
                + "node-1 and node-2)"),
        Row(
            name: "D61 loadBalancerSourceRanges",
            service: Sample.service("LoadBalancer", "loadBalancerSourceRanges: [192.0.2.0/24]"), from: "host",
            to: "203.0.113.1:80",
            answer: "dropped: 172.18.0.254 is not in loadBalancerSourceRanges (test.yaml:8)"),
    ]
}
