// SPDX-License-Identifier: Apache-2.0

extension Validator {
    /// The corresponding Go functions are `ValidateService` and `ValidateServiceUpdate`.
    mutating func service(_ object: Object, replacing old: Object?) {
        let spec = object.spec
        let type = spec["type"]?.string ?? ""
        if let old { serviceChange(from: old.spec, to: spec) }
        let ports = spec["ports"]?.elements ?? []
        if ports.isEmpty, !spec.isHeadless, type != "ExternalName" { required("spec.ports") }
        serviceType(spec, type)
        servicePorts(ports)
        labels("spec.selector", spec["selector"])
        sessionAffinity(spec)
        if type != "ExternalName" { clusterAddresses(spec) }
        for (index, address) in (spec["externalIPs"]?.elements ?? []).enumerated() {
            endpointAddress("spec.externalIPs[\(index)]", address.string ?? "")
        }
        oneOf("spec.type", spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"])
        uniquePorts(ports, type)
        loadBalancer(object, type)
        trafficPolicies(spec, type)
        oneOfIfSet(
            "spec.trafficDistribution", spec["trafficDistribution"],
            ["PreferClose", "PreferSameNode", "PreferSameZone"])
    }

    /// D8: what each type rules out.
    private mutating func serviceType(_ spec: Value, _ type: String) {
        switch type {
        case "LoadBalancer", "NodePort":
            guard spec.isHeadless else { return }
            invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for \(type) services")
        case "ExternalName":
            if !(spec["clusterIPs"]?.elements ?? []).isEmpty {
                forbidden("spec.clusterIPs", "may not be set for ExternalName services")
            }
            if !(spec["ipFamilies"]?.elements ?? []).isEmpty {
                forbidden("spec.ipFamilies", "may not be set for ExternalName services")
            }
            if !spec["ipFamilyPolicy"].isUnset {
                forbidden("spec.ipFamilyPolicy", "may not be set for ExternalName services")
            }
            let name = spec["externalName"]?.string ?? ""
            let bare = name.hasSuffix(".") ? String(name.dropLast()) : name
            if bare.isEmpty { required("spec.externalName") } else { subdomain("spec.externalName", .string(bare)) }
        default: break
        }
    }

    /// D5: each port by itself.
    private mutating func servicePorts(_ ports: [Value]) {
        var names: Set<String> = []
        for (index, port) in ports.enumerated() {
            let path = "spec.ports[\(index)]"
            let name = port["name"]?.string ?? ""
            if name.isEmpty {
                if ports.count > 1 { required("\(path).name") }
            } else {
                label("\(path).name", .string(name))
                if !names.insert(name).inserted { duplicate("\(path).name", .string(name)) }
            }
            portNumber("\(path).port", port["port"])
            oneOf("\(path).protocol", port["protocol"], ["SCTP", "TCP", "UDP"])
            // A targetPort that is left out follows the port; if that is missing too, one fault is enough.
            if !port["targetPort"].isUnset, port["port"] != nil || port["targetPort"] != 0 {
                portReference("\(path).targetPort", port["targetPort"])
            }
            if let text = port["appProtocol"]?.string { invalid("\(path).appProtocol", text, Names.qualified(text)) }
        }
    }

    /// D6 and D7: ports against each other.
    private mutating func uniquePorts(_ ports: [Value], _ type: String) {
        if type == "ClusterIP" {
            for (index, port) in ports.enumerated() where port["nodePort"]?.int ?? 0 != 0 {
                forbidden("spec.ports[\(index)].nodePort", "may not be used when `type` is 'ClusterIP'")
            }
        }
        var nodePorts: Set<[Value?]> = []
        for (index, port) in ports.enumerated() where port["nodePort"]?.int ?? 0 != 0 {
            guard !nodePorts.insert([port["protocol"], port["nodePort"]]).inserted else { continue }
            duplicate("spec.ports[\(index)].nodePort", port["nodePort"] ?? 0)
        }
        var seen: Set<[Value?]> = []
        for (index, port) in ports.enumerated() {
            let (transport, number) = (port["protocol"] ?? "", port["port"] ?? 0)
            guard !seen.insert([transport, number]).inserted else { continue }
            // Kubernetes prints its own key here, field for field.
            let key = #"{"Name":"","Protocol":\#(transport.json()),"AppProtocol":null,"Port":\#(number.json()),"#
            add(Problem("spec.ports[\(index)]", .duplicate, value: key + #""TargetPort":0,"NodePort":0}"#, ""))
        }
    }

    /// D3.
    private mutating func sessionAffinity(_ spec: Value) {
        oneOf("spec.sessionAffinity", spec["sessionAffinity"], ["ClientIP", "None"])
        let config = spec["sessionAffinityConfig"]
        switch spec["sessionAffinity"]?.string {
        case "ClientIP":
            let path = "spec.sessionAffinityConfig.clientIP.timeoutSeconds"
            let timeout = config?["clientIP"]?["timeoutSeconds"]
            if !(1...86400 ~= (timeout?.int ?? 0)) {
                invalid(path, timeout ?? 0, "must be greater than 0 and less than 86400")
            }
        case "None" where !config.isNullOrMissing:
            forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None")
        default: break
        }
    }

    /// D4 and D12.
    private mutating func loadBalancer(_ object: Object, _ type: String) {
        let spec = object.spec
        let only = "may only be used when `type` is 'LoadBalancer'"
        // Kubernetes spells the field with a capital letter here.
        let ranges = spec["loadBalancerSourceRanges"]?.elements ?? []
        if !ranges.isEmpty, type != "LoadBalancer" { forbidden("spec.LoadBalancerSourceRanges", only) }
        for (index, text) in ranges.enumerated() {
            range("spec.LoadBalancerSourceRanges[\(index)]", Self.trimmed(text.string ?? ""))
        }
        if !spec["allocateLoadBalancerNodePorts"].isNullOrMissing, type != "LoadBalancer" {
            forbidden("spec.allocateLoadBalancerNodePorts", only)
        }
        guard let name = spec["loadBalancerClass"]?.string else { return }
        if type == "LoadBalancer" {
            invalid("spec.loadBalancerClass", name, Names.qualified(name))
        } else {
            forbidden("spec.loadBalancerClass", only)
        }
    }

    /// D2, and the health check port of D12.
    private mutating func trafficPolicies(_ spec: Value, _ type: String) {
        let external = spec["externalTrafficPolicy"]
        if spec.isExternallyAccessible {
            oneOf("spec.externalTrafficPolicy", external, ["Cluster", "Local"])
        } else if !external.isUnset {
            invalid("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services")
        }
        if let port = spec["healthCheckNodePort"], port.int ?? 0 != 0 {
            if type == "LoadBalancer", external == "Local" {
                portNumber("spec.healthCheckNodePort", port)
            } else {
                invalid(
                    "spec.healthCheckNodePort", port,
                    "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")
            }
        }
        oneOfIfSet("spec.internalTrafficPolicy", spec["internalTrafficPolicy"], ["Cluster", "Local"])
    }

    static func trimmed(_ text: String) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
