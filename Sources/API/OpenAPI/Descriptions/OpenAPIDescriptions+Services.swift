// SPDX-License-Identifier: Apache-2.0

extension OpenAPIDescriptions {
    /// Services, and what they lead to.
    static let services = [
        "core.v1.Service": """
        A stable address for a set of Pods that come and go. The lab writes the rules for it into every node's kernel, \
        as kube-proxy does.
        spec: Which Pods are meant, and how they are reached.
        status: The addresses at which load balancers offer the Service.
        """,
        "core.v1.ServiceSpec": """
        Which Pods a Service leads to, and under which addresses and ports.
        ports: The ports that the Service listens on, and the port of the Pods that each leads to.
        selector: The labels of the Pods that the Service leads to. Without it, someone else writes the Endpoints.
        clusterIP: The address inside the cluster. The lab takes a free one unless one is named; None makes the \
        Service headless: clients get the addresses of the Pods. It cannot change while the type stays.
        clusterIPs: The addresses inside the cluster, one a family; the first is clusterIP.
        type: How far the Service can be reached: ClusterIP from inside the cluster, NodePort also through a port of \
        every node, LoadBalancer also through an address outside it; ExternalName is only an alias for a DNS name.
        externalIPs: Further addresses at which every node takes connections for the Service. Bringing them to the \
        nodes is not the lab's doing.
        sessionAffinity: With ClientIP, one client comes to the same Pod again and again; None spreads every \
        connection.
        loadBalancerIP: The address that the load balancer is asked for. The lab's takes it if it is free in its \
        range. Deprecated.
        loadBalancerSourceRanges: The clients, as address ranges, that may come through the load balancer. The lab's \
        nodes drop all others.
        externalName: The DNS name that an ExternalName Service stands for.
        externalTrafficPolicy: Where connections from outside go: Cluster to any Pod, with the node's address as \
        sender; Local only to Pods of the node that they reach, with the client's own address as sender.
        healthCheckNodePort: The port at which each node tells load balancers whether it has a Pod of the Service, \
        with policy Local.
        publishNotReadyAddresses: Whether Pods that are not ready count as endpoints too.
        sessionAffinityConfig: How sessionAffinity works in detail.
        ipFamilies: The address families of the Service, the first one first: IPv4, IPv6.
        ipFamilyPolicy: Whether the Service has one address family or both, if the cluster has both.
        allocateLoadBalancerNodePorts: Whether a LoadBalancer Service gets node ports too; true if it is not set.
        loadBalancerClass: Which load balancer is to serve it. The lab's own serves Services that name none.
        internalTrafficPolicy: Where connections from inside go: Cluster to any Pod, Local only to Pods of the \
        client's own node.
        trafficDistribution: Which endpoints are preferred: PreferSameZone, PreferSameNode, or PreferClose, the older \
        word for the first.
        """,
        "core.v1.ServicePort": """
        One port of a Service.
        name: The port's name, needed if there are several; endpoints have it too.
        protocol: The transport protocol; TCP if it is not set.
        appProtocol: What is spoken over the port, as kubernetes.io/h2c; the lab only passes it on.
        port: The number that clients connect to.
        targetPort: The Pods' port: a number, or the name of a container's port, which may differ from Pod to Pod. The \
        same as port if it is not set.
        nodePort: The port of every node that leads to the Service, from 30000 to 32767. The lab takes a free one \
        unless one is named.
        """,
        "core.v1.SessionAffinityConfig": """
        How session affinity works in detail.
        clientIP: For ClientIP: how long a client is remembered.
        """,
        "core.v1.ClientIPConfig": """
        How long a client is remembered.
        timeoutSeconds: For so many seconds after its last connection, from 1 to 86400; three hours if it is not set.
        """,
        "core.v1.ServiceStatus": """
        Where a Service is offered from outside.
        loadBalancer: The load balancer's addresses, once there are any.
        conditions: Aspects of the Service's state, as others write them.
        """,
        "core.v1.LoadBalancerStatus": """
        What a load balancer offers.
        ingress: The addresses. Connections to any of them reach the Service.
        """,
        "core.v1.LoadBalancerIngress": """
        One address of a load balancer.
        ip: The IP address, in the lab one of 203.0.113.0/24 unless the lab file says otherwise.
        hostname: The DNS name, for load balancers that go by names.
        ipMode: Whether nodes treat the address as their own (VIP) or send connections to it out (Proxy).
        ports: How each port fares.
        """,
        "core.v1.Endpoints": """
        The addresses of a Service's Pods in one object: the older form of EndpointSlice. The lab writes it for \
        Services with a selector, and mirrors one that you write into slices.
        subsets: Addresses that share the same ports.
        """,
        "core.v1.EndpointSubset": """
        Addresses that share the same ports.
        addresses: The addresses that take connections.
        notReadyAddresses: The addresses that do not take connections yet, or no longer.
        ports: The ports of each address.
        """,
        "core.v1.EndpointAddress": """
        One address.
        ip: The IP address.
        hostname: The name of its own that the address has below the Service's.
        nodeName: The node that the address is on.
        targetRef: The Pod that has the address.
        """,
        "core.v1.EndpointPort": """
        One port of the addresses.
        name: The name of the Service's port.
        port: The number.
        protocol: The transport protocol.
        appProtocol: What is spoken over the port.
        """,
        "discovery.v1.EndpointSlice": """
        Up to a hundred of the addresses of a Service's Pods. The nodes' rules are made from the slices.
        addressType: What the addresses are: IPv4, IPv6 or FQDN. It cannot change.
        endpoints: The addresses, each with its state.
        ports: The ports of each address.
        """,
        "discovery.v1.Endpoint": """
        One Pod, or another place that takes connections.
        addresses: Its address. Consumers use the first.
        conditions: Whether it takes connections.
        hostname: The name of its own that it has below the Service's.
        targetRef: The Pod that it is.
        deprecatedTopology: Labels of older versions; empty.
        nodeName: The node that it is on.
        zone: The zone of that node.
        hints: For whom it is meant.
        """,
        "discovery.v1.EndpointConditions": """
        Whether an endpoint takes connections.
        ready: Whether new connections go to it. Pods that are ending are not ready.
        serving: Whether it would answer, also while it is ending.
        terminating: Whether it is ending. With none ready left, connections go to those that still serve.
        """,
        "discovery.v1.EndpointHints": """
        For whom an endpoint is meant.
        forZones: The zones whose clients should use it.
        forNodes: The nodes whose clients should use it.
        """,
        "discovery.v1.EndpointPort": """
        One port of a slice's addresses.
        name: The name of the Service's port.
        port: The number; missing for all ports.
        protocol: The transport protocol.
        appProtocol: What is spoken over the port.
        """,
    ]
}
