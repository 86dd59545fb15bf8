// SPDX-License-Identifier: Apache-2.0
internal import Cluster
public import Kubernetes
internal import Linux

/// A recording that was read and checked.
public struct ReplayedStory {
    private let replay: StoryReplay
    /// False if it was cut off.
    private let isWhole: Bool

    /// Reads a recording of lines.
    public init(_ path: String) throws {
        guard !path.hasSuffix(".html") else {
            throw LabError("\(path) is a page to look at; lab record -o story.jsonl makes lines that can be checked")
        }
        let bytes = try File.bytes(path, limit: .max)
        var replay = StoryReplay(StoryPlan.configuration)
        for line in bytes.split(separator: UInt8(ascii: "\n")) { replay.read(Array(line)) }
        guard replay.state.lab["name"] != nil else {
            throw LabError(
                "\(path) tells of no lab: it is empty, or no recording (lab record -o story.jsonl makes one)")
        }
        guard replay.state.lab["format"] == 1 else {
            throw LabError(
                "\(path) has another format than this version reads, which is 1: use the lab that recorded it")
        }
        self.replay = replay
        isWhole = bytes.suffix(4096).contains("\"kind\":\"end\"".utf8)
    }

    /// What was found, for programs and for those who print it.
    public var value: Value {
        let problems = replay.problems
        let name = replay.state.lab["name"]?.string ?? "no lab"
        let summary =
            "\(name): \(replay.lines) lines up to revision \(replay.state.revision): \(replay.changes) changes folded, "
            + "\(replay.journeys) journeys as the walker says, \(replay.connections) connections to endpoints of their "
            + "Services" + (problems.isEmpty ? ": all agrees" : "; \(problems.count) things do not agree")
            + (isWhole ? "" : " (the recording was cut off: it has no end)")
        return [
            "isWhole": .bool(isWhole),
            "lab": .string(name), "lines": .int(Int64(replay.lines)),
            "revision": .int(Int64(clamping: replay.state.revision)), "changes": .int(Int64(replay.changes)),
            "journeys": .int(Int64(replay.journeys)), "connections": .int(Int64(replay.connections)),
            "summary": .string(summary),
            "problems": .array(
                problems.map {
                    [
                        "line": .int(Int64($0.line)), "milliseconds": .double($0.milliseconds),
                        "text": .string($0.text),
                    ]
                }),
        ]
    }
}
