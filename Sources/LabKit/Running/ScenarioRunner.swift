// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Synchronization

/// Carries out a scenario's steps, one after the other, on a lab that is up; stops at the first that fails.
final class ScenarioRunner: Sendable {
    let lab: Lab
    let scenario: Scenario
    /// Reads files that steps name, relative to the scenario's own.
    let read: @Sendable (String) throws -> String
    /// Background traffic by its name.
    let background = Mutex<[String: BackgroundTraffic]>([:])
    let recorder: Recorder

    init(_ scenario: Scenario, _ lab: Lab, _ recorder: Recorder, read: @escaping @Sendable (String) throws -> String) {
        self.scenario = scenario
        self.lab = lab
        self.recorder = recorder
        self.read = read
    }

    /// Runs all steps; tells of each as it ends.
    func run(_ tell: @Sendable (StepResult) -> Void = { _ in }) async -> [StepResult] {
        let deadline = lab.now + scenario.timeout
        var results: [StepResult] = []
        for (index, step) in scenario.steps.enumerated() {
            var result = StepResult(index + 1, step)
            let began = lab.now
            await run(step, &result, until: deadline)
            result.time = lab.now - began
            if !result.isPassed, !Task.isCancelled { result.evidence = await evidence(of: result) }
            results.append(result)
            tell(result)
            if !result.isPassed || Task.isCancelled { break }
        }
        for traffic in background.withLock({ Array($0.values) }) { await traffic.stop() }
        return results
    }

    /// Does what a step does, and checks what must hold.
    private func run(_ step: Scenario.Step, _ result: inout StepResult, until deadline: Duration) async {
        guard lab.now < deadline else {
            result.failures = [failure(step, "the scenario ends within \(scenario.timeout.short)", "its time is over")]
            return
        }
        let watch: StepWatch
        do { watch = try await StepWatch(step, lab) } catch {
            result.failures = [failure(step, "the step can be watched", "\(error)")]
            return
        }
        let attempt = StepAttempt(self, step, watch, deadline)
        do {
            try await attempt.act()
        } catch {
            result.failures = [failure(step, "this can be done", "\(error)")]
            return
        }
        result.failures = await attempt.check()
    }

    private func failure(_ step: Scenario.Step, _ expected: String, _ seen: String) -> CheckFailure {
        CheckFailure(expected: expected, seen: seen, place: step.place)
    }
}

extension Duration {
    /// `250ms`, `3s`, `1.5s`.
    var short: String {
        let milliseconds = milliseconds
        if milliseconds < 1000 { return "\(Int(milliseconds.rounded()))ms" }
        let tenths = Int((milliseconds / 100).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)s" : "\(tenths / 10).\(tenths % 10)s"
    }
}
