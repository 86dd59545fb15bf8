// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// Services and Endpoints, in `k8s.io/api/core/v1`.
    static let coreServices: [String: String] = [
        "Service": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:ServiceSpec status@3:ServiceStatus",
        "ServiceSpec": """
        ports@1:[]ServicePort;merge=port;map=port,protocol selector@2:{}string;atomic clusterIP@3
        clusterIPs@18:[]string type@4:string.ServiceType externalIPs@5:[]string
        sessionAffinity@7:string.ServiceAffinity loadBalancerIP@8 loadBalancerSourceRanges@9:[]string externalName@10
        externalTrafficPolicy@11:string.ServiceExternalTrafficPolicy healthCheckNodePort@12:int32
        publishNotReadyAddresses@13:bool sessionAffinityConfig@14:SessionAffinityConfig
        ipFamilies@19:[]string.IPFamily ipFamilyPolicy@17:*string.IPFamilyPolicy
        allocateLoadBalancerNodePorts@20:*bool loadBalancerClass@21:*string
        internalTrafficPolicy@22:*string.ServiceInternalTrafficPolicy trafficDistribution@23:*string
        """,
        "ServicePort": """
        name@1 protocol@2:string.Protocol appProtocol@6:*string port!@3:int32 targetPort@4:intOrString
        nodePort@5:int32
        """,
        "SessionAffinityConfig": "clientIP@1:ClientIPConfig",
        "ClientIPConfig": "timeoutSeconds@1:*int32",
        "ServiceStatus": "loadBalancer@1:LoadBalancerStatus conditions@2:[]meta.Condition;merge=type;map=type",
        "LoadBalancerStatus": "ingress@1:[]LoadBalancerIngress",
        "LoadBalancerIngress": "ip@1 hostname@2 ipMode@3:*string.LoadBalancerIPMode ports@4:[]PortStatus",
        "PortStatus": "port!@1:int32 protocol!@2:string.Protocol error@3:*string",
        "Endpoints": "apiVersion kind metadata@1:meta.ObjectMeta subsets@2:[]EndpointSubset",
        "EndpointSubset": "addresses@1:[]EndpointAddress notReadyAddresses@2:[]EndpointAddress ports@3:[]EndpointPort",
        "EndpointAddress": ";atomic ip!@1 hostname@3 nodeName@4:*string targetRef@2:ObjectReference",
        "EndpointPort": ";atomic name@1 port!@2:int32 protocol@3:string.Protocol appProtocol@4:*string",
    ]
}
