// SPDX-License-Identifier: Apache-2.0

internal import Net

extension Value {
    /// True for the spec of a Service without a virtual address.
    var isHeadless: Bool { self["clusterIP"] == "None" || self["clusterIPs"]?.elements.first == "None" }
}

extension Validator {
    /// The corresponding Go function is `ValidateServiceClusterIPsRelatedFields`.
    mutating func clusterAddresses(_ spec: Value) {
        let first = spec["clusterIP"]?.string ?? ""
        let list = spec["clusterIPs"] ?? []
        let all = list.elements.map { $0.string ?? "" }
        if first.isEmpty, !all.isEmpty {
            invalid("spec.clusterIPs", list, "must be empty when `clusterIP` is not specified")
        }
        if !first.isEmpty, let other = all.first, other != first {
            invalid("spec.clusterIPs", list, "first value must match `clusterIP`")
        }
        families(spec)
        let before = problems.count
        for (index, text) in all.enumerated() {
            if index == 0, text == "None" {
                if all.count > 1 { invalid("spec.clusterIPs", list, "'None' must be the first and only value") }
                continue
            }
            address("spec.clusterIPs[\(index)]", text)
        }
        if all.count > 2 { invalid("spec.clusterIPs", list, "may only hold up to 2 values") }
        guard problems.count == before else { return }
        let found = all.compactMap { Address($0)?.family }
        if found.count == 2, found[0] == found[1] {
            invalid("spec.clusterIPs", list, "may specify no more than one IP for each IP family")
        }
        for (index, (family, wanted)) in zip(found, spec["ipFamilies"]?.elements ?? []).enumerated() {
            guard let wanted = wanted.string, Family(rawValue: wanted) != family else { continue }
            let detail = "expected an \(wanted) value as indicated by `ipFamilies[\(index)]`"
            invalid("spec.clusterIPs[\(index)]", .string(all[index]), detail)
        }
    }

    private mutating func families(_ spec: Value) {
        var seen: Set<String> = []
        let families = spec["ipFamilies"]?.elements ?? []
        for (index, family) in families.enumerated() {
            oneOf("spec.ipFamilies[\(index)]", family, ["IPv4", "IPv6"])
            if !seen.insert(family.string ?? "").inserted { duplicate("spec.ipFamilies[\(index)]", family) }
        }
        let policy = spec["ipFamilyPolicy"]
        oneOfIfSet("spec.ipFamilyPolicy", policy, ["PreferDualStack", "RequireDualStack", "SingleStack"])
        if policy == "SingleStack", seen.count > 1 {
            let detail = "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"
            invalid("spec.ipFamilyPolicy", policy, detail)
        }
    }

    /// D9 and D12: what may not change. Fields that the new object leaves open keep their old values, and are no
    /// change.
    mutating func serviceChange(from old: Value, to new: Value) {
        let before = old["clusterIPs"]?.elements ?? []
        let after = new["clusterIPs"]?.elements ?? []
        let isExternalName = old["type"] == "ExternalName" || new["type"] == "ExternalName"
        if !isExternalName, !after.isEmpty, !(old.isHeadless && new.isHeadless) {
            for (index, (was, now)) in zip(before, after).enumerated() where was != now {
                invalid("spec.clusterIPs[\(index)]", new["clusterIPs"], "may not change once set")
            }
        }
        if !isExternalName { familyChange(from: old, to: new) }
        let bothBalanced = old["type"] == "LoadBalancer" && new["type"] == "LoadBalancer"
        if bothBalanced, old["loadBalancerClass"] != new["loadBalancerClass"] {
            invalid("spec.loadBalancerClass", new["loadBalancerClass"], "may not change once set")
        }
        let bothChecked =
            bothBalanced && old["externalTrafficPolicy"] == "Local" && new["externalTrafficPolicy"] == "Local"
        let (was, now) = (old["healthCheckNodePort"]?.int ?? 0, new["healthCheckNodePort"]?.int ?? 0)
        if bothChecked, was != 0, now != 0, was != now { forbidden("spec.healthCheckNodePort", "field is immutable") }
    }

    /// Families may be added to and taken from the end of the list. The corresponding Go function is
    /// `validateUpgradeDowngradeIPFamilies`.
    private mutating func familyChange(from old: Value, to new: Value) {
        func isFreeForm(_ spec: Value) -> Bool { spec.isHeadless && (spec["selector"]?.fields ?? [:]).isEmpty }
        let before = old["ipFamilies"]?.elements ?? []
        let after = new["ipFamilies"]?.elements ?? []
        guard !after.isEmpty, !(isFreeForm(old) && isFreeForm(new)) else { return }
        for (was, now) in zip(before, after) where was != now {
            invalid("spec.ipFamilies[0]", new["ipFamilies"], "may not change once set")
        }
    }

    /// The corresponding Go function is `ValidateLoadBalancerStatus`.
    mutating func serviceStatus(_ object: Value) {
        let path = "status.loadBalancer.ingress"
        let ingress = object["status", "loadBalancer", "ingress"]?.elements ?? []
        if !ingress.isEmpty, object["spec", "type"] != "LoadBalancer" {
            return forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")
        }
        for (index, entry) in ingress.enumerated() {
            if let text = entry["ip"]?.string, !text.isEmpty { address("\(path)[\(index)].ip", text) }
            oneOfIfSet("\(path)[\(index)].ipMode", entry["ipMode"], ["Proxy", "VIP"])
            subdomain("\(path)[\(index)].hostname", entry["hostname"].isUnset ? nil : entry["hostname"])
        }
    }
}
