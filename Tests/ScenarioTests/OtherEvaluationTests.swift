// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Net
import Scenarios
import Testing

@Suite struct OtherEvaluationTests {
    private func failures(_ entry: String, _ observation: Observation, action: String = "sleep: 1s") throws -> [String]
    {
        try Reading.checks(entry, action: action).flatMap { $0.evaluate(observation, in: Replies.systems) }.map(\.seen)
    }

    // MARK: Objects

    private static let deployment = Object([
        "kind": "Deployment", "metadata": ["name": "web", "labels": ["app": "web"]], "spec": ["replicas": 3],
        "status": [
            "readyReplicas": 2,
            "conditions": [["type": "Available", "status": "False", "reason": "Short", "message": "2 of 3"]],
        ],
    ])

    @Test(arguments: [
        ("jsonPath: \"{.spec.replicas}\", equals: 3", true), ("jsonPath: .spec.replicas, equals: \"3\"", true),
        ("jsonPath: .status.readyReplicas, atLeast: 3", false), ("jsonPath: .status.readyReplicas, atMost: 2", true),
        ("jsonPath: .metadata.labels, equals: {app: web}", true), ("jsonPath: .metadata.labels, contains: app", true),
        ("jsonPath: \"{.status.conditions[?(@.type==\\\"Available\\\")].status}\", equals: \"False\"", true),
        ("jsonPath: \"{.status.conditions[*].type}\", contains: Available", true),
        ("jsonPath: \"{.status.conditions[*].type}\", equals: [Available]", true),
        ("jsonPath: .metadata.name, matches: \"^w\"", true), ("jsonPath: .metadata.name, in: [a, b]", false),
        ("jsonPath: .metadata.name, not: web", false), ("jsonPath: .metadata.name, not: other", true),
        ("jsonPath: .status.missing", false),
        ("jsonPath: .status.readyReplicas", true), ("exists: false", false), ("exists: true", true), ("count: 1", true),
        ("count: \"> 1\"", false),
    ]) func `objects are checked by a path or by being there`(fields: String, holds: Bool) throws {
        let seen = try failures("object: {object: deployment/web, \(fields)}", .objects([Self.deployment]))
        #expect(seen.isEmpty == holds, "\(seen)")
    }

    @Test func `an object that is not there has no value`() throws {
        #expect(try failures("object: {object: pod/a, jsonPath: .a, equals: 3}", .objects([])) == ["no object"])
        #expect(try failures("object: {object: pod/a, exists: false}", .objects([])) == [])
    }

    @Test(arguments: [
        ("condition: Available", "deployment/web has Available=False (Short: 2 of 3)"),
        ("condition: available=false", nil), ("condition: Progressing", "deployment/web has no condition Progressing"),
        ("jsonPath: .status.readyReplicas, value: 3", "deployment/web has at .status.readyReplicas: 2"),
        ("jsonPath: .status.readyReplicas, value: {atLeast: 2}", nil), ("state: present", nil),
        ("state: absent", "deployment/web is there"),
    ]) func `a wait says what it waits for`(goal: String, pending: String?) throws {
        guard case .wait(let wait) = try Reading.step("wait: {object: deployment/web, \(goal)}").action else {
            Issue.record("no wait")
            return
        }
        #expect(wait.pending([Self.deployment]) == pending)
        #expect(wait.pending([]) == (goal == "state: absent" ? nil : "deployment/web is not there"))
    }

    @Test func `a condition of an older generation says nothing`() throws {
        var object = Self.deployment
        object.generation = 2
        object.value["status", "observedGeneration"] = 1
        guard
            case .wait(let wait) = try Reading.step("wait: {object: deployment/web, condition: Available=False}").action
        else { return }
        #expect(wait.pending([object]) == "deployment/web was changed since its status was written")
    }

    // MARK: DNS

    private func lookup(_ answers: [String], code: String = "NOERROR") -> LookupReply {
        var reply = LookupReply(.delivered)
        reply.answers = answers
        reply.code = code
        return reply
    }

