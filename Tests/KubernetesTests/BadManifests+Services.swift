// SPDX-License-Identifier: Apache-2.0

extension BadManifest {
    /// Services that break a rule each.
    static let services: [BadManifest] = [
        .service("D5 no ports", "type: ClusterIP", "4:1: \(subject)spec.ports: Required value"),
        .service(
            "D5 a port without a name among two", "ports:\n- {port: 80, name: a}\n- {port: 81}",
            "7:5: \(subject)spec.ports[1].name: Required value"),
        .service(
            "D5 a port name twice", "ports:\n- {port: 80, name: a}\n- {port: 81, name: a}",
            "7:16: \(subject)spec.ports[1].name: Duplicate value: \"a\""),
        .service(
            "D5 a port name in capitals", "ports: [{port: 80, name: Web}]",
            "5:22: \(subject)spec.ports[0].name: Invalid value: \"Web\": a lowercase RFC 1123 label"),
        .service(
            "a port beyond the last", "ports:\n- port: 65536",
            "6:5: \(subject)spec.ports[0].port: Invalid value: 65536: must be between 1 and 65535, inclusive"),
        .service(
            "a port that is a string", "ports:\n- port: \"80\"",
            "6:5: \(subject)spec.ports[0].port: Invalid value: \"80\": must be an integer, not a string"),
        .service(
            "a port that is a fraction", "ports:\n- port: 80.5",
            "6:5: \(subject)spec.ports[0].port: Invalid value: 80.5: must be an integer, not a fraction"),
        .service(
            "ports that are an object", "ports: {port: 80}",
            "5:3: \(subject)spec.ports: Invalid value: {\"port\":80}: must be a list, not an object"),
        .service(
            "an unknown protocol", "ports: [{port: 80, protocol: HTTP}]",
            "5:22: \(subject)spec.ports[0].protocol: Unsupported value: \"HTTP\": supported values: \"SCTP\", \"TCP\", \"UDP\""
        ),
        .service(
            "a target port that is no name", "ports: [{port: 80, targetPort: a--b}]",
            "5:22: \(subject)spec.ports[0].targetPort: Invalid value: \"a--b\": must not contain consecutive hyphens"),
        .service(
            "D6 a port twice", "ports: [{port: 80, name: a}, {port: 80, name: b}]",
            "5:32: \(subject)spec.ports[1]: Duplicate value: {\"Name\":\"\",\"Protocol\":\"TCP\",\"AppProtocol\":null,\"Port\":80,\"TargetPort\":0,\"NodePort\":0}"
        ),
        .service(
            "D6 a node port twice",
            "type: NodePort\nports: [{port: 80, name: a, nodePort: 30000}, {port: 81, name: b, nodePort: 30000}]",
            "6:69: \(subject)spec.ports[1].nodePort: Duplicate value: 30000"),
        .service(
            "D7 a node port of a cluster IP", "ports: [{port: 80, nodePort: 30080}]",
            "5:22: \(subject)spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"),
        .service(
            "D8 a headless load balancer", "type: LoadBalancer\nclusterIP: None\nports: [{port: 80}]",
            "4:1: \(subject)spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for LoadBalancer services"
        ),
        .service(
            "D8 an external name with an address", "type: ExternalName\nexternalName: a.example\nclusterIP: 10.96.0.9",
            "4:1: \(subject)spec.clusterIPs: Forbidden: may not be set for ExternalName services"),
        .service(
            "D8 an external name with underscores", "type: ExternalName\nexternalName: a_b",
            "6:3: \(subject)spec.externalName: Invalid value: \"a_b\": a lowercase RFC 1123 subdomain"),
        .service(
            "D2 a traffic policy of a cluster IP", "externalTrafficPolicy: Local\nports: [{port: 80}]",
            "5:3: \(subject)spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible services"
        ),
        .service(
            "D3 affinity for too long",
            "sessionAffinity: ClientIP\nsessionAffinityConfig:\n  clientIP:\n    timeoutSeconds: 86401\nports: [{port: 80}]",
            "8:7: \(subject)spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400"
        ),
        .service(
            "D4 node ports of no load balancer", "allocateLoadBalancerNodePorts: true\nports: [{port: 80}]",
            "5:3: \(subject)spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'"
        ),
        .service(
            "D12 source ranges of no load balancer", "ports: [{port: 80}]\nloadBalancerSourceRanges: [10.0.0.0/8]",
            "6:3: \(subject)spec.LoadBalancerSourceRanges: Forbidden"),
        .service(
            "D12 a source range with host bits",
            "type: LoadBalancer\nports: [{port: 80}]\nloadBalancerSourceRanges: [10.0.0.1/8]",
            "7:30: \(subject)spec.LoadBalancerSourceRanges[0]: Invalid value: \"10.0.0.1/8\": must not have bits set beyond the prefix length"
        ),
        .service(
            "D12 a class of no load balancer", "ports: [{port: 80}]\nloadBalancerClass: a.example/b",
            "6:3: \(subject)spec.loadBalancerClass: Forbidden"),
        .service(
            "D12 a health check of no load balancer", "ports: [{port: 80}]\nhealthCheckNodePort: 30000",
            "6:3: \(subject)spec.healthCheckNodePort: Invalid value: 30000: may only be set when"),
        .service(
            "D13 a loopback external IP", "ports: [{port: 80}]\nexternalIPs: [127.0.0.1]",
            "6:17: \(subject)spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range"),
        .service(
            "D13 a link-local external IP", "ports: [{port: 80}]\nexternalIPs: [169.254.1.1]",
            "6:17: \(subject)spec.externalIPs[0]: Invalid value: \"169.254.1.1\": may not be in the link-local range"),
        .service(
            "D13 an unspecified external IP", "ports: [{port: 80}]\nexternalIPs: [0.0.0.0]",
            "6:17: \(subject)spec.externalIPs[0]: Invalid value: \"0.0.0.0\": may not be unspecified (0.0.0.0)"),
        .service(
            "D14 leading zeros in an address", "ports: [{port: 80}]\nclusterIP: 010.1.1.1",
            "4:1: \(subject)spec.clusterIPs[0]: Invalid value: \"010.1.1.1\": must not have leading 0s"),
        .service(
            "D15 an unknown distribution", "ports: [{port: 80}]\ntrafficDistribution: Nearest",
            "6:3: \(subject)spec.trafficDistribution: Unsupported value: \"Nearest\": supported values: \"PreferClose\", \"PreferSameNode\", \"PreferSameZone\""
        ),
        .service(
            "an unknown type", "ports: [{port: 80}]\ntype: Loadbalancer",
            "6:3: \(subject)spec.type: Unsupported value: \"Loadbalancer\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\""
        ),
        .service(
            "an unknown field", "prots: [{port: 80}]",
            "5:3: \(subject)unknown field \"spec.prots\"; did you mean \"ports\"?"),
        .service(
            "an unknown field of a port", "ports:\n- port: 80\n  targetport: 8080",
            "7:5: \(subject)unknown field \"spec.ports[0].targetport\"; did you mean \"targetPort\"?"),
        .service(
            "a selector value that is a number", "ports: [{port: 80}]\nselector: {version: 1}",
            "6:14: \(subject)spec.selector[version]: Invalid value: 1: must be a string, not an integer"),
        .service(
            "a selector value that is a boolean word", "ports: [{port: 80}]\nselector: {enabled: yes}",
            "6:14: \(subject)spec.selector[enabled]: Invalid value: true: must be a string, not a boolean"),
    ]
}
