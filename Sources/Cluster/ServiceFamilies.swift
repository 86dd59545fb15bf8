// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// Of which families a Service's addresses are: `spec.ipFamilies` and `spec.ipFamilyPolicy` (D27).
extension Allocations {
    /// Fills in the two fields from each other, from the addresses and from what the cluster has. The corresponding Go
    /// function is `initIPFamilyFields`.
    /// - Returns: what contradicts the other fields or the cluster.
    func settleFamilies(of object: inout Object, replacing before: Service?) -> [Problem] {
        let service = Service(object)
        guard service.type != .externalName, service.hasReadableFamilies else { return [] }
        if let before, service.keepsPreference(of: before) { return [] }
        let isFreeForm = service.isHeadless && service.selector == nil
        let policy =
            service.ipFamilyPolicy ?? before?.ipFamilyPolicy ?? (isFreeForm ? "RequireDualStack" : "SingleStack")
        object.value["spec", "ipFamilyPolicy"] = .string(policy)
        var problems = contradictions(service, before, policy)
        var wanted = service.ipFamilies
        for (index, address) in service.clusterAddresses.enumerated().dropFirst(wanted.count) {
            if families.contains(address.family) {
                wanted.append(address.family)
            } else {
                problems.append(
                    Problem(
                        "spec.clusterIPs[\(index)]", .invalid, value: object.value["spec", "clusterIPs"]?.json(),
                        "\(address.family.rawValue) is not configured on this cluster"))
            }
        }
        if problems.isEmpty, !isFreeForm { problems = lacks(wanted, policy) }
        guard problems.isEmpty else { return problems }
        // A Service that has no endpoints but those that someone writes for it may have more than the cluster.
        let choice = isFreeForm ? Family.allCases : families
        if wanted.isEmpty { wanted = [families[0]] }
        if policy != "SingleStack", wanted.count == 1 { wanted += choice.filter { $0 != wanted[0] } }
        object.value["spec", "ipFamilies"] = .array(wanted.map { .string($0.rawValue) })
        return []
    }

    private func contradictions(_ service: Service, _ before: Service?, _ policy: String) -> [Problem] {
        func problem(_ detail: String) -> Problem {
            Problem("spec.ipFamilyPolicy", .invalid, value: Value.string(policy).json(), detail)
        }
        guard policy == "SingleStack" else {
            guard let before, before.type != .externalName else { return [] }
            let (addresses, families) = (service.clusterIPs.count, service.ipFamilies.count)
            return [
                addresses > 0 && addresses < before.clusterIPs.count
                    ? problem("must be 'SingleStack' to release the secondary cluster IP") : nil,
                families > 0 && families < before.ipFamilies.count
                    ? problem("must be 'SingleStack' to release the secondary IP family") : nil,
            ].compactMap(\.self)
        }
        let text = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"
        return [
            service.clusterIPs.count == 2 ? problem("\(text) cluster IPs are specified") : nil,
            service.ipFamilies.count == 2 ? problem("\(text) IP families are specified") : nil,
        ].compactMap(\.self)
    }

    /// What the cluster does not have of what the Service asks for.
    private func lacks(_ wanted: [Family], _ policy: String) -> [Problem] {
        var problems: [Problem] = []
        if policy == "RequireDualStack", families.count < 2 {
            problems.append(
                Problem(
                    "spec.ipFamilyPolicy", .invalid, value: Value.string(policy).json(),
                    "this cluster is not configured for dual-stack services"))
        }
        for (index, family) in wanted.enumerated() where !families.contains(family) {
            problems.append(
                Problem(
                    "spec.ipFamilies[\(index)]", .invalid, value: Value.string(family.rawValue).json(),
                    "not configured on this cluster"))
        }
        return problems
    }
}

extension Service {
    /// False if validation refuses the addresses, the families or the policy whatever the cluster has.
    var hasReadableFamilies: Bool {
        let names = object.value["spec", "ipFamilies"]?.elements.map { $0.string ?? "" } ?? []
        let addresses = clusterIPs.map { Address($0) }
        let isNone = clusterIPs == ["None"]
        let found = addresses.compactMap(\.?.family)
        return names.count == ipFamilies.count && Set(names).count == names.count
            && ["SingleStack", "PreferDualStack", "RequireDualStack", nil].contains(ipFamilyPolicy)
            && (isNone || found.count == addresses.count) && Set(found).count == found.count
            && object.value["spec", "clusterIP"]?.string ?? "" == clusterIPs.first ?? ""
            && zip(found, ipFamilies).allSatisfy { $0 == $1 }
    }

    /// True for a Service that would rather have both families and whose families nobody has touched: it keeps what it
    /// has, though the cluster may have more by now. The corresponding Go function is
    /// `isMatchingPreferDualStackClusterIPFields`.
    fileprivate func keepsPreference(of before: Service) -> Bool {
        type == before.type && [ipFamilyPolicy, before.ipFamilyPolicy] == ["PreferDualStack", "PreferDualStack"]
            && clusterIPs == before.clusterIPs && ipFamilies == before.ipFamilies
    }
}
