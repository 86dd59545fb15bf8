// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// What a Service is given by the cluster: addresses, node ports, the health check's node port.
extension Allocations {
    /// Fills in what a Service needs and frees what it no longer has (D9–D11, D20–D25).
    /// - Returns: what cannot be had; empty if all is well.
    mutating func settle(_ service: inout Object, replacing old: Object?, _ numbers: inout RandomNumbers) -> [Problem] {
        let before = old.map(Service.init)
        var problems = settleFamilies(of: &service, replacing: before)
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

    private mutating func settleAddresses(
        _ object: inout Object, _ before: Service?, _ numbers: inout RandomNumbers
    ) -> [Problem] {
        let service = Service(object)
        let held = Set(before?.clusterAddresses ?? [])
        defer { for address in held.subtracting(Service(object).clusterAddresses) { free(address) } }
        guard service.type != .externalName, !service.isHeadless, service.hasReadableFamilies else { return [] }
        let wanted = service.clusterAddresses
        // What changes an address that was given is for validation to refuse.
        guard zip(before?.clusterAddresses ?? [], wanted).allSatisfy({ $0 == $1 }) else { return [] }
        var all = wanted
        do throws(AllocationFailure) {
            for address in wanted where !held.contains(address) { try takeAddress(address) }
            for family in service.ipFamilies.dropFirst(wanted.count) where families.contains(family) {
                all.append(try takeAnyAddress(family, &numbers))
                if object.name.isEmpty { return [Self.nameless(all)] }
            }
        } catch {
            let subject = wanted.first.map { "failed to allocate IP \($0)" } ?? "failed to allocate a serviceIP"
            return [Problem("spec.clusterIPs", .invalid, value: Self.list(wanted), "\(subject): \(error)")]
        }
        guard let first = all.first else { return [] }
        object.value["spec", "clusterIP"] = .string(first.description)
        object.value["spec", "clusterIPs"] = .array(all.map { .string($0.description) })
        return []
    }

    private static func list(_ addresses: [Address]) -> String {
        let texts = addresses.isEmpty ? [""] : addresses.map(\.description)
        return Value.array(texts.map { .string($0) }).json()
    }

    /// D22: the IPAddress object that stands for an address refers to the Service by its name.
    private static func nameless(_ addresses: [Address]) -> Problem {
        Problem(
            "spec.clusterIPs", .invalid, value: list([]),
            "failed to allocate IP: IPAddress.networking.k8s.io \"\(addresses[0])\" is invalid: spec.parentRef.name: Required "
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