    @Test func `answers of DNS are a set, and names have no case`() throws {
        let entry = "dns: {from: host, name: web, answers: [10.0.0.1, Web.Shop.]}"
        #expect(try failures(entry, .lookups([lookup(["web.shop", "10.0.0.1"])])) == [])
        #expect(try failures(entry, .lookups([lookup(["10.0.0.1"])])) == ["10.0.0.1"])
        #expect(try failures(entry, .lookups([lookup([], code: "NXDOMAIN")])) == ["NXDOMAIN"])
        #expect(try failures(entry, .lookups([LookupReply(.timedOut)])) == ["timed out"])
        #expect(try failures(entry, .lookups([])) == ["no question"])
        #expect(
            try failures("dns: {from: host, name: a, code: NXDOMAIN}", .lookups([lookup([], code: "NXDOMAIN")])) == [])
        #expect(try failures("dns: {from: host, name: a, answers: []}", .lookups([lookup([])])) == [])
    }

    // MARK: Rules, ways, counters, Events, programs

    @Test(
        arguments: [
            ("contains: dnat", []), ("contains: reject", ["no such line among 2 on node-1"]), ("lacks: reject", []),
            ("lacks: dnat", ["the line \"dnat to 10.0.0.1\" on node-1"]), ("matches: \"10.0.0.[12]\"", []),
            ("contains: dnat, count: 1", []), ("contains: d, count: 3", ["2 such lines on node-1"]),
            ("matches: \"^ *d\", count: \">= 1\"", []),
        ] as [(String, [String])]) func `rules are searched line by line`(fields: String, seen: [String]) throws
    {
        let rules = Observation.rules(["node-1": "  dnat to 10.0.0.1\n  drop\n"])
        #expect(try failures("rules: {node: node-1, \(fields)}", rules) == seen)
    }

    @Test func `the walker's ways are checked by their ends`() throws {
        let ways = [
            Observation.Way(.delivered, end: "default/web-1", source: "172.18.0.2"),
            Observation.Way(.delivered, end: "default/web-2", source: "172.18.0.2"),
        ]
        let why = "why: {from: host, to: \"web:80\", "
        #expect(try failures(why + "outcome: delivered, ends: [web-1, web-2], source: node}", .ways(ways)) == [])
        #expect(try failures(why + "ends: [web-1]}", .ways(ways)) == ["default/web-1, default/web-2"])
        #expect(try failures(why + "ends: [web-1, web-2, web-3]}", .ways(ways)).count == 1)
        #expect(try failures(why + "source: host}", .ways(ways)) == ["172.18.0.2 (2 of 2)"])
        let lost = [ways[0], Observation.Way(.timedOut)]
        #expect(try failures(why + "outcome: delivered}", .ways(lost)) == ["timed out (1 of 2)"])
        #expect(try failures(why + "outcome: delivered}", .ways([])) == ["no way"])
    }

    @Test func `counters are of packets and of bytes`() throws {
        let entry = "counter: {node: node-1, service: web, packets: \">= 2\", bytes: \"< 100\"}"
        #expect(try failures(entry, .counted(packets: 2, bytes: 99)) == [])
        #expect(try failures(entry, .counted(packets: 1, bytes: 100)) == ["1 packet", "100 bytes"])
    }

    @Test func `Events are found by reason, object and text`() throws {
        let event = Object([
            "kind": "Event", "reason": "Unhealthy", "message": "Readiness probe failed",
            "involvedObject": ["kind": "Pod", "namespace": "default", "name": "web-1"],
        ])
        #expect(try failures("event: {reason: Unhealthy, object: po/web-1}", .events([event])) == [])
        #expect(try failures("event: {message: {contains: Readiness}}", .events([event])) == [])
        #expect(try failures("event: {object: pod/shop/web-1}", .events([event])).count == 1)
        #expect(try failures("event: {reason: Killing}", .events([event])) == ["0 (there are Unhealthy)"])
        #expect(try failures("event: {reason: Unhealthy, count: 0}", .events([event])) == ["1"])
    }

    @Test func `a program is checked by its end and by what it writes`() throws {
        let action = "exec: {in: host, command: [a]}"
        let end = Observation.execution(.init(exitCode: 1, output: "ready\n", errorOutput: "no\n"))
        #expect(try failures("{exitCode: 1, output: ready, errorOutput: {contains: \"n\"}}", end, action: action) == [])
        #expect(try failures("{exitCode: 0}", end, action: action) == ["exit code 1, and as errors \"no\""])
        #expect(try failures("{output: {not: {contains: ready}}}", end, action: action) == ["\"ready\""])
        #expect(try failures("{errorOutput: \"\"}", end, action: action) == ["\"no\""])
    }
}
