// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension ShapeTable {
    private static let from = FieldShape(
        "from", .location, "From where.", required: true, aliases: ["source", "in", "client"])
    private static let pace = [
        FieldShape("count", .whole(1...1_000_000), "How many; without it, 1.", aliases: ["times", "n", "repeat"]),
        FieldShape(
            "concurrency", .whole(1...1000), "How many at once; without it, 1.", aliases: ["parallel", "workers"]),
        FieldShape("rate", .rate, "How many begin in a second.", aliases: ["qps", "rps"]),
        FieldShape("duration", .text(.duration), "How long new ones begin, in place of a count.", aliases: ["for"]),
        FieldShape("timeout", .text(.duration), "After how long one has failed; without it, 2s."),
    ]
    private static let paceRules = [RecordShape.Rule.atMostOne(["count", "duration"])]

    static let lookup = [
        from, FieldShape("name", .text(.hostname), "The name, as a program there would say it.", required: true),
        FieldShape(
            "type", .choice(["A", "AAAA", "CNAME", "SRV", "PTR", "TXT", "NS", "SOA", "MX", "ANY"]),
            "The type of record; without it, A."),
        FieldShape("server", .text(.template), "Who is asked; without it, the place's own name servers."),
    ]

    static let traffic = [
        RecordShape(
            "Request", "a request",
            [
                from,
                FieldShape(
                    "url", .text(.url),
                    "Where to; a Service's name is found as a Pod there would find it, and its port may be a name.",
                    required: true, aliases: ["to", "target", "uri"]),
                FieldShape(
                    "method", .choice(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
                    "HTTP's method; without it, GET."),
                FieldShape("headers", .map(.text(.template)), "Header fields.", aliases: ["header"]),
                FieldShape("body", .text(.any), "What is sent.", aliases: ["data"]),
            ] + pace + [
                FieldShape(
                    "connections", .choice(of: WebRequest.Connections.self),
                    "Whether each request has a connection of its own; without it, new.", aliases: ["connection"]),
                FieldShape("sourcePort", .whole(1...65535), "The client's port."),
                FieldShape("follow", .flag, "Whether redirects are followed."),
                FieldShape("insecure", .flag, "Whether any certificate is good."),
                FieldShape("serverName", .text(.hostname), "The name that TLS asks for.", aliases: ["sni"]),
            ], rules: paceRules),
        RecordShape(
            "Datagrams", "datagrams",
            [
                from,
                FieldShape("to", .text(.hostPort), "Host and port.", required: true, aliases: ["url", "target"]),
                FieldShape("payload", .text(.filled), "What is sent; without it, hello.", aliases: ["body", "data"]),
            ] + pace + [
                FieldShape(
                    "sourcePort", .either([.whole(1...65535), .choice(["new", "keep"])]),
                    "`keep` for one flow, a number for a certain port; without it, each datagram is a flow of its own.")
            ], rules: paceRules),
        RecordShape("Lookup", "a question to DNS", lookup + pace, rules: paceRules),
        RecordShape(
            "LookupCheck", "a question to DNS with what is expected",
            lookup + pace + [
                FieldShape("answers", .list(.text(.template)), "All that it gives, in any order."),
                FieldShape("code", .choice(codes), "The response code."),
            ], rules: paceRules),
        RecordShape(
            "Background", "background traffic",
            [
                FieldShape("name", .text(.name), "By which checks and `stop` refer to it.", required: true),
                FieldShape("request", .record("Request"), "HTTP requests."),
                FieldShape("udp", .record("Datagrams"), "UDP datagrams."),
                FieldShape("dns", .record("Lookup"), "Questions to DNS."),
            ], rules: [.exactlyOne(["request", "udp", "dns"])]),
    ]

    static let codes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"]
}
