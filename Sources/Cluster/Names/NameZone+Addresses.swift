// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import Net

/// A and AAAA.
extension NameZone {
    /// - Returns: whether the name exists, be it without such addresses.
    mutating func writeAddresses(
        _ family: Family, of entry: ZoneEntry, _ owner: AnswerWriter.Owner, _ writer: inout AnswerWriter
    ) -> Bool {
        switch entry {
        case .server: write(serverAddresses, family, owner, &writer)
        case .pod(let address): write([address], family, owner, &writer)
        case .host(.addresses(let addresses)): write(addresses, family, owner, &writer)
        case .service(let place, let wanted): return writeService(place, wanted, family, owner, &writer)
        case .endpoint(let place, let label):
            write(endpoints(place, label).map(\.address), family, owner, &writer)
            return exists(entry)
        default: return exists(entry)
        }
        return true
    }

    private mutating func writeService(
        _ place: Int, _ wanted: ServiceNames.Wanted, _ family: Family, _ owner: AnswerWriter.Owner,
        _ writer: inout AnswerWriter
    ) -> Bool {
        guard exists(place, wanted) else { return false }
        switch services[place].form {
        case .cluster(let addresses):
            for address in addresses where address.family == family {
                writer.add(owner, ttl: configuration.ttl, .address(address))
            }
        case .headless where services[place].repetitions == 0 && wanted == ServiceNames.Wanted():
            writeEndpoints(place, family, owner, &writer)
        case .headless:
            var seen: Set<Address> = []
            let addresses = services[place].slices.filter { $0.ports.contains { $0.matches(wanted) } }
                .flatMap { $0.endpoints.map(\.address) }.filter { seen.insert($0).inserted }
            write(addresses, family, owner, &writer)
        default: break
        }
        return true
    }

    /// D67: all ready endpoints, in an order of its own for each answer. What does not fit is left out of a datagram
    /// that says so: who asks again over TCP gets all, and who cannot (musl before 1.2.4) has some, as from CoreDNS.
    private mutating func writeEndpoints(
        _ place: Int, _ family: Family, _ owner: AnswerWriter.Owner, _ writer: inout AnswerWriter
    ) {
        order.start(services[place].count(family))
        while let index = order.next(&numbers) {
            guard writer.add(owner, ttl: configuration.ttl, .address(services[place].address(index, family))) else {
                return writer.truncate()
            }
        }
    }

    private mutating func write(
        _ addresses: [Address], _ family: Family, _ owner: AnswerWriter.Owner, _ writer: inout AnswerWriter
    ) {
        let own = addresses.filter { $0.family == family }
        order.start(own.count)
        while let index = order.next(&numbers) {
            guard writer.add(owner, ttl: configuration.ttl, .address(own[index])) else { return writer.truncate() }
        }
    }

    // MARK: What there is

    func exists(_ place: Int, _ wanted: ServiceNames.Wanted) -> Bool {
        switch services[place].form {
        case .missing: false
        case .external(let target): target != nil
        case .cluster: services[place].ports.contains { $0.matches(wanted) }
        case .headless:
            services[place].slices.contains { slice in
                !slice.isEmpty && slice.ports.contains { $0.matches(wanted) }
            }
        }
    }

    /// D68: the endpoints that are called so: by their own name, or by their address if they have none.
    func endpoints(_ place: Int, _ label: String) -> [SliceNames.Endpoint] {
        if case .external = services[place].form { return [] }
        var found: [SliceNames.Endpoint] = []
        if let address = Address.exact(dashed: label),
            holders[address].contains(EndpointHolders.Holder(service: place))
        {
            found.append(SliceNames.Endpoint(address: address))
        }
        for slice in services[place].slices where slice.hasHostnames {
            for endpoint in slice.endpoints where endpoint.hostname == label && !found.contains(endpoint) {
                found.append(endpoint)
            }
        }
        return found
    }

    func hasEndpoint(_ place: Int, _ label: String) -> Bool { !endpoints(place, label).isEmpty }

    /// `_tcp.SERVICE`, which has no records of its own, but exists if a named port of that protocol does.
    func isTransport(_ label: String, of place: Int) -> Bool {
        guard label.hasPrefix("_") else { return false }
        let isWanted = { (port: ServiceNames.Port) in !port.name.isEmpty && "_" + port.transport == label }
        switch services[place].form {
        case .missing, .external: return false
        case .cluster: return services[place].ports.contains(where: isWanted)
        case .headless:
            return services[place].slices.contains { !$0.isEmpty && $0.ports.contains(where: isWanted) }
        }
    }
}

extension ServiceNames {
    /// How many addresses of a family the slices have.
    func count(_ family: Family) -> Int {
        slices.reduce(0) { $0 + (family == .v4 ? $1.v4.count : $1.v6.count) }
    }

    /// One of them.
    func address(_ index: Int, _ family: Family) -> Address {
        var index = index
        for slice in slices {
            let count = family == .v4 ? slice.v4.count : slice.v6.count
            if index < count { return family == .v4 ? .v4(slice.v4[index]) : .v6(slice.v6[index]) }
            index -= count
        }
        return Address(0, family)
    }
}
