// SPDX-License-Identifier: Apache-2.0

extension DataplaneRow {
    /// The rows that only look: none of them changes anything.
    static let looking = proxyRows + policyRows + balancerRows + healthRows + topologyRows

    private static let web = ["web-1", "web-2"]

    private static let proxyRows = [
        DataplaneRow("D40", "no endpoints", from: "host", to: "{nobody}:80", .refused),
        DataplaneRow("D40", "no endpoints", from: "client-3", to: "{nobody}:80", .refused),
        DataplaneRow("D40", "no endpoints", from: "node-1", to: "{nobody}:80", .refused),
        DataplaneRow("D40", "no endpoints, UDP", from: "client-3", to: "{nobody}:53", "udp", .refused),
        DataplaneRow("D40", "no endpoints, node port", from: "host", to: "{node-2}:30099", .refused),
        DataplaneRow(
            "D41", "a port that no Service has", from: "client-3", to: "{plain}:81", .refused, iptables: .silence),
        DataplaneRow("D41", "an address that no Service has", from: "client-3", to: "10.96.255.200:80", .silence),
        DataplaneRow("D43", "random per connection", from: "client-3", to: "{plain}:80", .answers(web)),
        DataplaneRow("D43", "random per connection, UDP", from: "client-3", to: "{plain}:53", "udp", .answers(web)),
        DataplaneRow("D44", "affinity", from: "client-3", to: "{sticky}:80", .sticks(web)),
        DataplaneRow("D44", "affinity, UDP", from: "client-3", to: "{sticky}:53", "udp", .sticks(web)),
        DataplaneRow("D44", "affinity, node port", from: "host", to: "{node-3}:30083", .sticks(web)),
        DataplaneRow(
            "D45", "a Pod keeps its address", from: "client-3", to: "{plain}:80", .answers(web, seen: "{pod:client-3}")),
        DataplaneRow(
            "D45", "a node is seen as itself", from: "node-3", to: "{plain}:80", .answers(web, seen: "{node-3}")),
        DataplaneRow(
            "D45", "the outside is seen as a node", from: "host", to: "{plain}:80", .answers(web, seen: "{node-1}")),
        DataplaneRow(
            "D45", "Pod to Pod", from: "client-3", to: "{pod:web-1}:8080", .answers(["web-1"], seen: "{pod:client-3}")),
        DataplaneRow("D46", "hairpin", from: "self", to: "{self}:80", .answers(["self"], seen: "{node-1}")),
        DataplaneRow(
            "D47", "every node's node port", from: "host", to: "{node-1}:30080", .answers(web, seen: "{node-1}")),
        DataplaneRow(
            "D47", "a node without endpoints", from: "host", to: "{node-3}:30080", .answers(web, seen: "{node-3}")),
        DataplaneRow("D47", "from a Pod", from: "client-3", to: "{node-4}:30080", .answers(web, seen: "{node-4}")),
        DataplaneRow("D48", "loopback", from: "node-1", to: "127.0.0.1:30080", .closed, iptables: .answers(web)),
        DataplaneRow(
            "D52", "external IP from a Pod", from: "client-3", to: "198.51.100.7:8000", .answers(web, seen: "{node-3}")),
        DataplaneRow(
            "D52", "external IP from a node", from: "node-4", to: "198.51.100.7:8000", .answers(web, seen: "{node-4}")),
        DataplaneRow("D54", "another proxy's Service", from: "client-3", to: "{other-proxy}:80", .silence),
        DataplaneRow("D54", "the headless label", from: "client-3", to: "{headless-label}:80", .silence),
        DataplaneRow("D55", "one number, TCP", from: "host", to: "{node-2}:30080", .answers(web)),
        DataplaneRow("D55", "one number, UDP", from: "host", to: "{node-2}:30080", "udp", .answers(web)),
        DataplaneRow(
            "D55", "named ports that differ", from: "client-3", to: "{named}:80", .answers(["named-1", "named-2"])),
        DataplaneRow("D57", "an endpoint on a node", from: "client-3", to: "{on-node}:80", .answers(["on-node"])),
        DataplaneRow(
            "D57", "the same, node port", from: "host", to: "{node-3}:30085", .answers(["on-node"], seen: "{node-3}")),
        DataplaneRow(
            "D57", "a client on the endpoint's node", from: "node-2", to: "{on-node}:80", .answers(["on-node"])),
        DataplaneRow("D57", "hostPort", from: "host", to: "{node-2}:7070", .answers(["port"], seen: "{host}")),
        DataplaneRow(
            "D57", "hostPort from a Pod", from: "client-3", to: "{node-2}:7070",
            .answers(["port"], seen: "{pod:client-3}")),
    ]

