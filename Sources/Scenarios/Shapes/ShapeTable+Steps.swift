// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension ShapeTable {
    /// The actions, one line each.
    static let stepActions = [
        FieldShape(
            "apply", .either([.record("Applied"), .list(.record("Applied"), atLeast: 1), .text(.filled)]),
            "Creates or changes objects: a mapping, a list, a text of YAML, or `{file: other.yaml}`.",
            example: "apply: {file: green.yaml}", aliases: ["create"]),
        FieldShape(
            "patch", .record("Patch"), "Changes an object.",
            example: "patch: {object: service/web, patch: {spec: {selector: {version: green}}}}"),
        FieldShape(
            "label", .record("Label"), "Sets labels; null removes one.",
            example: "label: {object: pod/web-1, labels: {app: debug}}", aliases: ["labels"]),
        FieldShape(
            "scale", .record("Scale"), "Sets the number of Pods.",
            example: "scale: {object: deployment/web, replicas: 0}"
        ),
        FieldShape(
            "delete", .record("Delete"), "Deletes an object, or all of a kind that a selector chooses.",
            example: "delete: {object: pod/web-1, gracePeriod: 0s}", aliases: ["remove"]),
        FieldShape(
            "rollout", .record("Rollout"), "Restarts, undoes, pauses, resumes or awaits a rollout.",
            example: "rollout: {object: deployment/web, action: restart}"),
        FieldShape(
            "exec", .record("Exec"), "Runs a program somewhere in the lab.",
            example: "exec: {in: node-1, command: [ip, route]}", aliases: ["run", "command", "shell"]),
        FieldShape(
            "wait", .record("Wait"), "Waits until objects are as they should be.",
            example: "wait: {object: deployment/web, condition: Available}", aliases: ["waitFor"]),
        FieldShape(
            "request", .record("Request"), "Sends HTTP requests.",
            example: "request: {from: host, url: \"http://web/\", count: 40}",
            aliases: ["curl", "http", "get", "requests"]),
        FieldShape(
            "udp", .record("Datagrams"), "Sends UDP datagrams, each of which should be answered.",
            example: "udp: {from: host, to: \"echo:7\", count: 10}", aliases: ["datagrams"]),
        FieldShape(
            "dns", .record("Lookup"), "Asks name servers.", example: "dns: {from: pod/web-1, name: web.shop, type: A}",
            aliases: ["lookup", "resolve"]),
        FieldShape(
            "background", .record("Background"), "Starts traffic that goes on during the steps that follow.",
            example: "background: {name: clients, request: {from: host, url: \"http://web/\", rate: 200/s}}"),
        FieldShape("stop", .text(.name), "Ends background traffic.", example: "stop: clients"),
        FieldShape("sleep", .text(.duration), "Lets time pass.", example: "sleep: 1s", aliases: ["pause", "delay"]),
        FieldShape(
            "kill", .record("Kill"), "Sends a signal to the processes of Pods.",
            example: "kill: {pod: web-1, signal: KILL}"),
        FieldShape(
            "freeze", .record("Frozen"), "Stops all processes of Pods, or of a node, without ending them.",
            example: "freeze: {pod: web-1}"),
        FieldShape("thaw", .record("Frozen"), "Lets them go on.", example: "thaw: {pod: web-1}", aliases: ["unfreeze"]),
        FieldShape(
            "node", .record("NodeState"), "Takes a node off the network, or brings it back.",
            example: "node: {name: node-2, state: down}"),
        FieldShape(
            "link", .record("Link"), "Cuts a link, or delays or loses what passes it.",
            example: "link: {of: node-2, direction: out, delay: 100ms, loss: 10%}"),
        FieldShape(
            "flush", .record("Flush"), "Removes the Service rules of a node.", example: "flush: {node: node-1}"),
        FieldShape(
            "proxy", .record("Proxy"), "Stops or starts the programming of rules: stale rules.",
            example: "proxy: {node: node-1, state: stopped}"),
        FieldShape(
            "nameServer", .record("NameServer"), "Stops or starts the lab's name servers.",
            example: "nameServer: {state: stopped}", aliases: ["dnsServer", "coredns"]),
        FieldShape(
            "conntrack", .record("Conntrack"), "Fills a node's table of connections; 0% empties it again.",
            example: "conntrack: {node: node-1, fill: 90%}"),
        FieldShape(
            "daemon", .choice(of: Action.DaemonEnd.self), "Ends the lab's daemon; the lab is adopted by the next.",
            example: "daemon: kill"),
        FieldShape(
            "set", .record("Settings"), "Changes a setting of the running lab.", example: "set: {proxyMode: iptables}"),
    ]

    private static let object = FieldShape("object", .text(.object), "Which object.", required: true)
    private static let namespace = FieldShape(
        "namespace", .text(.name), "The namespace, where nothing else names it; without it, default.", aliases: ["ns"])
    private static let selector = FieldShape("selector", .text(.selector), "By labels.", aliases: ["labels"])

    static let selection = [
        FieldShape("object", .text(.object), "One object."),
        FieldShape("kind", .text(.kind), "All of a kind, or those that the selector chooses."), selector, namespace,
    ]
    private static let selectionRules = [
        RecordShape.Rule.exactlyOne(["object", "kind"]), .needs("selector", oneOf: ["kind"]),
    ]

    static let actions = [
        RecordShape(
            "Applied", "an object or {file: …}", open: true,
            [
                FieldShape("file", .text(.filled), "A file with objects, relative to this one."),
                FieldShape("apiVersion", .text(.filled), "The object's group and version."),
                FieldShape("kind", .text(.filled), "The object's kind."),
                FieldShape("metadata", .map(.any), "The object's name, labels and so on."),
            ],
            rules: [
                .exactlyOne(["file", "kind"]), .needs("kind", oneOf: ["apiVersion"]),
                .needs("kind", oneOf: ["metadata"]),
            ]),
        RecordShape(
            "Patch", "a patch",
            [
                object, namespace,
                FieldShape(
                    "type", .choice(of: Action.Patch.Kind.self), "How it is merged; without it, strategic."),
                FieldShape(
                    "patch", .either([.map(.any), .list(.map(.any), atLeast: 1)]),
                    "The patch: for `json` a list of operations, else an object.", required: true),
                FieldShape(
                    "subresource", .choice(["status", "scale"]), "Of the object's subresource, not of the object."),
            ]),
        RecordShape(
            "Label", "a label action",
            [
                object, namespace,
                FieldShape(
                    "labels", .map(.either([.text(.any), .null])), "The labels; null removes one.", required: true),
            ]),
        RecordShape(
            "Scale", "a scale action",
            [object, namespace, FieldShape("replicas", .whole(0...10000), "How many Pods.", required: true)]),
        RecordShape(
            "Delete", "a delete action",
            selection + [FieldShape("gracePeriod", .text(.durationOrZero), "How long Pods may take to end.")],
            rules: selectionRules),
        RecordShape(
            "Rollout", "a rollout action",
            [
                object, namespace,
                FieldShape(
                    "action", .choice(of: Action.Rollout.Verb.self), "What is done; `status` waits for the end.",
                    required: true),
            ]),
        RecordShape(
            "Exec", "a program",
            [
                FieldShape("in", .location, "Where.", required: true, aliases: ["from", "at", "pod", "node"]),
                FieldShape("container", .text(.name), "In which container of a Pod."),
                FieldShape(
                    "command", .either([.text(.filled), .list(.text(.any), atLeast: 1)]),
                    "The program and its arguments, or a text for /bin/sh.", required: true,
                    aliases: ["cmd", "run", "args"]),
                FieldShape("input", .text(.any), "What it reads.", aliases: ["stdin"]),
                FieldShape("timeout", .text(.duration), "How long it may take."),
            ]),
        RecordShape(
            "Wait", "a wait",
            selection + [
                FieldShape(
                    "condition", .text(.condition), "The type of a condition that is true, or `TYPE=STATUS`.",
                    aliases: ["for"]),
                FieldShape(
                    "jsonPath", .text(.jsonPath), "A path that leads to a value.", aliases: ["jsonpath", "path"]),
                FieldShape("value", .either([.scalar, .record("ValueExpectation")]), "What the value must be."),
                FieldShape("state", .choice(["present", "absent"]), "Whether it is there.", aliases: ["delete"]),
            ],
            rules: selectionRules + [
                .exactlyOne(["condition", "jsonPath", "state"]), .needs("value", oneOf: ["jsonPath"]),
            ]),
        RecordShape(
            "Settings", "settings",
            [
                FieldShape(
                    "proxyMode", .choice(of: LabConfiguration.ProxyMode.self), "Who programs the nodes' rules.",
                    required: true)
            ]),
        RecordShape(
            "Selected", "a selector",
            [
                FieldShape("selector", .text(.selector), "The first ready Pod that it chooses.", required: true),
                namespace,
            ]),
    ]
}
