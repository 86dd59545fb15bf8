// SPDX-License-Identifier: Apache-2.0

extension Value {
    /// Fills in the spec of a Service (D1–D4). The corresponding Go function is `SetDefaults_Service`.
    mutating func defaultService() {
        setDefault("sessionAffinity", "None")
        if self["sessionAffinity"] == "None" { self["sessionAffinityConfig"] = nil }
        if self["selector"] == [:] { self["selector"] = nil }
        if self["sessionAffinity"] == "ClientIP",
            self["sessionAffinityConfig"]?["clientIP"]?["timeoutSeconds"].isUnset ?? true
        {
            self["sessionAffinityConfig", "clientIP", "timeoutSeconds"] = 10800
        }
        setDefault("type", "ClusterIP")
        changeEach("ports") { port in
            port.setDefault("protocol", "TCP")
            if port["targetPort"].isUnset || port["targetPort"] == 0 { port["targetPort"] = port["port"] ?? 0 }
        }
        let type = self["type"]?.string ?? ""
        if isExternallyAccessible { setDefault("externalTrafficPolicy", "Cluster") }
        if ["NodePort", "LoadBalancer", "ClusterIP"].contains(type) { setDefault("internalTrafficPolicy", "Cluster") }
        if type == "LoadBalancer", self["allocateLoadBalancerNodePorts"].isNullOrMissing {
            self["allocateLoadBalancerNodePorts"] = true
        }
        // `clusterIP` alone stands for a list of one. The list without it is a fault, which validation finds.
        if let address = self["clusterIP"]?.string, !address.isEmpty, self["clusterIPs"]?.elements.isEmpty ?? true {
            self["clusterIPs"] = [.string(address)]
        }
    }

    /// Fills in how nodes treat a load balancer's addresses (D60).
    mutating func defaultIngress() {
        guard self["status"]?["loadBalancer"]?["ingress"] != nil else { return }
        changeField("status") { status in
            status.changeField("loadBalancer") { balancer in
                balancer.changeEach("ingress") { if !$0["ip"].isUnset { $0.setDefault("ipMode", "VIP") } }
            }
        }
    }

    /// True for a Service spec that traffic from outside can reach. The corresponding Go function is
    /// `ExternallyAccessible`.
    var isExternallyAccessible: Bool {
        switch self["type"]?.string {
        case "NodePort", "LoadBalancer": true
        case "ClusterIP": !(self["externalIPs"]?.elements.isEmpty ?? true)
        default: false
        }
    }
}
