// SPDX-License-Identifier: Apache-2.0
public import Net

extension Ruleset {
    /// Puts a Service into the table, or brings its part up to date; returns what that changes in the kernel.
    ///
    /// Only what the table has sets for is kept, so that the same entry serves a node and the edge; addresses and
    /// endpoints of the other family are left out.
    public mutating func setService(_ entry: ServiceEntry) -> [TableChange] {
        replace(Ruleset.partName(service: entry.name), with: part(for: entry))
    }

    /// Takes a Service (`NAMESPACE/NAME`) out of the table; nothing if it is not there.
    public mutating func removeService(named name: String) -> [TableChange] {
        replace(Ruleset.partName(service: name), with: nil)
    }

    /// Tells the table the address of a Pod (`NAMESPACE/NAME`) on this node, or with nil that the Pod is gone: a Pod
    /// that reaches itself through a Service is masqueraded.
    public mutating func setLocalPod(name: String, address: Address?) -> [TableChange] {
        guard let address, address.family == family else { return replace(Ruleset.partName(pod: name), with: nil) }
        let because = Because("Pod \(name)", field: "status.podIP")
        let pair = Element([.address(address), .address(address)], because: because)
        return replace(Ruleset.partName(pod: name), with: [SetName.hairpin: [pair]])
    }

    /// Gives a Pod (`NAMESPACE/NAME`) on this node ports of the node, or with none takes them away.
    ///
    /// They answer at the node's own address: a port that is to answer at another (`hostIP: 127.0.0.1`) has no rule, for
    /// what is sent to this machine's loopback addresses never leaves it (D48 says the same of node ports).
    public mutating func setHostPorts(pod name: String, _ ports: [HostPortEntry]) -> [TableChange] {
        var part: [String: [Element]] = [:]
        for port in ports where port.target.address.family == family && answers(at: port.hostAddress) {
            let key: [Datum] = [.transport(port.transport), .port(port.hostPort)]
            guard part[SetName.hostPorts]?.contains(where: { $0.key == key }) != true else { continue }
            part[SetName.hostPorts, default: []].append(
                Element(key, .data([.number(port.pool)]), because: port.because))
            let pool = EndpointPool(
                number: port.pool, slots: [port.target], because: port.because, affinityBecause: port.because)
            pool.addElements(to: &part)
        }
        return replace(Ruleset.partName(hostPorts: name), with: part.isEmpty ? nil : Part(part))
    }

    /// True for the node's own address, and for all of them at once.
    private func answers(at address: Address?) -> Bool {
        guard let address, !address.isUnspecified else { return true }
        return element(of: SetName.nodePortAddresses, key: [.address(address)]) != nil
    }

    /// The elements of a Service for this table: the same value for every node, so that it can be made once and given
    /// to each by `replace(Ruleset.partName(service: entry.name), with: part)`.
    public func part(for entry: ServiceEntry) -> Part {
        Part(ServiceElements(entry, family, sets))
    }

    /// The name of the part that belongs to a Service (`NAMESPACE/NAME`).
    public static func partName(service name: String) -> String { "service " + name }

    /// The name of the part that belongs to a Pod (`NAMESPACE/NAME`).
    public static func partName(pod name: String) -> String { "pod " + name }

    /// The name of the part that holds the node's ports that a Pod (`NAMESPACE/NAME`) has.
    public static func partName(hostPorts name: String) -> String { "ports " + name }

    /// True if the table has a set or map of this name.
    public func declares(_ set: String) -> Bool { sets.contains { $0.name == set } }
}
