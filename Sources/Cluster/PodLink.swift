// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// The link of one Pod to its node, as the plan has it: a routed veth pair, a /32 route on the node, and permanent
/// neighbours on both ends.
struct PodLink: Sendable {
    let namespace: NamespaceName
    let node: NamespaceName
    let address: Address
    let nodeAddress: Address
    /// The address' place in the node's range: unique on the node, so it names and numbers the node's interface.
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
            "eth0", index: 2, mac: mac(3), addresses: [Prefix(host: address)], peerNamespace: node,
            peerName: "pod\(number)")
    }

    private func mac(_ space: UInt8) -> MACAddress {
        MACAddress(local: UInt32(truncatingIfNeeded: address.value), space: space)
    }

    func join(to plan: inout Plan) {
        let reason = Because("Pod \(namespace)", field: "status.podIP")
        let (nodeEnd, podEnd) = (nodeEnd, podEnd)
        let gateway = Topology.podGateway
        plan.namespaces[namespace] = NamespacePlan(
            interfaces: [podEnd],
            routes: [
                Route(
                    Prefix(Address(0, address.family), 0), via: gateway, interface: "eth0", source: address,
                    because: reason)
            ],
            neighbours: [Neighbour(gateway, nodeEnd.mac, interface: "eth0")], sysctls: PodLink.sysctls)
        plan.namespaces[node]?.interfaces[nodeEnd.name] = nodeEnd
        plan.namespaces[node]?.routes[Prefix(host: address)] = Route(
            Prefix(host: address), interface: nodeEnd.name, source: nodeAddress, because: reason)
        plan.namespaces[node]?.neighbours[address] = Neighbour(address, podEnd.mac, interface: nodeEnd.name)
    }

    func leave(_ plan: inout Plan) {
        plan.namespaces[namespace] = nil
        plan.namespaces[node]?.interfaces["pod\(number)"] = nil
        plan.namespaces[node]?.routes[Prefix(host: address)] = nil
        plan.namespaces[node]?.neighbours[address] = nil
    }

    /// Pods' processes run without privileges and yet may listen on any port and ping.
    private static let sysctls = [
        "ipv4/ip_unprivileged_port_start": "0", "ipv4/ping_group_range": "0 2147483647",
        "ipv6/conf/default/addr_gen_mode": "1",
    ]
}
