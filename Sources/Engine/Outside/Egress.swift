// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Linux
internal import Net

/// The way from a lab to the real network, for those who ask for it (`spec.egress: true`).
///
/// What the lab needs of the machine it finds or says that it lacks: it never makes a machine forward packets that did
/// not. Of its own are one table, which gives what leaves the machine's address, and the forwarding of its own link.
enum Egress {
    /// Checks that there is a way out, before anything is made.
    /// - Returns: a sentence for each family that has none, while another has.
    static func check(_ families: [Family]) throws -> [String] {
        let socket = try RouteSocket(place: "host")
        let names = Dictionary(try socket.links().map { ($0.index, $0.name) }) { $1 }
        let routes = try socket.routes()
        let lacks = families.compactMap { family in
            let route = routes.first {
                $0.destination == Prefix(Address(0, family), 0) && $0.kind == .unicast && $0.table == 254
            }
            return lack(family, route?.interface.flatMap { names[$0] })
        }
        guard lacks.count < families.count else { throw LabError("spec.egress: \(lacks.joined(separator: "; "))") }
        return lacks.map { "egress: \($0)" }
    }

    /// Why nothing of a family can leave; nil if it can.
    private static func lack(_ family: Family, _ uplink: String?) -> String? {
        guard let uplink else {
            return "this machine has no default route of \(family.rawValue), and so no way to the real network"
        }
        // IPv4 asks the interface by which a packet comes, and answers come by the uplink; IPv6 asks the whole machine.
        let path = family == .v4 ? "ipv4/conf/\(uplink)/forwarding" : "ipv6/conf/all/forwarding"
        guard (try? Sysctl.read(path)) != "1" else { return nil }
        return "this machine does not pass on packets of \(family.rawValue) that come by \(uplink); to let it: "
            + "sysctl -w net/\(path)=1"
    }

    /// Lets the machine pass on what comes by the lab's own link. The setting goes with the link.
    static func open(_ configuration: Configuration, _ edge: KernelEdge) throws(KernelError) {
        guard configuration.families.contains(.v4) else { return }
        try Sysctl.write(
            ["ipv4/conf/\(configuration.hostInterface)/forwarding": "1"], in: edge.place(.host).namespace)
    }
}
