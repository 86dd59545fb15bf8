// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The fields of a `Lab` document that say how names are resolved.
///
/// ```yaml
/// spec:
///   dns:
///     hosts:                                # names outside the cluster that the lab itself knows
///       my.database.example.com: 198.51.100.10
///       both.example.com: [198.51.100.11, "2001:db8::11"]
///       www.example.com: both.example.com   # a CNAME
///     zones:                                # domains that named servers are asked about
///     - {name: corp.example, servers: [198.51.100.53, "198.51.100.54:5353"]}
///     upstream: [198.51.100.53]             # who is asked about all other names; nobody, if not given
/// ```
extension LabReader {
    mutating func dns(_ value: Value?) -> LabConfiguration.DNS {
        var dns = LabConfiguration.DNS()
        let path = "spec.dns"
        known(value, path, ["enabled", "domain", "ttl", "hosts", "zones", "upstream"])
        dns.isEnabled = flag(value?["enabled"], "\(path).enabled") ?? dns.isEnabled
        dns.domain = domain(value?["domain"], "\(path).domain") ?? dns.domain
        if let ttl = value?["ttl"], !ttl.isNull {
            if let seconds = ttl.int, 0...3600 ~= seconds {
                dns.ttl = Int(seconds)
            } else {
                add("\(path).ttl", .invalid, ttl, "must be a number of seconds between 0 and 3600, inclusive")
            }
        }
        dns.hosts = hosts(value?["hosts"], "\(path).hosts")
        dns.zones = zones(value?["zones"], "\(path).zones")
        dns.upstream = servers(value?["upstream"], "\(path).upstream")
        return dns
    }

    /// What is in the cluster's own domain the cluster alone answers for: a lab file that gives such a name would be told
    /// nothing, and wait in vain.
    mutating func refuseOwnNames(_ lab: LabConfiguration) {
        func refuse(_ name: String, _ path: String) {
            guard name == lab.dns.domain || name.hasSuffix("." + lab.dns.domain) else { return }
            add(path, .invalid, .string(name), "is in the cluster's own domain, \(lab.dns.domain)")
        }
        for name in lab.dns.hosts.keys.sorted() { refuse(name, "spec.dns.hosts[\(name)]") }
        for (index, zone) in lab.dns.zones.enumerated() { refuse(zone.name, "spec.dns.zones[\(index)].name") }
        for (index, system) in lab.external.enumerated() {
            for (place, name) in system.hostnames.enumerated() {
                refuse(name.lowercased(), "spec.external[\(index)].hostnames[\(place)]")
            }
        }
    }

    private mutating func hosts(_ value: Value?, _ path: String) -> [String: LabConfiguration.DNS.Host] {
        guard let value, !value.isNull else { return [:] }
        guard case .object(let fields) = value else {
            add(path, .typeInvalid, value, "must be an object of names and their addresses, not \(value.article)")
            return [:]
        }
        var hosts: [String: LabConfiguration.DNS.Host] = [:]
        for (name, target) in fields.sorted(by: { $0.key < $1.key }) {
            let own = "\(path)[\(name)]"
            guard let name = domain(.string(name), own) else { continue }
            guard hosts[name] == nil else {
                add(own, .duplicate, .string(name), "names differ in more than case and a dot at their end")
                continue
            }
            let texts = target.elements.isEmpty ? [target] : target.elements
            let addresses = texts.compactMap { $0.string.flatMap(Address.init) }
            if addresses.count == texts.count {
                hosts[name] = .addresses(addresses)
            } else if texts.count == 1, let text = target.string, text.contains(where: \.isLetter), !text.contains(":")
            {
                hosts[name] = domain(target, own).map { .alias($0) }
            } else {
                add(own, .invalid, target, "must be an IP address, a list of IP addresses, or another name")
            }
        }
        return hosts
    }

    private mutating func zones(_ value: Value?, _ path: String) -> [LabConfiguration.DNS.Zone] {
        var zones: [LabConfiguration.DNS.Zone] = []
        for (index, element) in list(value, path).enumerated() {
            let own = "\(path)[\(index)]"
            known(element, own, ["name", "servers"])
            let servers = servers(element["servers"], "\(own).servers")
            if servers.isEmpty, element["servers"]?.elements.isEmpty ?? true {
                add("\(own).servers", .required, nil, "a zone has at least one server, as \"198.51.100.53\"")
            }
            guard let text = element["name"], let name = domain(text, "\(own).name") else {
                if element["name"].isNullOrMissing { add("\(own).name", .required, nil, "as \"corp.example\"") }
                continue
            }
            if zones.contains(where: { $0.name == name }) { add("\(own).name", .duplicate, text, "") }
            zones.append(LabConfiguration.DNS.Zone(name, servers: servers))
        }
        return zones
    }

    private mutating func servers(_ value: Value?, _ path: String) -> [SocketAddress] {
        list(value, path).enumerated().compactMap { index, element in
            if let server = element.string.flatMap(LabReader.server) { return server }
            add(
                "\(path)[\(index)]", .invalid, element,
                "must be a name server's IP address, as \"198.51.100.53\", \"198.51.100.53:5353\" or \"[2001:db8::53]:5353\""
            )
            return nil
        }
    }

    private static func server(_ text: String) -> SocketAddress? {
        if let address = Address(text) { return SocketAddress(address, 53) }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return Address(String(host)).map { SocketAddress($0, port) }
    }

    private mutating func list(_ value: Value?, _ path: String) -> [Value] {
        guard let value, !value.isNull else { return [] }
        if case .array(let elements) = value { return elements }
        add(path, .typeInvalid, value, "must be a list, not \(value.article)")
        return []
    }

    /// A domain's name in lower case and without a dot at its end.
    private mutating func domain(_ value: Value?, _ path: String) -> String? {
        guard var name = text(value, path)?.lowercased() else { return nil }
        if name.hasSuffix(".") { name.removeLast() }
        var complaints = Names.subdomain(name)
        // RFC 1035, section 2.3.4.
        if name.split(separator: ".").contains(where: { $0.utf8.count > 63 }) {
            complaints.append("each part of a name has at most 63 characters")
        }
        for detail in complaints { add(path, .invalid, value ?? .null, detail) }
        return complaints.isEmpty ? name : nil
    }
}
