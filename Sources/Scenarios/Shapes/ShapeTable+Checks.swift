// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension ShapeTable {
    /// What a check looks at instead of the step's action, one line each.
    static let subjects = [
        FieldShape(
            "request", .record("Request"), "HTTP requests of the check's own.",
            example: "{request: {from: host, url: \"http://web/\"}, status: 200}", aliases: ["curl", "http"]),
        FieldShape(
            "udp", .record("Datagrams"), "UDP datagrams of the check's own.",
            example: "{udp: {from: host, to: \"echo:7\"}, outcome: delivered}"),
        FieldShape(
            "dns", .record("LookupCheck"), "A question to DNS of the check's own.",
            example: "dns: {from: pod/web-1, name: web, answers: [\"${clusterIP:web}\"]}", aliases: ["lookup"]),
        FieldShape(
            "exec", .record("Exec"), "A program of the check's own.",
            example: "{exec: {in: node-1, command: [ip, route]}, output: {contains: 10.244}}", aliases: ["run"]),
        FieldShape(
            "background", .text(.name), "Background traffic, from the beginning of the step.",
            example: "{background: clients, failures: 0}"),
        FieldShape(
            "object", .record("ObjectCheck"), "Objects of the API.",
            example: "object: {object: deployment/web, jsonPath: \"{.status.readyReplicas}\", equals: 3}",
            aliases: ["resource"]),
        FieldShape(
            "rules", .record("RulesCheck"), "The nodes' rules, as text.",
            example: "rules: {node: node-1, contains: \"10.96.0.10\"}", aliases: ["rule"]),
        FieldShape(
            "why", .record("WhyCheck"), "The walker's verdict on a packet.",
            example: "why: {from: host, to: \"web:80\", outcome: delivered, ends: [web-1, web-2]}", aliases: ["walk"]),
        FieldShape(
            "counter", .record("CounterCheck"), "What was counted since the step began.",
            example: "counter: {node: node-1, service: web, packets: \">= 1\"}"),
        FieldShape(
            "event", .record("EventCheck"), "Events of the API.",
            example: "event: {reason: Unhealthy, object: pod/web-1}", aliases: ["events"]),
    ]

    /// What must be true of requests and programs, one line each.
    static let tests = [
        FieldShape(
            "status", .either([.whole(100...599), .text(.comparison), .record("NumberExpectation")]),
            "Of every reply.", example: "status: 200", aliases: ["statusCode"]),
        FieldShape(
            "body", .textExpectation, "Of every reply; a newline at its end does not count.",
            example: "body: {contains: Hello}"),
        FieldShape(
            "header", .map(.either([.text(.any), .null, .record("TextExpectation")])),
            "Header fields of every reply; null for one that must not be there.",
            example: "header: {Content-Type: {contains: json}}", aliases: ["headers"]),
        FieldShape("latency", .record("Latency"), "How long replies took at most.", example: "latency: {p99: 20ms}"),
        FieldShape(
            "answeredBy", .either([.text(.filled), .list(.text(.filled), atLeast: 1), .record("AnsweredBy")]),
            "Who answered.", example: "answeredBy: {selector: \"version=blue\", even: true}",
            aliases: ["answered", "by", "from"]),
        FieldShape(
            "source", .text(.source), "Whose address the server saw.", example: "source: client",
            aliases: ["sourceAddress"]),
        FieldShape(
            "outcome", .either([.choice(of: Check.Outcome.self), .record("Outcomes")]),
            "How all ended, or how many ended how.", example: "outcome: refused", aliases: ["result"]),
        FieldShape(
            "failures", .numberExpectation, "How many had no reply, or one with a status of 500 to 599.",
            example: "failures: 0", aliases: ["errors", "failed", "failure"]),
        FieldShape("count", .numberExpectation, "How many were made.", example: "count: \">= 100\""),
        FieldShape(
            "output", .textExpectation, "What the program wrote.", example: "output: {contains: ready}",
            aliases: ["stdout"]),
        FieldShape(
            "errorOutput", .textExpectation, "What the program wrote as errors.", example: "errorOutput: \"\"",
            aliases: ["stderr"]),
        FieldShape(
            "exitCode", .numberExpectation, "The program's exit code.", example: "exitCode: 0", aliases: ["code"]),
        FieldShape(
            "answers", .list(.text(.template)), "All that DNS gives, in any order.",
            example: "answers: [\"${clusterIP:web}\"]"),
        FieldShape("code", .choice(codes), "DNS' response code.", example: "code: NXDOMAIN", aliases: ["rcode"]),
    ]

    static let checks = [
        RecordShape(
            "Check", "a check", subjects + tests,
            rules: [
                .atMostOne(["request", "udp", "dns", "exec", "background"]),
                .atLeastOne((tests + subjects).map(\.name)),
            ]),
        RecordShape(
            "Latency", "bounds of latency",
            [
                FieldShape("p50", .text(.duration), "Of half of them."),
                FieldShape("p90", .text(.duration), "Of nine of ten."),
                FieldShape("p99", .text(.duration), "Of 99 of 100."),
                FieldShape("max", .text(.duration), "Of all."),
            ], rules: [.atLeastOne(["p50", "p90", "p99", "max"])]),
        RecordShape(
            "AnsweredBy", "who answered",
            [
                FieldShape("names", .list(.text(.filled), atLeast: 1), "These, by name.", aliases: ["pods"]),
                FieldShape("selector", .text(.selector), "The ready Pods that it chooses.", aliases: ["labels"]),
                FieldShape("namespace", .text(.name), "The Pods' namespace; without it, default."),
                FieldShape(
                    "set", .choice(of: Check.AnsweredBy.Extent.self),
                    "`within`: nobody else, which is the default; `exact`: each of them, and nobody else."),
                FieldShape("shares", .map(.share), "Which part each has, by a name or a selector."),
                FieldShape("tolerance", .share, "By how much a share may differ; without it, 0.1."),
                FieldShape(
                    "even", .flag, "True: all have the same part, as far as chance allows (chi-square, p ≥ 0.001)."),
                FieldShape("sticky", .flag, "True: the same client was always answered by the same one."),
                FieldShape("count", .numberExpectation, "How many different ones answered."),
            ],
            rules: [
                .atMostOne(["names", "selector"]), .needs("tolerance", oneOf: ["shares"]),
                .needs("set", oneOf: ["names", "selector"]),
                .atLeastOne(["names", "selector", "shares", "even", "sticky", "count"]),
            ]),
        RecordShape(
            "Outcomes", "how many ended how",
            Check.Outcome.allCases.map { FieldShape($0.rawValue, .numberExpectation, $0.summary) },
            rules: [.atLeastOne(Check.Outcome.allCases.map(\.rawValue))]),
        RecordShape(
            "ObjectCheck", "a check of objects",
            selection + [
                FieldShape(
                    "jsonPath", .text(.jsonPath), "A path that leads to a value.", aliases: ["jsonpath", "path"]),
                FieldShape("exists", .flag, "Whether it is there.", aliases: ["present"]),
                FieldShape("count", .numberExpectation, "How many there are."),
            ] + anyTests,
            rules: [
                .exactlyOne(["object", "kind"]), .needs("selector", oneOf: ["kind"]),
                .atLeastOne(["jsonPath", "exists", "count"]),
            ] + anyTests.map { .needs($0.name, oneOf: ["jsonPath"]) }),
        RecordShape(
            "RulesCheck", "a check of rules",
            [
                FieldShape("node", .text(.name), "Which node; without it, each."),
                FieldShape("contains", .text(.template), "A line has this text in it."),
                FieldShape("lacks", .text(.template), "No line has this text in it.", aliases: ["not", "absent"]),
                FieldShape("matches", .text(.pattern), "This regular expression is found in a line."),
                FieldShape("count", .numberExpectation, "In how many lines it is found."),
            ],
            rules: [.atLeastOne(["contains", "lacks", "matches"]), .needs("count", oneOf: ["contains", "matches"])]),
        RecordShape(
            "WhyCheck", "a question to the walker",
            [
                FieldShape("from", .location, "From where.", required: true),
                FieldShape(
                    "to", .text(.template), "Where to, as `lab why` takes it.", required: true, aliases: ["url"]),
                FieldShape("protocol", .choice(["TCP", "UDP", "SCTP"]), "Without it, TCP."),
                FieldShape(
                    "outcome", .choice(["delivered", "refused", "timedOut", "unreachable"]), "How every way ends."),
                FieldShape("ends", .list(.text(.template), atLeast: 1), "Where the ways end: names or addresses."),
                FieldShape("source", .text(.source), "The source address on arrival."),
            ], rules: [.atLeastOne(["outcome", "ends", "source"])]),
        RecordShape(
            "CounterCheck", "a counter",
            [
                FieldShape("node", .text(.name), "Which node.", required: true),
                FieldShape("interface", .text(.filled), "The packets of an interface."),
                FieldShape("service", .text(.filled), "The packets of a Service, as `web` or `shop/web`."),
                FieldShape("packets", .numberExpectation, "How many packets."),
                FieldShape("bytes", .numberExpectation, "How many bytes."),
            ], rules: [.exactlyOne(["interface", "service"]), .atLeastOne(["packets", "bytes"])]),
        RecordShape(
            "EventCheck", "a check of Events",
            [
                FieldShape("reason", .text(.filled), "The Event's reason."),
                FieldShape("object", .text(.object), "What it is about."),
                FieldShape("message", .textExpectation, "What it says.", aliases: ["note"]),
                FieldShape("count", .numberExpectation, "How many there are; without it, at least one."),
            ], rules: [.atLeastOne(["reason", "object", "message"])]),
    ]

    private static let textTests = [
        FieldShape("equals", .text(.any), "It is this text."),
        FieldShape("contains", .text(.filled), "It has this in it."),
        FieldShape("matches", .text(.pattern), "This regular expression is found in it.", aliases: ["regex"]),
        FieldShape("in", .list(.text(.any), atLeast: 1), "It is one of these."),
        FieldShape("not", .textExpectation, "It is not so."),
    ]
    private static let numberTests = [
        FieldShape("equals", .number(-9e15...9e15), "It is this number."),
        FieldShape("in", .list(.number(-9e15...9e15), atLeast: 1), "It is one of these."),
        FieldShape("atLeast", .number(-9e15...9e15), "It is this or more.", aliases: ["min"]),
        FieldShape("atMost", .number(-9e15...9e15), "It is this or less.", aliases: ["max"]),
        FieldShape("not", .numberExpectation, "It is not so."),
    ]
    private static let anyTests = [
        FieldShape("equals", .any, "It is this value."),
        FieldShape("contains", .any, "A text has this in it, a list this element, an object these fields."),
        FieldShape("matches", .text(.pattern), "This regular expression is found in it.", aliases: ["regex"]),
        FieldShape("in", .list(.any, atLeast: 1), "It is one of these."),
        FieldShape("atLeast", .number(-9e15...9e15), "It is this or more.", aliases: ["min"]),
        FieldShape("atMost", .number(-9e15...9e15), "It is this or less.", aliases: ["max"]),
        FieldShape("not", .either([.scalar, .record("ValueExpectation")]), "It is not so."),
    ]

    static let expectations = [
        RecordShape(
            "TextExpectation", "what a text must be", textTests, rules: [.atLeastOne(textTests.map(\.name))]),
        RecordShape(
            "NumberExpectation", "what a number must be", numberTests, rules: [.atLeastOne(numberTests.map(\.name))]),
        RecordShape("ValueExpectation", "what a value must be", anyTests, rules: [.atLeastOne(anyTests.map(\.name))]),
    ]
}

extension Check.Outcome {
    /// What it means, in one sentence.
    var summary: String {
        switch self {
        case .delivered: "A reply came."
        case .refused: "Nobody listens, or a rule rejects."
        case .timedOut: "No reply came."
        case .unreachable: "A router knows no way."
        case .reset: "The connection was there, and was broken off."
        case .unresolved: "DNS knows no such name."
        case .broken: "What came is no valid reply, or no valid certificate."
        }
    }
}