    private static let policyRows = [
        DataplaneRow("D42", "internal Local, none here", from: "client-3", to: "{inner}:80", .silence),
        DataplaneRow("D42", "internal Local, none here, UDP", from: "client-3", to: "{inner}:53", "udp", .silence),
        DataplaneRow("D42", "internal Local, from a node", from: "node-3", to: "{inner}:80", .silence),
        DataplaneRow("D42", "external Local, none here", from: "host", to: "{node-3}:30082", .silence),
        DataplaneRow("D42", "external Local, none here, UDP", from: "host", to: "{node-3}:30054", "udp", .silence),
        DataplaneRow(
            "D49", "the source is kept", from: "host", to: "{node-1}:30082", .answers(["one"], seen: "{host}")),
        DataplaneRow(
            "D49", "the source is kept, balanced", from: "host", to: "{lb:outer}:80", .answers(["one"], seen: "{host}")),
        DataplaneRow(
            "D50", "short-circuit of a Pod", from: "client-3", to: "{lb:outer}:80",
            .answers(["one"], seen: "{pod:client-3}")),
        DataplaneRow(
            "D50", "short-circuit of a node", from: "node-3", to: "{lb:outer}:80", .answers(["one"], seen: "{node-3}")),
        DataplaneRow(
            "D51", "internal Local, one here", from: "client-1", to: "{inner}:80",
            .answers(["one"], seen: "{pod:client-1}")),
        DataplaneRow(
            "D51", "its node ports are for all", from: "host", to: "{node-3}:30081", .answers(["one"], seen: "{node-3}")
        ),
        DataplaneRow(
            "D51", "external Local leaves the cluster address", from: "client-3", to: "{outer}:80", .answers(["one"])),
    ]

    private static let balancerRows = [
        DataplaneRow(
            "D60", "nodes short-circuit", from: "client-3", to: "{lb:balanced}:80", .answers(web, seen: "{node-3}")),
        DataplaneRow("D61", "outside its ranges", from: "host", to: "{lb:ranged}:80", .silence),
        DataplaneRow("D61", "a node outside its ranges", from: "node-3", to: "{lb:ranged}:80", .silence),
        DataplaneRow("D61", "within its ranges", from: "client-3", to: "{lb:ranged}:80", .answers(web)),
        DataplaneRow("D61", "node ports are not filtered", from: "host", to: "{node-1}:30086", .answers(web)),
        DataplaneRow("D61", "cluster addresses are not filtered", from: "host", to: "{ranged}:80", .answers(web)),
        DataplaneRow("D61", "/0 is everyone", from: "host", to: "{lb:everyone}:80", .answers(web)),
        DataplaneRow("D62", "another balancer's node port", from: "host", to: "{node-1}:30087", .answers(web)),
        DataplaneRow("D63", "all nodes take part", from: "host", to: "{lb:balanced}:80", .answers(web)),
        DataplaneRow("D63", "without node ports", from: "host", to: "{lb:bare}:80", .answers(web)),
        DataplaneRow("D65", "the same port in UDP", from: "host", to: "{lb:balanced}:80", "udp", .answers(web)),
    ]

    private static let healthRows = [
        DataplaneRow("D82", "an endpoint here", from: "host", to: "{node-1}:32000/", .status(200)),
        DataplaneRow("D82", "none here", from: "host", to: "{node-3}:32000/", .status(503)),
        DataplaneRow("D82", "asked by a Pod", from: "client-3", to: "{node-1}:32000/healthz", .status(200)),
        DataplaneRow("D84", "the node's health", from: "host", to: "{node-4}:10256/healthz", .status(200)),
        DataplaneRow("D84", "the node's life", from: "host", to: "{node-4}:10256/livez", .status(200)),
    ]

    private static let topologyRows = [
        DataplaneRow("D85", "the own zone", from: "client-1", to: "{zoned}:80", .answers(["zone-1"])),
        DataplaneRow("D85", "the other zone", from: "client-3", to: "{zoned}:80", .answers(["zone-3"])),
        DataplaneRow("D85", "a node of the zone without one", from: "node-2", to: "{zoned}:80", .answers(["zone-1"])),
        DataplaneRow("D86", "the own node", from: "client-3", to: "{noded}:80", .answers(["zone-3"])),
        DataplaneRow("D86", "else the own zone", from: "node-2", to: "{noded}:80", .answers(["zone-1"])),
        DataplaneRow("D86", "else all", from: "client-4", to: "{noded}:80", .answers(["zone-1", "zone-3"])),
        DataplaneRow(
            "D87", "Auto wins, and gives no hints to so few", from: "client-1", to: "{auto}:80",
            .answers(["zone-1", "zone-3"])),
        DataplaneRow("D88", "Local is not overridden", from: "node-2", to: "{zoned-local}:80", .silence),
        DataplaneRow(
            "D88", "Local is not overridden, one here", from: "client-1", to: "{zoned-local}:80", .answers(["zone-1"])),
        DataplaneRow(
            "D88", "a node without a zone", from: "client-4", to: "{zoned}:80", .answers(["zone-1", "zone-3"])),
    ]
}
