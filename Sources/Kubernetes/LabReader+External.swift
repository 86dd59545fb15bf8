// SPDX-License-Identifier: Apache-2.0

internal import Net

/// The fields of a `Lab` document that say what is beyond the edge.
///
/// ```yaml
/// spec:
///   external:
///   - name: weather
///     address: 198.51.100.10           # or addresses: [198.51.100.10, 2001:db8::10], at most one of each family
///     ports: [3000, 53/UDP]            # without a protocol TCP; none for one that only asks
///     hostnames: [weather.example.com]
///   egress: false                      # true: what is no address of the lab is looked for in the real network
/// ```
extension LabReader {
    /// - Parameter lab: what the other fields say.
    mutating func external(_ value: Value?, _ lab: LabConfiguration) -> [LabConfiguration.External] {
        guard let value, !value.isNull else { return [] }
        guard case .array(let elements) = value else {
            add("spec.external", .typeInvalid, value, "must be a list of systems, not \(value.article)")
            return []
        }
        guard elements.count <= LabConfiguration.externalLimit else {
            let detail = "must have at most \(LabConfiguration.externalLimit) items"
            add("spec.external", .tooMany, .int(Int64(elements.count)), detail)
            return []
        }
        var systems: [LabConfiguration.External] = []
        for (index, element) in elements.enumerated() {
            let path = "spec.external[\(index)]"
            known(element, path, ["name", "address", "addresses", "ports", "hostnames"])
            systems.append(
                LabConfiguration.External(
                    name(element["name"], "\(path).name", lab, systems),
                    addresses: addresses(element, path, lab, systems),
                    ports: ports(element["ports"], "\(path).ports"),
                    hostnames: hostnames(element["hostnames"], "\(path).hostnames")))
        }
        return systems
    }

    mutating func flag(_ value: Value?, _ path: String) -> Bool? {
        guard let value, !value.isNull else { return nil }
        guard let flag = value.bool else {
            add(path, .typeInvalid, value, "must be true or false, not \(value.article)")
            return nil
        }
        return flag
    }

    private mutating func name(
        _ value: Value?, _ path: String, _ lab: LabConfiguration, _ others: [LabConfiguration.External]
    ) -> String {
        guard let value, !value.isNull else {
            add(path, .required, nil, "")
            return ""
        }
        let name = text(value, path) ?? ""
        for detail in Names.label(name) { add(path, .invalid, value, detail) }
        if others.contains(where: { $0.name == name }) { add(path, .duplicate, value, "") }
        if lab.nodes.contains(where: { $0.name == "outside-\(name)" }) {
            add(path, .invalid, value, "the node outside-\(name) has the name of its namespace")
        }
        return name
    }

    // MARK: Addresses

    private mutating func addresses(
        _ element: Value, _ path: String, _ lab: LabConfiguration, _ others: [LabConfiguration.External]
    ) -> [Address] {
        var texts: [(path: String, value: Value)] = []
        if let value = element["address"], !value.isNull { texts.append(("\(path).address", value)) }
        if let list = element["addresses"], !list.isNull {
            texts += self.list(list, "\(path).addresses", "addresses")
        }
        if texts.isEmpty {
            add("\(path).address", .required, nil, "a system beyond the edge has an address of its own")
        }
        var found: [Address] = []
        for (path, value) in texts {
            guard let text = text(value, path) else { continue }
            guard let address = Address(text) else {
                add(path, .invalid, value, "must be an address, as 198.51.100.10 or 2001:db8::10")
                continue
            }
            if let fault = fault(of: address, lab, others, found) { add(path, .invalid, value, fault) }
            found.append(address)
        }
        return found
    }

    /// What is wrong with an address; nil if a system may have it.
    private func fault(
        of address: Address, _ lab: LabConfiguration, _ others: [LabConfiguration.External], _ own: [Address]
    ) -> String? {
        if own.contains(where: { $0.family == address.family }) {
            return "there is an address of \(address.family.rawValue) already"
        }
        if let special = LabReader.special.first(where: { $0.range.contains(address) }) {
            return "\(special.range) has a meaning of its own (\(special.meaning))"
        }
        guard lab.families.contains(address.family) else {
            return "spec.ipFamilies does not have \(address.family.rawValue)"
        }
        if let other = others.first(where: { $0.addresses.contains(address) }) {
            return "\(other.name) has this address already"
        }
        for (field, ranges) in lab.ranges.all {
            if let range = ranges.first(where: { $0.contains(address) }) {
                return "lies in spec.ranges.\(field), \(range)"
            }
        }
        return nil
    }

    /// Addresses that no single system can have (RFC 6890).
    private static let special: [(range: Prefix, meaning: String)] = [
        (Prefix(Address(0, 0, 0, 0), 8), "this network"), (Prefix(Address(127, 0, 0, 0), 8), "loopback"),
        (Prefix(Address(169, 254, 0, 0), 16), "link-local"), (Prefix(Address(224, 0, 0, 0), 4), "multicast"),
        (Prefix(Address(240, 0, 0, 0), 4), "reserved"), (Prefix(.v6(0), 8), "loopback and IPv4 in other forms"),
        (Prefix(.v6(0xfe80 << 112), 10), "link-local"), (Prefix(.v6(0xff00 << 112), 8), "multicast"),
    ]

    // MARK: Ports and names

    private mutating func ports(_ value: Value?, _ path: String) -> [LabConfiguration.External.Port] {
        guard let value, !value.isNull else { return [] }
        var ports: [LabConfiguration.External.Port] = []
        for (path, value) in list(value, path, "ports") {
            guard let port = LabReader.port(value) else {
                add(path, .invalid, value, "must be a port from 1 to 65535, of TCP, or with a protocol as \"53/UDP\"")
                continue
            }
            if ports.contains(port) { add(path, .duplicate, value, "") }
            ports.append(port)
        }
        return ports
    }

    /// `3000`, `"3000"`, `3000/TCP` or `53/UDP`.
    private static func port(_ value: Value) -> LabConfiguration.External.Port? {
        let text: String
        if let number = value.int {
            text = "\(number)"
        } else if let given = value.string {
            text = given
        } else {
            return nil
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let number = UInt16(parts[0]), number > 0, parts[0].utf8.allSatisfy({ 48...57 ~= $0 })
        else { return nil }
        switch parts.count == 2 ? String(parts[1]) : "TCP" {
        case "TCP": return LabConfiguration.External.Port(number, .tcp)
        case "UDP": return LabConfiguration.External.Port(number, .udp)
        default: return nil
        }
    }

    private mutating func hostnames(_ value: Value?, _ path: String) -> [String] {
        guard let value, !value.isNull else { return [] }
        var names: [String] = []
        for (path, value) in list(value, path, "names") {
            guard let text = text(value, path) else { continue }
            // The dot at the end of a whole name says nothing more.
            let name = text.hasSuffix(".") ? String(text.dropLast()) : text
            for detail in Names.subdomain(name) { add(path, .invalid, value, detail) }
            if names.contains(name) { add(path, .duplicate, value, "") }
            names.append(name)
        }
        return names
    }

    /// The elements of a list with their paths.
    private mutating func list(_ value: Value, _ path: String, _ what: String) -> [(path: String, value: Value)] {
        guard case .array(let elements) = value else {
            add(path, .typeInvalid, value, "must be a list of \(what), not \(value.article)")
            return []
        }
        return elements.enumerated().map { ("\(path)[\($0.offset)]", $0.element) }
    }
}
