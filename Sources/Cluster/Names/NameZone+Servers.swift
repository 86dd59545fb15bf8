// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import Net

/// SRV: ports, and the names that they are at (D69).
extension NameZone {
    /// One record before it is written: a port at a name, and the address that goes with it.
    private struct ServicePlace {
        var target: DomainName
        var port: UInt16?
        var address: Address
    }

    /// - Returns: whether the name exists, be it without ports.
    func writeServers(of entry: ZoneEntry, _ writer: inout AnswerWriter) -> Bool {
        let found: [ServicePlace]
        switch entry {
        case .service(let place, let wanted): found = servicePlaces(place, wanted)
        case .endpoint(let place, let label):
            let endpoints = Set(endpoints(place, label))
            found = endpointPlaces(place, ServiceNames.Wanted()) { endpoints.contains($0) }
        default: return exists(entry)
        }
        guard exists(entry) else { return false }
        writeRecords(found, &writer)
        if !writer.isTruncated { writeTargets(found, &writer) }
        return true
    }

    private func servicePlaces(_ place: Int, _ wanted: ServiceNames.Wanted) -> [ServicePlace] {
        switch services[place].form {
        case .missing, .external: return []
        case .headless: return endpointPlaces(place, wanted) { _ in true }
        case .cluster(let addresses):
            let target = services[place].domainName
            return services[place].ports.filter { $0.matches(wanted) }.flatMap { port in
                addresses.map { ServicePlace(target: target, port: port.number, address: $0) }
            }
        }
    }

    private func endpointPlaces(
        _ place: Int, _ wanted: ServiceNames.Wanted, _ isIncluded: (SliceNames.Endpoint) -> Bool
    ) -> [ServicePlace] {
        services[place].slices.flatMap { slice in
            let ports = slice.ports.filter { $0.matches(wanted) }
            return slice.endpoints.filter(isIncluded).flatMap { endpoint -> [ServicePlace] in
                let label = Array((endpoint.hostname ?? endpoint.address.dashed).utf8)
                guard let target = services[place].domainName.prepending(label) else { return [] }
                return ports.map { ServicePlace(target: target, port: $0.number, address: endpoint.address) }
            }
        }
    }

    /// Priority 0, and equal weights that make a hundred, as CoreDNS reckons them.
    private func writeRecords(_ found: [ServicePlace], _ writer: inout AnswerWriter) {
        struct Key: Hashable {
            var target: DomainName
            var port: UInt16
        }
        var seen: Set<Key> = []
        let weight = UInt16(max(1, 100 / max(1, found.count)))
        for one in found {
            guard let port = one.port, seen.insert(Key(target: one.target, port: port)).inserted else { continue }
            let data = RecordData.srv(priority: 0, weight: weight, port: port, one.target)
            guard writer.add(.question, ttl: configuration.ttl, data) else { return writer.truncate() }
        }
    }

    /// What the client would ask for next, as far as it fits: all addresses of a name, or none. An answer is not
    /// truncated for the want of these (RFC 2181, section 9).
    private func writeTargets(_ found: [ServicePlace], _ writer: inout AnswerWriter) {
        var addresses: [DomainName: [Address]] = [:]
        var targets: [DomainName] = []
        for one in found where one.port != nil {
            if addresses[one.target] == nil { targets.append(one.target) }
            if addresses[one.target]?.contains(one.address) != true {
                addresses[one.target, default: []].append(one.address)
            }
        }
        for target in targets {
            let mark = writer.mark
            for address in addresses[target] ?? [] {
                guard writer.add(.name(target), ttl: configuration.ttl, .address(address), to: .additional) else {
                    return writer.goBack(to: mark)
                }
            }
        }
    }
}
