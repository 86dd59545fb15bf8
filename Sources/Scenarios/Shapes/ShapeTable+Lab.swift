// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The fields of a Lab document, which `LabConfiguration` reads; here for the JSON schema and for `spec.lab` of scenarios.
extension ShapeTable {
    private static let oneOrMore = Shape.either([.text(.filled), .list(.text(.filled), atLeast: 1)])

    static let lab = [
        RecordShape(
            "Lab", "a lab",
            [
                FieldShape("apiVersion", .choice(["lab/v1"]), "The version of this form.", required: true),
                FieldShape("kind", .choice(["Lab"]), "What the document is.", required: true),
                FieldShape("metadata", .record("LabMetadata"), "Its name."),
                FieldShape("spec", .record("LabSpec"), "What it says."),
            ]),
        RecordShape(
            "LabMetadata", "metadata",
            [
                FieldShape("name", .text(.name), "The lab's name; without it, the file's."),
                FieldShape("labels", .map(.text(.any)), "Labels, for whoever reads them."),
                FieldShape("annotations", .map(.text(.any)), "Annotations, for whoever reads them."),
            ]),
        RecordShape(
            "LabSpec", "a lab's spec",
            [
                FieldShape(
                    "nodes", .either([.whole(1...LabConfiguration.nodeLimit), .list(.record("LabNode"), atLeast: 1)]),
                    "How many nodes, or each of them; without it, 3.", example: "nodes: 2"),
                FieldShape(
                    "ipFamilies", .list(.choice(["IPv4", "IPv6"]), atLeast: 1),
                    "The families of addresses, the primary one first.",
                    example: "ipFamilies: [IPv4, IPv6]"),
                FieldShape("ranges", .record("LabRanges"), "Address ranges; without them, such as are free."),
                FieldShape(
                    "proxyMode", .choice(of: LabConfiguration.ProxyMode.self),
                    "Who programs the nodes' Service rules; without it, nftables.", example: "proxyMode: iptables"),
                FieldShape(
                    "iptables", .choice(of: LabConfiguration.IPTables.self),
                    "Through which interface iptables writes; without it, whichever works."),
                FieldShape(
                    "hostAccess", .choice(of: LabConfiguration.HostAccess.self),
                    "Which addresses the host has routes to; without it, all."),
                FieldShape("loadBalancer", .record("LabLoadBalancer"), "How load balancers behave."),
                FieldShape("images", .map(.record("LabImage")), "What images are started with, by their names."),
                FieldShape("external", .list(.record("LabExternal")), "Systems beyond the edge."),
                FieldShape(
                    "egress", .flag, "Whether what is no address of the lab's is looked for in the real network."),
                FieldShape("dns", .record("LabDNS"), "How names are resolved."),
            ]),
        RecordShape(
            "LabNode", "a node",
            [
                FieldShape("name", .text(.name), "Its name; without it, node-N."),
                FieldShape("labels", .map(.text(.any)), "Its labels."),
                FieldShape("zone", .text(.any), "Its zone: the label topology.kubernetes.io/zone."),
            ]),
        RecordShape(
            "LabRanges", "address ranges",
            ["nodes", "pods", "services", "loadBalancers"].map {
                FieldShape($0, oneOrMore, "One range, or one of each family.")
            }),
        RecordShape(
            "LabLoadBalancer", "load balancers' behaviour",
            [
                FieldShape("provisioningDelay", .text(.durationOrZero), "How long one takes to be there."),
                FieldShape("ipMode", .choice(["VIP", "Proxy"]), "How nodes treat its addresses."),
                FieldShape("probePeriod", .text(.duration), "How often nodes are probed; at least 100ms."),
            ]),
        RecordShape(
            "LabImage", "an image",
            [
                FieldShape(
                    "command", .list(.text(.any), atLeast: 1), "The program and its arguments.", required: true)
            ]),
        RecordShape(
            "LabExternal", "a system beyond the edge",
            [
                FieldShape("name", .text(.name), "Its name.", required: true),
                FieldShape("address", .text(.filled), "Its address."),
                FieldShape("addresses", .list(.text(.filled)), "Its addresses, at most one of each family."),
                FieldShape(
                    "ports", .list(.either([.whole(1...65535), .text(.filled)])),
                    "The ports it answers on, as 80 or 53/UDP."),
                FieldShape("hostnames", .list(.text(.filled)), "The names by which it is found."),
            ], rules: [.atLeastOne(["address", "addresses"])]),
        RecordShape(
            "LabDNS", "how names are resolved",
            [
                FieldShape("enabled", .flag, "False for a lab without name servers."),
                FieldShape("domain", .text(.filled), "The cluster's domain; without it, cluster.local."),
                FieldShape("ttl", .whole(0...3600), "For how many seconds answers may be kept; without it, 30."),
                FieldShape("hosts", .map(oneOrMore), "Names outside the cluster, with addresses or another name."),
                FieldShape("zones", .list(.record("LabZone")), "Domains that named servers are asked about."),
                FieldShape("upstream", .list(.text(.filled)), "Who is asked about all other names."),
            ]),
        RecordShape(
            "LabZone", "a domain with its servers",
            [
                FieldShape("name", .text(.filled), "The domain.", required: true),
                FieldShape("servers", .list(.text(.filled), atLeast: 1), "Asked in this order.", required: true),
            ]),
    ]
}
