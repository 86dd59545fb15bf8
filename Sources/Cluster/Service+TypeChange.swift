// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

extension Object {
    /// A Service's new version with what the old one was given and the user did not name, and without what the new type
    /// no longer has (D9–D11). In Go: `patchAllocatedValues`, `dropTypeDependentFields`.
    func carryingAllocations(from old: Object) -> Object {
        var new = self
        new.alignAddresses(with: old)
        new.carryAddresses(from: old)
        new.releaseSecondary(of: old)
        new.carryNodePorts(from: old)
        new.dropFieldsOfTheOldType(old)
        return new
    }

    /// `clusterIPs` follows a `clusterIP` that alone was changed or taken out. The corresponding Go function is
    /// `normalizeClusterIPs`.
    private mutating func alignAddresses(with old: Object) {
        let first = value["spec", "clusterIP"]
        guard value["spec", "clusterIPs"] == old.value["spec", "clusterIPs"], first != old.value["spec", "clusterIP"]
        else {
            return
        }
        let isSet = first?.string.map { !$0.isEmpty } ?? false
        value["spec", "clusterIPs"] = isSet ? first.map { [$0] } : nil
    }

    private mutating func carryAddresses(from old: Object) {
        let (before, after) = (Service(old), Service(self))
        guard before.type != .externalName, after.type != .externalName, after.clusterIPs.isEmpty else { return }
        for field in ["clusterIP", "clusterIPs"] { value["spec", field] = old.value["spec", field] }
    }

    /// `ipFamilyPolicy: SingleStack` with addresses and families as they were says enough: the second ones go. The
    /// corresponding Go function is `initIPFamilyFields`.
    private mutating func releaseSecondary(of old: Object) {
        let (before, after) = (Service(old), Service(self))
        guard before.type != .externalName, after.type != .externalName, after.ipFamilyPolicy == "SingleStack"
        else { return }
        for field in ["clusterIPs", "ipFamilies"] where value["spec", field] == old.value["spec", field] {
            if let first = value["spec", field]?.elements.first { value["spec", field] = [first] }
        }
    }

    private mutating func carryNodePorts(from old: Object) {
        let (before, after) = (Service(old), Service(self))
        guard before.hasNodePorts, after.hasNodePorts else { return }
        var held: [String: Int] = [:]
        for port in before.ports { held["\(port.transport.name)/\(port.port)"] = port.nodePort.map(Int.init) }
        var entries = value["spec", "ports"]?.elements ?? []
        let named = Set(entries.compactMap { $0["nodePort"]?.int })
        for index in entries.indices where (entries[index]["nodePort"]?.int ?? 0) == 0 {
            let port = "\(entries[index]["protocol"]?.string ?? "TCP")/\(entries[index]["port"]?.int ?? 0)"
            if let nodePort = held[port], !named.contains(nodePort) {
                entries[index]["nodePort"] = .int(Int64(nodePort))
            }
        }
        if !entries.isEmpty { value["spec", "ports"] = .array(entries) }
        guard before.needsHealthCheckPort, after.needsHealthCheckPort, after.healthCheckNodePort == nil else { return }
        value["spec", "healthCheckNodePort"] = old.value["spec", "healthCheckNodePort"]
    }

    /// A field that only the old type has goes, unless the user has just changed it (then validation has its say).
    private mutating func dropFieldsOfTheOldType(_ old: Object) {
        let (before, after) = (Service(old), Service(self))
        if before.type != .externalName, after.type == .externalName, before.clusterIPs == after.clusterIPs {
            drop(["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"], sameAs: old)
        }
        if before.hasNodePorts, !after.hasNodePorts,
            before.ports.map(\.nodePort) == after.ports.map(\.nodePort) || before.ports.count != after.ports.count
        {
            dropNodePorts(of: before)
        }
        if before.needsHealthCheckPort, !after.needsHealthCheckPort { drop(["healthCheckNodePort"], sameAs: old) }
        if before.type == .loadBalancer, after.type != .loadBalancer {
            drop(["allocateLoadBalancerNodePorts", "loadBalancerClass"], sameAs: old)
            value["status"] = ["loadBalancer": .object([:])]
        }
        if before.isExternal, !after.isExternal { drop(["externalTrafficPolicy"], sameAs: old) }
    }

    private mutating func dropNodePorts(of before: Service) {
        let held = Set(before.ports.compactMap { $0.nodePort.map(Int.init) })
        var entries = value["spec", "ports"]?.elements ?? []
        for index in entries.indices {
            if let port = entries[index]["nodePort"]?.int, held.contains(port) { entries[index]["nodePort"] = nil }
        }
        if !entries.isEmpty { value["spec", "ports"] = .array(entries) }
    }

    private mutating func drop(_ fields: [String], sameAs old: Object) {
        for field in fields where value["spec", field] == old.value["spec", field] { value["spec", field] = nil }
    }
}

extension Service {
    /// True for the types that have node ports.
    var hasNodePorts: Bool { type == .nodePort || type == .loadBalancer }
    var needsHealthCheckPort: Bool { type == .loadBalancer && externalTrafficPolicy == .local }
    /// True if clients outside the cluster are served, for whom `externalTrafficPolicy` speaks.
    var isExternal: Bool { hasNodePorts || type == .clusterIP && !externalIPs.isEmpty }
}
