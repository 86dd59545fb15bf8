// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension ScenarioReport {
    /// JSON lines: an object a line, each with an `event`: `scenario` where a run begins, `step`, `result`, and `summary` at
    /// the end.
    public var jsonLines: String {
        let summary: Value = [
            "event": "summary", "runs": .int(Int64(results.count)), "passed": .int(Int64(count("passed"))),
            "failed": .int(Int64(count("failed"))), "broken": .int(Int64(count("broken"))),
            "skipped": .int(Int64(count("skipped"))), "seconds": time.value,
        ]
        return results.map(\.jsonLines).joined() + summary.json() + "\n"
    }
}

extension ScenarioResult {
    /// The lines of one run.
    public var jsonLines: String {
        var began = identity("scenario")
        began["title"] = .string(title)
        began["file"] = .string(place.file)
        began["line"] = .int(Int64(place.position.line))
        var ended = identity("result")
        ended["result"] = .string(verdict.word)
        ended["seconds"] = time.value
        ended["upSeconds"] = upTime.value
        if !verdict.reason.isEmpty { ended["reason"] = .string(verdict.reason) }
        return ([began] + steps.map(line) + [ended]).map { $0.json() + "\n" }.joined()
    }

    private func identity(_ event: String) -> Value {
        var value: Value = [
            "event": .string(event), "scenario": .string(name), "mode": .string(mode.rawValue),
        ]
        if let round { value["round"] = .int(Int64(round)) }
        if let seed { value["seed"] = .string(String(seed)) }
        return value
    }

    private func line(_ step: StepResult) -> Value {
        var value = identity("step")
        value["step"] = .int(Int64(step.number))
        value["title"] = .string(step.title)
        value["result"] = step.isPassed ? "passed" : "failed"
        value["seconds"] = step.time.value
        value["line"] = .int(Int64(step.place.position.line))
        guard !step.isPassed else { return value }
        value["failures"] = .array(step.failures.map(\.value))
        value["evidence"] = .array(
            step.evidence.map { ["title": .string($0.title), "text": .string($0.text)] })
        return value
    }
}

extension CheckFailure {
    fileprivate var value: Value {
        var value: Value = ["expected": .string(expected), "seen": .string(seen)]
        if let place { value["place"] = .string(place.description) }
        return value
    }
}

extension Duration {
    fileprivate var value: Value { .double((seconds * 1_000_000).rounded() / 1_000_000) }
}
