// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// What a Service is given by the cluster: addresses, node ports, the health check's node port.
extension Allocations {
    /// Fills in what a Service needs and frees what it no longer has (D9–D11, D20–D25).
    /// - Returns: what cannot be had; empty if all is well.
    mutating func settle(_ service: inout Object, replacing old: Object?, _ numbers: inout RandomNumbers) -> [Problem] {
        let before = old.map(Service.init)
        var problems = settleFamilies(&service)
        if problems.isEmpty { problems += settleAddresses(&service, before, &numbers) }
        problems += settleNodePorts(&service, before, &numbers)
        problems += settleHealthCheckPort(&service, before, &numbers)
        return problems
    }

    /// Frees all that a Service holds.
    mutating func release(_ object: Object) {
        let service = Service(object)
        for address in service.clusterAddresses { free(address) }
        for port in service.ports.compactMap(\.nodePort) { free(port) }
        if let port = service.healthCheckNodePort { free(port) }
    }

    private func settleFamilies(_ object: inout Object) -> [Problem] {
        let service = Service(object)
        guard service.type != .externalName else { return [] }
        let family = serviceAddresses.range.family
        let isFreeForm = service.isHeadless && service.selector == nil
        let wanted = object.value["spec", "ipFamilies"]?.elements.compactMap(\.string) ?? []
        var problems: [Problem] = []
        if wanted.count > 1, service.ipFamilyPolicy == "SingleStack" {
            problems = [
                Problem(
                    "spec.ipFamilyPolicy", .invalid, value: "\"SingleStack\"",
                    "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified")
            ]
        } else if !isFreeForm {
            for (index, name) in wanted.enumerated() where name != family.rawValue {
                problems.append(
                    Problem(
                        "spec.ipFamilies[\(index)]", .invalid, value: "\"\(name)\"", "not configured on this cluster"))
            }
            if service.ipFamilyPolicy == "RequireDualStack" {
                problems.append(
                    Problem(
                        "spec.ipFamilyPolicy", .invalid, value: "\"RequireDualStack\"",
                        "this cluster is not configured for dual-stack services"))
            }
        }
        guard problems.isEmpty else { return problems }
        if wanted.isEmpty {
            let other: Family = family == .v4 ? .v6 : .v4
            object.value["spec", "ipFamilies"] = .array(
                (isFreeForm ? [family, other] : [family]).map { .string($0.rawValue) })
        }
        if service.ipFamilyPolicy == nil {
            object.value["spec", "ipFamilyPolicy"] = .string(isFreeForm ? "RequireDualStack" : "SingleStack")
        }
        return []
    }

    private mutating func settleAddresses(
        _ object: inout Object, _ before: Service?, _ numbers: inout RandomNumbers
    ) -> [Problem] {
        let service = Service(object)
        let held = Set(before?.clusterAddresses ?? [])
        defer { for address in held.subtracting(Service(object).clusterAddresses) { free(address) } }
        guard service.type != .externalName, !service.isHeadless else { return [] }
        let wanted = service.clusterAddresses
        // What is no address, or changes one that was given, is for validation to refuse.
        guard wanted.count == service.clusterIPs.count, held.isEmpty || held.isSuperset(of: wanted) else { return [] }
        do throws(AllocationFailure) {
            if wanted.isEmpty {
                let address = try takeAnyAddress(&numbers)
                if object.name.isEmpty { return [Self.nameless(address)] }
                object.value["spec", "clusterIP"] = .string(address.description)
                object.value["spec", "clusterIPs"] = [.string(address.description)]
            }
            for address in wanted where !held.contains(address) { try takeAddress(address) }
        } catch {
            let subject = wanted.first.map { "failed to allocate IP \($0)" } ?? "failed to allocate a serviceIP"
            let value = "[\"\(wanted.first?.description ?? "")\"]"
            return [Problem("spec.clusterIPs", .invalid, value: value, "\(subject): \(error)")]
        }
        if object.value["spec", "clusterIPs"] == nil {
            object.value["spec", "clusterIPs"] = .array(wanted.map { .string($0.description) })
        }
        return []
    }

    /// D22: the IPAddress object that stands for an address refers to the Service by its name.
    private static func nameless(_ address: Address) -> Problem {
        Problem(
            "spec.clusterIPs", .invalid, value: "[\"\"]",
            "failed to allocate IP: IPAddress.networking.k8s.io \"\(address)\" is invalid: spec.parentRef.name: Required "
                + "value")
    }

    private mutating func settleNodePorts(
        _ object: inout Object, _ before: Service?, _ numbers: inout RandomNumbers
    ) -> [Problem] {
        let held = Set(before?.ports.compactMap(\.nodePort) ?? [])
        defer { for port in held.subtracting(Service(object).ports.compactMap(\.nodePort)) { free(port) } }
        let service = Service(object)
        guard service.type == .nodePort || service.type == .loadBalancer else { return [] }
        let gives = service.type == .nodePort || service.allocatesLoadBalancerNodePorts
        var entries = object.value["spec", "ports"]?.elements ?? []
        // D24: the same port in two protocols has one node port, the one that any of them names.
        var chosen: [Int: Int] = [:]
        for entry in entries {
            if let port = entry["port"]?.int, let wanted = entry["nodePort"]?.int, wanted != 0, chosen[port] == nil {
                chosen[port] = wanted
            }
        }
        var taken: Set<Int> = Set(held.map(Int.init))
        var seen: [Int: Int] = [:]
        for index in entries.indices {
            let port = entries[index]["port"]?.int ?? 0
            let named = entries[index]["nodePort"]?.int ?? 0
            if named == 0, !gives { continue }
            let wanted = named != 0 ? named : (chosen[port] ?? 0)
            do throws(AllocationFailure) {
                let given: Int
                if wanted == 0 {
                    given = Int(try takeAnyPort(&numbers))
                    chosen[port] = given
                } else {
                    given = wanted
                    if !taken.contains(given) || seen[given].map({ $0 != port }) ?? false { try takePort(given) }
                }
                taken.insert(given)
                seen[given] = port
                entries[index]["nodePort"] = .int(Int64(given))
            } catch {
                return [Problem("spec.ports[\(index)].nodePort", .invalid, value: "\(wanted)", "\(error)")]
            }
        }
        object.value["spec", "ports"] = .array(entries)
        return []
    }

    private mutating func settleHealthCheckPort(
        _ object: inout Object, _ before: Service?, _ numbers: inout RandomNumbers
    ) -> [Problem] {
        let held = before?.healthCheckNodePort
        defer { if let held, Service(object).healthCheckNodePort != held { free(held) } }
        let service = Service(object)
        guard service.type == .loadBalancer, service.externalTrafficPolicy == .local else { return [] }
        let wanted = object.value["spec", "healthCheckNodePort"]?.int ?? 0
        guard wanted == 0 || wanted != held.map(Int.init) else { return [] }
        do throws(AllocationFailure) {
            if wanted == 0 {
                object.value["spec", "healthCheckNodePort"] = .int(Int64(try takeAnyPort(&numbers)))
            } else {
                try takePort(wanted)
            }
            return []
        } catch {
            let detail = "failed to allocate requested HealthCheck NodePort \(wanted): \(error)"
            return [Problem("spec.healthCheckNodePort", .invalid, value: "\(wanted)", detail)]
        }
    }
}
