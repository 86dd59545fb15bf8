// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import Kubernetes
internal import Linux
internal import Net

/// What a name stands for at a place, or why nothing.
enum Resolution: Sendable {
    case addresses([Address])
    /// There is no such name, or nobody who knows told: a sentence.
    case nothing(String)
}

extension Lab {
    /// The addresses of a host's name as a program at a place would find them: literally, in `/etc/hosts`, by its name
    /// servers, and where there is none who knows Services, as the addresses by which they are reached from there.
    func resolve(_ host: String, at place: LocatedPlace, _ location: Location) async throws -> Resolution {
        if let address = Address(host) { return .addresses([address]) }
        if let addresses = place.hosts[host.lowercased()] { return .addresses(addresses) }
        if host.lowercased() == "localhost" { return .addresses([Address(127, 0, 0, 1)]) }
        var said = "no name server serves \(location)"
        if let resolver = place.resolver, !resolver.servers.isEmpty {
            for type in [RecordType.a, .aaaa] {
                switch try await look(host, type, at: place, resolver, timeout: 2000) {
                case .answer(let message, _):
                    let addresses = message.addresses(of: type)
                    if !addresses.isEmpty { return .addresses(addresses) }
                    said = "DNS: \(message.code)"
                case .none(let exchange): said = "DNS: \(exchange)"
                }
            }
        }
        if let addresses = try await serviceAddresses(host, from: location) { return .addresses(addresses) }
        return .nothing("\(host): \(said)")
    }

    /// The number of a port, which may be named as the port of the Service that the host is.
    func number(ofPort text: String, _ host: String, _ location: Location) async throws -> UInt16 {
        if let number = UInt16(text) { return number }
        let labels = host.split(separator: ".").map(String.init)
        var namespace = labels.count > 1 ? labels[1] : "default"
        if labels.count == 1, case .pod(_, let own) = location { namespace = own }
        if labels.count == 1, case .selected(_, let own) = location { namespace = own }
        let reference = ObjectReference(kind: "service", namespace: namespace, name: labels.first ?? "")
        let ports = try await find(reference).map { Service($0).ports } ?? []
        guard let port = ports.first(where: { $0.name == text }) else {
            let names = ports.map(\.name).joined(separator: ", ")
            throw LabFailure(
                "\(reference) has no port named \"\(text)\"" + (names.isEmpty ? "" : "; it has: \(names)"))
        }
        return port.port
    }

    /// Outside of the cluster, where its names are unknown, a Service's name stands for what it is published as: its
    /// load balancer's or external address, or on the edge and the host its cluster address.
    private func serviceAddresses(_ host: String, from location: Location) async throws -> [Address]? {
        switch location {
        case .host, .edge, .outside: break
        default: return nil
        }
        let labels = host.split(separator: ".").map(String.init)
        guard (1...5).contains(labels.count), labels.count < 3 || labels[2] == "svc" else { return nil }
        let namespace = labels.count > 1 ? labels[1] : "default"
        let reference = ObjectReference(kind: "service", namespace: namespace, name: labels[0])
        guard let service = try await find(reference).map(Service.init) else { return nil }
        let external = service.loadBalancerIngress.compactMap(\.address) + service.externalIPs
        if !external.isEmpty { return external }
        if case .outside = location { return nil }
        return service.clusterAddresses.isEmpty ? nil : service.clusterAddresses
    }
}

extension Message {
    /// The addresses among the answers.
    func addresses(of type: RecordType) -> [Address] {
        answers.compactMap { record in
            switch record.data {
            case .address(let address): address.family == (type == .a ? .v4 : .v6) ? address : nil
            default: nil
            }
        }
    }
}
