// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Kubernetes
internal import Linux
internal import Synchronization

extension Lab {
    /// Begins to record what happens, in a folder; nil if none is named, or it cannot be recorded.
    func record(to folder: String?, _ name: String) async -> StoryRecording? {
        guard let folder else { return nil }
        let paths = paths
        let made = try? await Blocking.run {
            try File.makeDirectory(folder)
            return try StoryRecording(paths, to: "\(folder)/\(name).jsonl")
        }
        recording.withLock { $0 = made }
        return made
    }

    /// Ends the recording, and makes a page of it.
    func endRecording(_ folder: String?, _ name: String) async {
        guard let folder, let made = recording.withLock({ $0 }) else { return }
        recording.withLock { $0 = nil }
        try? await Blocking.run {
            try made.end()
            try StoryFile.page(of: "\(folder)/\(name).jsonl", at: "\(folder)/\(name).html")
        }
    }
}

extension StoryRecording {
    /// Tells that a scenario's step begins, counted from 1.
    func tellBegin(of steps: [Scenario.Step], _ number: Int) {
        guard number <= steps.count else { return }
        tell(
            "step",
            [
                "number": .int(Int64(number)), "count": .int(Int64(steps.count)),
                "title": .string(steps[number - 1].title), "state": "running",
            ])
    }

    /// Tells how a step has ended.
    func tellEnd(of step: StepResult, _ count: Int) {
        tell(
            "step",
            [
                "number": .int(Int64(step.number)), "count": .int(Int64(count)), "title": .string(step.title),
                "state": step.isPassed ? "passed" : "failed", "milliseconds": .double(step.time.milliseconds),
                "failures": .array(step.failures.map { .string("\($0.expected): \($0.seen)") }),
            ])
    }
}
