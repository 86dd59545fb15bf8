// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Synchronization

/// One step under way: its action, and its checks until they hold, or for as long as they must.
final class StepAttempt: Sendable {
    private let runner: ScenarioRunner
    private let step: Scenario.Step
    private let watch: StepWatch
    private let deadline: Duration
    /// What came of the step's own action.
    private let seen = Mutex<Observation?>(nil)

    /// How long nothing is tried again, in milliseconds.
    private static let pause = 50

    init(_ runner: ScenarioRunner, _ step: Scenario.Step, _ watch: StepWatch, _ deadline: Duration) {
        self.runner = runner
        self.step = step
        self.watch = watch
        self.deadline = deadline
    }

    private var lab: Lab { runner.lab }

    /// The action, once.
    func act() async throws {
        guard let action = step.action else { return }
        let observation = try await runner.perform(action, within: step.within, until: deadline)
        seen.withLock { $0 = observation }
    }

    /// The checks: once; with `within` until all hold; with `for` as long as it takes. Gives what does not hold.
    func check() async -> [CheckFailure] {
        let began = lab.now
        let limit = min(began + (step.within ?? .zero), deadline)
        var failures = await once()
        while !failures.isEmpty, lab.now < limit, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(StepAttempt.pause))
            await actAgain()
            failures = await once()
        }
        guard failures.isEmpty else { return failures.map(tellTime) }
        guard let holding = step.holding else { return [] }
        let end = min(lab.now + holding, deadline)
        while lab.now < end, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(StepAttempt.pause))
            await actAgain()
            failures = await once()
            if !failures.isEmpty { return failures.map { tellHolding($0, since: began) } }
        }
        return []
    }

    private func tellTime(_ failure: CheckFailure) -> CheckFailure {
        guard let within = step.within else { return failure }
        var failure = failure
        failure.expected += " within \(within.short)"
        return failure
    }

    private func tellHolding(_ failure: CheckFailure, since began: Duration) -> CheckFailure {
        var failure = failure
        failure.expected += " for \((step.holding ?? .zero).short)"
        failure.seen += " after \((lab.now - began).short)"
        return failure
    }

    /// What only asks is asked anew before its answer is looked at again.
    private func actAgain() async {
        guard let action = step.action, action.onlyAsks, step.checks.contains(where: { $0.subject == .action }) else {
            return
        }
        let again: Observation
        do {
            again = try await runner.perform(action, within: nil, until: deadline) ?? .unavailable("nothing came")
        } catch {
            again = .unavailable("\(error)")
        }
        seen.withLock { $0 = again }
    }

    /// Every check, once.
    private func once() async -> [CheckFailure] {
        var failures: [CheckFailure] = []
        for unfilled in step.checks {
            let check: Check
            do { check = try await lab.fill(unfilled) } catch {
                failures += unfilled.evaluate(.unavailable("\(error)"))
                continue
            }
            let observation = await observe(check)
            let systems = await runner.systems(for: check, observation)
            let found = check.evaluate(observation, in: systems)
            if !found.isEmpty { runner.recorder.note(check, step.action, observation) }
            failures += found
        }
        return failures
    }

    private func observe(_ check: Check) async -> Observation {
        do {
            switch check.subject {
            case .action: return seen.withLock { $0 } ?? .unavailable("the step does nothing that could be looked at")
            case .traffic(let traffic): return try await runner.send(traffic)
            case .exec(let exec): return .execution(try await runner.run(exec))
            case .background(let name):
                // Where it ends, all of it is looked at.
                let since = step.action == .stop(name) ? .zero : watch.began
                return try await runner.background(name, since: since)
            case .object(let selection): return .objects(try await lab.objects(selection))
            case .rules(let node): return .rules(try await lab.rules(of: node))
            case .why(let walk): return .ways(try await lab.ways(walk))
            case .counter(let counter): return try await watch.counted(counter)
            case .event(let question): return .events(try await lab.events(question))
            }
        } catch {
            return .unavailable("\(error)")
        }
    }
}

extension Action {
    /// True for what changes nothing, and can be asked again.
    var onlyAsks: Bool {
        switch self {
        case .request, .udp, .dns, .exec: true
        default: false
        }
    }
}
