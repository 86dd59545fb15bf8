// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension ShapeTable {
    private static let pods = [
        FieldShape("pod", .text(.template), "One Pod, as `web-1` or `shop/web-1`.", aliases: ["name", "object"]),
        FieldShape("selector", .text(.selector), "All Pods that it chooses.", aliases: ["labels"]),
        FieldShape("namespace", .text(.name), "The Pods' namespace; without it, default.", aliases: ["ns"]),
    ]
    private static let node = FieldShape("node", .text(.name), "Which node.", required: true, aliases: ["name"])
    private static let running = FieldShape(
        "state", .choice(["stopped", "running"]), "What it shall be.", required: true)

    static let faults = [
        RecordShape(
            "Kill", "a kill action",
            pods + [
                FieldShape("container", .text(.name), "In which container; without it, in all."),
                FieldShape(
                    "signal", .choice(["KILL", "TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "STOP", "CONT"]),
                    "Which signal; without it, KILL."),
            ], rules: [.exactlyOne(["pod", "selector"])]),
        RecordShape(
            "Frozen", "Pods or a node", pods + [FieldShape("node", .text(.name), "All Pods of a node.")],
            rules: [.exactlyOne(["pod", "selector", "node"])]),
        RecordShape(
            "NodeState", "a node's state",
            [
                FieldShape("name", .text(.name), "Which node.", required: true, aliases: ["node"]),
                FieldShape("state", .choice(["down", "up"]), "What it shall be.", required: true),
            ]),
        RecordShape(
            "Link", "a link",
            [
                FieldShape(
                    "of", .location, "Whose: a node's, a Pod's, or that of a system outside.", required: true,
                    aliases: ["node", "pod", "name"]),
                FieldShape(
                    "direction", .choice(of: Action.Link.Direction.self),
                    "As seen from its owner; without it, both."),
                FieldShape("state", .choice(["cut", "up"]), "`cut`: nothing passes; `up`: as at the beginning."),
                FieldShape("delay", .text(.durationOrZero), "How much later packets come.", aliases: ["latency"]),
                FieldShape("jitter", .text(.durationOrZero), "By how much the delay varies."),
                FieldShape("loss", .share, "Which part is lost."),
            ],
            rules: [
                .atLeastOne(["state", "delay", "loss"]), .needs("jitter", oneOf: ["delay"]),
                .atMostOne(["state", "delay"]), .atMostOne(["state", "loss"]),
            ]),
        RecordShape("Flush", "a flush action", [node]),
        RecordShape(
            "Proxy", "a proxy's state",
            [FieldShape("node", .text(.name), "Which node; without it, all."), running]),
        RecordShape(
            "NameServer", "name servers' state",
            [FieldShape("pod", .text(.name), "Which, by its Pod; without it, all."), running]),
        RecordShape(
            "Conntrack", "a filling of conntrack", [node, FieldShape("fill", .share, "How full.", required: true)]),
    ]
}
