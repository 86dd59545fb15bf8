// SPDX-License-Identifier: Apache-2.0

extension Object {
    /// What a real API server would warn of while it accepts the object. The corresponding HTTP header is `Warning`.
    public func warnings() -> [String] {
        switch keyKind {
        case "Service": serviceWarnings()
        case "Endpoints": ["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"]
        case "EndpointSlice" where value["addressType"] == "FQDN": ["spec.addressType: FQDN endpoints are deprecated"]
        case "Pod" where name.contains("."):
            [
                "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; "
                    + "a DNS label is recommended: [must not contain dots]"
            ]
        default: []
        }
    }

    /// D13, D15, D16. The corresponding Go function is `GetWarningsForService`.
    private func serviceWarnings() -> [String] {
        let spec = spec
        let type = spec["type"]?.string ?? "ClusterIP"
        let isHeadless = type == "ClusterIP" && spec.isHeadless
        let hasExternalAddresses = !(spec["externalIPs"]?.elements ?? []).isEmpty
        var warnings: [String] = []
        if isHeadless {
            if !spec["loadBalancerIP"].isUnset {
                warnings.append("spec.loadBalancerIP is ignored for headless services")
            }
            if hasExternalAddresses { warnings.append("spec.externalIPs is ignored for headless services") }
            if spec["sessionAffinity"]?.string ?? "None" != "None" {
                warnings.append("spec.SessionAffinity is ignored for headless services")
            }
        }
        if hasExternalAddresses {
            if type == "ExternalName" {
                warnings.append("spec.externalIPs is ignored when spec.type is \"ExternalName\"")
            } else if !isHeadless {
                warnings.append("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
            }
        }
        if type != "ExternalName", !spec["externalName"].isUnset {
            warnings.append("spec.externalName is ignored when spec.type is not \"ExternalName\"")
        }
        if spec["trafficDistribution"] == "PreferClose" {
            warnings.append("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"")
        }
        return warnings
    }
}
