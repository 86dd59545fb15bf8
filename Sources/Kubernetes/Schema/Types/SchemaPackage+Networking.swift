// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/networking/v1`.
    static let networking = SchemaPackage(
        "networking.v1",
        [
            "Ingress": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:IngressSpec status@3:IngressStatus",
            "IngressSpec": """
            ingressClassName@4:*string defaultBackend@1:IngressBackend tls@2:[]IngressTLS rules@3:[]IngressRule
            """,
            "IngressBackend": "service@4:IngressServiceBackend resource@3:core.TypedLocalObjectReference",
            "IngressServiceBackend": "name!@1 port@2:ServiceBackendPort",
            "ServiceBackendPort": ";atomic name@1 number@2:int32",
            "IngressTLS": "hosts@1:[]string secretName@2",
            "IngressRule": "host@1 http@2.1:HTTPIngressRuleValue",
            "HTTPIngressRuleValue": "paths!@1:[]HTTPIngressPath",
            "HTTPIngressPath": "path@1 pathType!@3:*string.PathType backend!@2:IngressBackend",
            "IngressStatus": "loadBalancer@1:IngressLoadBalancerStatus",
            "IngressLoadBalancerStatus": "ingress@1:[]IngressLoadBalancerIngress",
            "IngressLoadBalancerIngress": "ip@1 hostname@2 ports@4:[]IngressPortStatus",
            "IngressPortStatus": "port!@1:int32 protocol!@2:string.core.Protocol error@3:*string",
            "IngressClass": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:IngressClassSpec",
            "IngressClassSpec": "controller@1 parameters@2:IngressClassParametersReference",
            "IngressClassParametersReference": "apiGroup@1:*string kind!@2 name!@3 scope@4:*string namespace@5:*string",
            "NetworkPolicy": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:NetworkPolicySpec",
            "NetworkPolicySpec": """
            podSelector@1:meta.LabelSelector ingress@2:[]NetworkPolicyIngressRule egress@3:[]NetworkPolicyEgressRule
            policyTypes@4:[]string.PolicyType
            """,
            "NetworkPolicyIngressRule": "ports@1:[]NetworkPolicyPort from@2:[]NetworkPolicyPeer",
            "NetworkPolicyPort": "protocol@1:*string.core.Protocol port@2:*intOrString endPort@3:*int32",
            "NetworkPolicyPeer": """
            podSelector@1:meta.LabelSelector namespaceSelector@2:meta.LabelSelector ipBlock@3:IPBlock
            """,
            "IPBlock": "cidr!@1 except@2:[]string",
            "NetworkPolicyEgressRule": "ports@1:[]NetworkPolicyPort to@2:[]NetworkPolicyPeer",
            "ServiceCIDR": """
            apiVersion kind metadata@1:meta.ObjectMeta spec@2:ServiceCIDRSpec status@3:ServiceCIDRStatus
            """,
            "ServiceCIDRSpec": "cidrs@1:[]string",
            "ServiceCIDRStatus": "conditions@1:[]meta.Condition;merge=type;map=type",
            "IPAddress": "apiVersion kind metadata@1:meta.ObjectMeta spec!@2:IPAddressSpec",
            "IPAddressSpec": "parentRef!@1:ParentReference",
            "ParentReference": "group@1 resource!@2 namespace@3 name!@4",
        ])
}
