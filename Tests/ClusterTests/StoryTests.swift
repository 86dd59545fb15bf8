// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Foundation
import Kubernetes
import Net
import Testing

/// The lines of `Tests/Fixtures/story-blue-green.jsonl`: what a blue-green lab told, objects and rules as it had them.
@Suite struct StoryTests {
    private static func lines() throws -> [[UInt8]] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../Fixtures/story-blue-green.jsonl")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { Array($0.utf8) }
    }

    private static func configuration(_ line: Value) throws -> Configuration {
        let documents = try Manifest.read((line["setup", "lab"] ?? .null).jsonBytes(), file: "lab")
        let lab = try LabConfiguration.read(documents).lab
        let range = line["ranges"]?.elements.first ?? .null
        func prefix(_ name: String) throws -> Prefix { try #require(range[name]?.string.flatMap { Prefix($0) }) }
        var configuration = Configuration(
            name: "blue-green", nodes: lab.nodes,
            ranges: [
                .init(
                    nodes: try prefix("nodes"), pods: try prefix("pods"), services: try prefix("services"),
                    loadBalancers: try prefix("loadBalancers"))
            ])
        configuration.external = lab.external
        return configuration
    }

    private static func replay(_ lines: [[UInt8]]) -> StoryReplay {
        var replay = StoryReplay(configuration)
        for line in lines { replay.read(line) }
        return replay
    }

    private static func fold(_ lines: some Sequence<[UInt8]>) throws -> StoryState {
        var state = StoryState()
        for line in lines { state.fold(try StoryLine(json: line)) }
        return state
    }

    @Test func `a line is what it was after it was written and read`() throws {
        for bytes in try Self.lines() {
            let line = try StoryLine(json: bytes)
            #expect(try StoryLine(json: line.json) == line)
            #expect(line.known != nil)
        }
    }

    @Test(
        arguments: [
            ("object", ["object", "spec", "replicas"], .int(.max), "Deployment"),
            ("object", ["object", "spec"], "::", "Deployment"),
            ("counters", ["services"], [["connections": .int(.max)]], ""),
            ("lab", ["startedMilliseconds"], .int(.max), ""), ("ready", ["t"], .double(1e300), ""),
        ] as [(kind: String, path: [String], value: Value, of: String)])
    func `a line that no lab can have told is a problem, and no harm`(
        _ change: (kind: String, path: [String], value: Value, of: String)
    ) throws {
        var lines = try Self.lines()
        let index = try #require(
            lines.firstIndex { bytes in
                guard let line = try? StoryLine(json: bytes), line.kind == change.kind else { return false }
                return change.of.isEmpty || line.fields["object", "kind"]?.string == change.of
            })
        var value = try Value(json: lines[index])
        switch change.path.count {
        case 1: value[change.path[0]] = change.value
        case 2: value[change.path[0], change.path[1]] = change.value
        default: value[change.path[0], change.path[1], change.path[2]] = change.value
        }
        lines[index] = value.jsonBytes()
        let replay = Self.replay(lines)
        #expect(replay.lines == lines.count)
        // When a lab began says nothing of what it did.
        #expect(replay.problems.isEmpty == (change.kind == "lab"), "\(replay.problems)")
    }

    @Test func `the state at any line is that of the lines up to it, whatever was folded before`() throws {
        let lines = try Self.lines()
        var state = StoryState()
        for (index, bytes) in lines.enumerated() {
            state.fold(try StoryLine(json: bytes))
            guard index % 37 == 0 else { continue }
            #expect(try Self.fold(lines[...index]) == state)
        }
        // A line "lab" begins anew: an older story before it changes nothing.
        #expect(try Self.fold(lines + lines) == Self.fold(lines))
    }

    @Test func `the fold gives the selector, endpoints and rules of each moment`() throws {
        let lines = try Self.lines().map { try StoryLine(json: $0) }
        var state = StoryState()
        var colours: [String] = []
        let web = ObjectKey("Service", "default", "web")
        for line in lines {
            state.fold(line)
            let colour = state.objects[web]?["spec", "selector", "version"]?.string ?? "none"
            if colours.last != colour { colours.append(colour) }
            guard line.kind == "rules", line.fields["whole"] != true else { continue }
            let place = StoryState.RuleSet(node: "node-1", family: "IPv4")
            let pods = state.objects.filter { $0.value["metadata", "labels", "version"]?.string == colour }
            let addresses = pods.compactMap { $0.value["status", "podIP"]?.string }
            let rules = state.rules[place] ?? [:]
            if line.fields["node"] == "node-1" {
                for address in addresses { #expect(rules.keys.contains { $0.contains(": \(address) ") }) }
            }
        }
        #expect(colours == ["none", "blue", "green", "blue"])
        #expect(state.faults.isEmpty)
        #expect(state.step["number"] == 5)
    }

    @Test func `a story that agrees with itself is found to`() throws {
        let replay = Self.replay(try Self.lines())
        #expect(replay.problems.isEmpty, "\(replay.problems.prefix(5))")
        #expect(replay.connections > 30)
        #expect(replay.changes > 60)
    }

    @Test(arguments: [
        ("a connection", #""kind":"connection""#, "10.244.", "10.199.", "none of its endpoints"),
        ("a batch", #""milliseconds":0.21"#, #""removed":["element"#, #""removed":["elephant"#, "was not there"),
        ("a write", #""kind":"object","verb":"modified""#, #""revision":1"#, #""revision":0,"was":1"#, "is before"),
    ])
    func `what does not agree is found`(
        _ what: String, _ mark: String, _ old: String, _ new: String, _ problem: String
    ) throws {
        var lines = try Self.lines().map { String(decoding: $0, as: UTF8.self) }
        let index = try #require(lines.firstIndex { $0.contains(mark) && $0.contains(old) }, "\(what)")
        lines[index] = lines[index].replacing(old, with: new)
        let replay = Self.replay(lines.map { Array($0.utf8) })
        #expect(replay.problems.contains { $0.line == index + 1 && $0.text.contains(problem) }, "\(replay.problems)")
    }

    @Test func `journeys are held against the walker's on the plan of the story's objects`() throws {
        let lines = try Self.lines()
        let ready = try #require(
            lines.firstIndex { String(decoding: $0, as: UTF8.self).contains(#""kind":"ready""#) })
        let state = try Self.fold(lines[...ready])
        let cluster = Cluster(
            try Self.configuration(state.lab), at: state, now: Timestamp(milliseconds: 1_795_308_415_000))
        let question = Question(from: "outside/visitor", to: "203.0.113.1:80", transport: .tcp)
        let journeys = try cluster.journeys(question)
        #expect(Set(journeys.map(\.destination.text)).count == 2, "both Pods of blue are reached, and no other")
        for journey in journeys {
            let line = StoryLine(.journey, ["journey": journey.value()], milliseconds: 1, number: 9999)
            let told = Self.replay(lines[...ready] + [line.json])
            #expect(told.problems.isEmpty && told.journeys == 1, "\(told.problems)")
            // One that the walker does not know: it ends at an endpoint that is none.
            let text = String(decoding: line.json, as: UTF8.self)
            let end = try #require(journey.value()["destination"]?.string)
            let other = text.replacing(end, with: "10.244.9.9:8080")
            let refused = Self.replay(lines[...ready] + [Array(other.utf8)])
            #expect(refused.problems.contains { $0.text.contains("none of the walker's") }, "\(refused.problems)")
        }
    }
}
