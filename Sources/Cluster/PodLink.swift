// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// The link of one Pod to its node, as the plan has it: a routed veth pair, a route of full length on the node for each
/// of the Pod's addresses, and permanent neighbours on both ends.
struct PodLink: Sendable {
    let namespace: NamespaceName
    let node: NamespaceName
    /// The Pod's addresses, that of the primary family first.
    let addresses: [Address]
    let nodeAddresses: [Address]
    /// The first address' place in the node's range: unique on the node, so it names and numbers the node's interface.
    let number: Int
    let pod: ObjectKey

    /// The node's end.
    var nodeEnd: Interface {
        Interface(
            "pod\(number)", index: UInt32(1000 + number), mac: mac(4), addresses: [], peerNamespace: namespace,
            peerName: "eth0")
    }

    /// The Pod's end.
    var podEnd: Interface {
        Interface(
            "eth0", index: 2, mac: mac(3), addresses: addresses.map { Prefix(host: $0) }, peerNamespace: node,
            peerName: "pod\(number)")
    }

    /// Of an IPv6 address, the end of the node's part and the end of the Pod's make the number.
    private func mac(_ space: UInt8) -> MACAddress {
        let value = addresses[0].value
        let number = addresses[0].family == .v4 ? value : (value >> 64 & 0xfff) << 20 | value & 0xf_ffff
        return MACAddress(local: UInt32(truncatingIfNeeded: number), space: space)
    }

    func join(to plan: inout Plan) {
        let reason = Because("Pod \(namespace)", field: addresses.count > 1 ? "status.podIPs" : "status.podIP")
        let (nodeEnd, podEnd) = (nodeEnd, podEnd)
        let gateways = addresses.map { Topology.podGateway($0.family) }
        plan.namespaces[namespace] = NamespacePlan(
            interfaces: [podEnd],
            routes: zip(addresses, gateways).map { address, gateway in
                Route(
                    Prefix(Address(0, address.family), 0), via: gateway, interface: "eth0", source: address,
                    because: reason)
            },
            neighbours: gateways.map { Neighbour($0, nodeEnd.mac, interface: "eth0") },
            sysctls: Topology.programSysctls(addresses.map(\.family)))
        plan.namespaces[node]?.interfaces[nodeEnd.name] = nodeEnd
        for address in addresses {
            plan.namespaces[node]?.routes[Prefix(host: address)] = Route(
                Prefix(host: address), interface: nodeEnd.name,
                source: nodeAddresses.first { $0.family == address.family }, because: reason)
            plan.namespaces[node]?.neighbours[address] = Neighbour(address, podEnd.mac, interface: nodeEnd.name)
        }
    }

    func leave(_ plan: inout Plan) {
        plan.namespaces[namespace] = nil
        plan.namespaces[node]?.interfaces["pod\(number)"] = nil
        for address in addresses {
            plan.namespaces[node]?.routes[Prefix(host: address)] = nil
            plan.namespaces[node]?.neighbours[address] = nil
        }
    }
}
