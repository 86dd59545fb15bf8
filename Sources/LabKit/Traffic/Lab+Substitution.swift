// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

extension Lab {
    /// The text with what its substitutions stand for, as `${clusterIP:web}`.
    /// - Parameter inURL: whether addresses of IPv6 get brackets.
    func substitute(_ text: String, inURL: Bool) async throws -> String {
        let values = try await values(of: Template.substitutions(in: text))
        return Template.fill(text) { substitution in
            let value = values[substitution] ?? ""
            return inURL && value.contains(":") ? "[\(value)]" : value
        }
    }

    /// A check with what its substitutions stand for.
    func fill(_ check: Check) async throws -> Check {
        var found: [Template.Substitution] = []
        _ = check.filled { substitution in
            found.append(substitution)
            return ""
        }
        if found.isEmpty { return check }
        let values = try await values(of: found)
        return check.filled { values[$0] ?? "" }
    }

    private func values(of substitutions: [Template.Substitution]) async throws -> [Template.Substitution: String] {
        var values: [Template.Substitution: String] = [:]
        for substitution in substitutions where values[substitution] == nil {
            values[substitution] = try await value(of: substitution)
        }
        return values
    }

    private func value(of reference: Template.Substitution) async throws -> String {
        let names = reference.subject.split(separator: "/").map(String.init)
        switch reference.kind {
        case .clusterIP:
            return try first(
                try await service(names).clusterAddresses, "\(reference): the Service has no cluster address")
        case .externalIP:
            let service = try await service(names)
            let all = service.loadBalancerIngress.compactMap(\.address) + service.externalIPs
            return try first(all, "\(reference): the Service has no external address (yet)")
        case .nodePort: return try await nodePort(names, reference)
        case .nodeIP:
            let node = try await get("node/\(reference.subject)")
            return try first(Node(node).internalAddresses, "\(reference): the node has no address")
        case .podIP: return try await podAddress(reference)
        case .outsideIP:
            let systems = try await status()["outside"]?.elements ?? []
            let found = systems.first { $0["name"]?.string == reference.subject }
            let addresses = (found?["addresses"]?.elements ?? []).compactMap { $0.string.flatMap { Address($0) } }
            return try first(addresses, "\(reference): no such system is outside")
        }
    }

    /// Of a Pod by its name, or of the first ready one that a selector chooses.
    private func podAddress(_ reference: Template.Substitution) async throws -> String {
        var parts = reference.subject.split(separator: "/").map(String.init)
        if parts.count > 1, ["pod", "pods", "po"].contains(parts[0]) { parts.removeFirst() }
        var location = Location.pod(parts.last ?? "", namespace: parts.count > 1 ? parts[0] : "default")
        if let last = parts.last, last.contains("=") {
            location = .selected(try LabelSelector(text: last), namespace: parts.count > 1 ? parts[0] : "default")
        }
        let names = try await name(of: location).split(separator: "/").map(String.init)
        let pod = ObjectReference(kind: "pod", namespace: names[0], name: names[names.count - 1])
        guard let found = try await find(pod) else { throw LabFailure("\(reference): there is no \(pod)") }
        return try first(Pod(found).addresses, "\(pod) has no address (yet)")
    }

    private func first(_ addresses: [Address], _ otherwise: String) throws(LabFailure) -> String {
        guard let address = addresses.first else { throw LabFailure(otherwise) }
        return address.description
    }

    private func service(_ names: [String]) async throws -> Service {
        let reference = ObjectReference(
            kind: "service", namespace: names.count > 1 ? names[0] : "default", name: names.last ?? "")
        guard let found = try await find(reference) else { throw LabFailure("there is no \(reference)") }
        return Service(found)
    }

    /// `web`, `web/http`, `shop/web/http`: without a port's name or number, the first that has a node port.
    private func nodePort(_ names: [String], _ reference: Template.Substitution) async throws -> String {
        var candidates: [(service: [String], port: String?)] = [(names, nil)]
        if names.count > 1 { candidates.insert((names.dropLast(), names.last), at: 0) }
        for (name, port) in candidates {
            guard name.count <= 2, let service = try? await service(name) else { continue }
            let found = service.ports.first { item in
                item.nodePort != nil && (port == nil || item.name == port || "\(item.port)" == port)
            }
            if let number = found?.nodePort { return "\(number)" }
        }
        throw LabFailure("\(reference): no such Service has such a node port")
    }
}
