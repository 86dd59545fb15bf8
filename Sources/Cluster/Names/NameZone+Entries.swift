// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import Net

/// Where the labels of a name start that stand before the end that it shares with a domain.
private struct LeadingLabels {
    var count = 0
    /// Of the last five, that nearest to the domain first.
    private var starts: InlineArray<5, UInt16> = InlineArray(repeating: 0)

    /// More labels than any name of the cluster has.
    static let limit = 5

    subscript(fromEnd index: Int) -> Int { Int(starts[count - 1 - index]) }

    /// Nil if the name does not end there at a label.
    init?(_ bytes: Span<UInt8>, from start: Int, to end: Int) {
        var place = start
        while place < end {
            if count < LeadingLabels.limit { starts[count] = UInt16(place) }
            count += 1
            place += 1 + Int(bytes[place])
        }
        if place != end { return nil }
    }
}

extension NameZone {
    /// What a name is that stands, uncompressed, in some bytes.
    func entry(_ bytes: Span<UInt8>, at start: Int, length: Int) -> ZoneEntry {
        let domainStart = start + length - zoneNames.domain.bytes.count
        if domainStart >= start, isDomain(bytes, domainStart),
            let labels = LeadingLabels(bytes, from: start, to: domainStart)
        {
            return clusterEntry(bytes, labels)
        }
        return DomainName(bytes, at: start, length: length).map(outsideEntry) ?? .unknown(false)
    }

    func entry(_ name: DomainName) -> ZoneEntry { entry(name.bytes.span, at: 0, length: name.bytes.count) }

    /// The domain in lower case against a name as it came.
    private func isDomain(_ bytes: Span<UInt8>, _ start: Int) -> Bool {
        for index in 0..<domainBytes.count where lowercased(bytes[start + index]) != domainBytes[index] { return false }
        return true
    }

    // MARK: In the cluster's domain

    private func clusterEntry(_ bytes: Span<UInt8>, _ labels: LeadingLabels) -> ZoneEntry {
        guard labels.count > 0 else { return .apex }
        guard labels.count <= LeadingLabels.limit else { return .missing(.shape) }
        switch text(bytes, labels[fromEnd: 0]) {
        case "svc": return labels.count == 1 ? .between : serviceEntry(bytes, labels)
        case "pod": return labels.count == 1 ? .between : podEntry(bytes, labels)
        case "dns-version" where labels.count == 1: return .version
        case "dns" where labels.count == 1: return .between
        case "dns" where labels.count == 2 && text(bytes, labels[fromEnd: 1]) == "ns": return .server
        default: return .missing(.shape)
        }
    }

    private func serviceEntry(_ bytes: Span<UInt8>, _ labels: LeadingLabels) -> ZoneEntry {
        let namespace = text(bytes, labels[fromEnd: 1])
        guard labels.count > 2 else {
            return namespaces.contains(namespace) ? .between : .missing(.namespace(namespace))
        }
        let name = ServiceName(namespace: namespace, name: text(bytes, labels[fromEnd: 2]))
        guard let place = places[name], services[place].form != .missing else {
            return .missing(namespaces.contains(namespace) ? .service(name) : .namespace(namespace))
        }
        switch labels.count {
        case 3: return .service(place, ServiceNames.Wanted())
        case 4: return .endpoint(place, text(bytes, labels[fromEnd: 3]))
        default:
            let wanted = ServiceNames.Wanted(
                port: withoutUnderscore(text(bytes, labels[fromEnd: 4])),
                transport: withoutUnderscore(text(bytes, labels[fromEnd: 3])))
            return .service(place, wanted)
        }
    }

    /// CoreDNS does not look whether there is such a Pod (`pods insecure`), only whether there is the namespace.
    private func podEntry(_ bytes: Span<UInt8>, _ labels: LeadingLabels) -> ZoneEntry {
        let namespace = text(bytes, labels[fromEnd: 1])
        guard namespaces.contains(namespace) else { return .missing(.namespace(namespace)) }
        guard labels.count > 2 else { return .between }
        let label = text(bytes, labels[fromEnd: 2])
        guard labels.count == 3, let address = Address(dashed: label) else { return .missing(.podAddress(label)) }
        return .pod(address)
    }

    /// A label in lower case. Short ones, and most are, cost no memory.
    private func text(_ bytes: Span<UInt8>, _ place: Int) -> String {
        let count = Int(bytes[place])
        return unsafe String(unsafeUninitializedCapacity: count) { buffer in
            for index in 0..<count { unsafe buffer[index] = lowercased(bytes[place + 1 + index]) }
            return count
        }
    }

    private func withoutUnderscore(_ text: String) -> String { text.hasPrefix("_") ? String(text.dropFirst()) : text }

    @inline(__always)
    private func lowercased(_ byte: UInt8) -> UInt8 { 65...90 ~= byte ? byte | 0x20 : byte }

    // MARK: Outside

    private func outsideEntry(_ name: DomainName) -> ZoneEntry {
        if let host = configuration.hosts[name] { return .host(host) }
        if let entry = reverseEntry(name) { return entry }
        let stub = configuration.stubs.filter { name.isWithin($0.name) }.max {
            $0.name.bytes.count < $1.name.bytes.count
        }
        let servers = stub?.servers ?? configuration.upstream
        return servers.isEmpty ? .unknown(zoneNames.ancestors.contains(name)) : .forwarded(servers)
    }

    /// Endpoints may have addresses from anywhere, and the lab file's hosts too: theirs are known as well.
    private func reverseEntry(_ name: DomainName) -> ZoneEntry? {
        guard name.isWithin(zoneNames.reverseV4) || name.isWithin(zoneNames.reverseV6) else { return nil }
        guard let address = name.reversedAddress else {
            if let apex = zoneNames.reverse.firstIndex(where: { $0.name == name }) { return .reverseApex(apex) }
            return zoneNames.reverse.firstIndex { name.isWithin($0.name) }.map { .reverseBetween($0) }
        }
        if owners[address] != nil || holders.contains(address) || hostNames[address] != nil { return .reverse(address) }
        return zoneNames.reverse.firstIndex { $0.range.contains(address) }.map { .reverseMissing($0, address) }
    }
}
