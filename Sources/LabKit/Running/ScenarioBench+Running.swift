// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Kubernetes
internal import Linux
internal import Synchronization

/// What is told while scenarios run.
public enum BenchNews: Sendable {
    /// A run has begun; its label.
    case began(Int, String)
    /// What it does now: `coming up`, `3/7 Only green answers`.
    case reached(Int, String)
    /// A run has ended; the lab's name if it stays up.
    case ended(Int, ScenarioResult, keptAs: String?)
}

extension ScenarioBench {
    /// Runs all that is chosen, several at a time; gives the results in the order of the runs.
    /// - Parameter tell: called from several tasks, one at a time.
    public func run(_ tell: @escaping @Sendable (BenchNews) -> Void) async -> [ScenarioResult] {
        let jobs = max(1, choice.jobs ?? MachineAbilities.processors)
        let news = Mutex(())
        let say: @Sendable (BenchNews) -> Void = { item in news.withLock { _ in tell(item) } }
        return await withTaskGroup(of: (Int, ScenarioResult).self) { group in
            var results: [Int: ScenarioResult] = [:]
            var next = 0
            func begin() {
                guard next < runs.count, !Task.isCancelled, !group.isCancelled else { return }
                let number = next
                next += 1
                group.addTask { (number, await self.run(number, say)) }
            }
            for _ in 0..<jobs { begin() }
            for await (number, result) in group {
                results[number] = result
                if choice.failsFast, ["failed", "broken"].contains(result.verdict.word) { group.cancelAll() }
                begin()
            }
            return results.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    private func run(_ number: Int, _ say: @Sendable (BenchNews) -> Void) async -> ScenarioResult {
        let run = runs[number]
        let scenario = run.item.scenario
        var result = ScenarioResult(scenario, run.mode, .passed)
        (result.round, result.seed) = (run.round, run.seed)
        say(.began(number, result.label))
        let started = Program.milliseconds()
        var kept: String?
        if let reason = MachineAbilities.lacking(for: scenario, run.mode) {
            result.verdict = .skipped(reason)
        } else {
            kept = await run.perform(&result, choice) { say(.reached(number, $0)) }
        }
        result.time = .microseconds(Int64((Program.milliseconds() - started) * 1000))
        say(.ended(number, result, keptAs: kept))
        return result
    }
}

extension ScenarioBench.Run {
    /// Brings the lab up, runs the steps and takes it down; gives the lab's name if it stays up.
    fileprivate func perform(
        _ result: inout ScenarioResult, _ choice: ScenarioBench.Choice, _ reach: @Sendable (String) -> Void
    ) async -> String? {
        let scenario = item.scenario
        var settings = LabSettings()
        settings.overrides = scenario.lab
        settings.overrides["proxyMode"] = .string(mode.rawValue)
        settings.seed = seed
        settings.program = choice.program
        settings.name = name
        settings.timeout = max(10, Int(scenario.timeout.milliseconds / 1000))
        reach("coming up")
        let started = Program.milliseconds()
        let lab: Lab
        do { lab = try await Lab.up(item.files, settings) } catch {
            result.verdict = Task.isCancelled ? .broken("interrupted") : .broken("the lab did not come up: \(error)")
            return nil
        }
        result.upTime = .microseconds(Int64((Program.milliseconds() - started) * 1000))
        let count = scenario.steps.count
        reach("1/\(count) \(scenario.steps.first?.title ?? "")")
        let folder = item.folder
        let prefix = "\(scenario.name)-\(mode.rawValue)\(round.map { "-\($0)" } ?? "")"
        let recorder = Recorder(folder: choice.folder, prefix: prefix)
        let recording = await lab.record(to: choice.recordings, prefix)
        recording?.tellBegin(of: scenario.steps, 1)
        let runner = ScenarioRunner(scenario, lab, recorder) { try File.read("\(folder)\($0)") }
        result.steps = await runner.run { step in
            recording?.tellEnd(of: step, count)
            if step.isPassed, step.number < count { recording?.tellBegin(of: scenario.steps, step.number + 1) }
            guard step.isPassed, step.number < count else { return }
            reach("\(step.number + 1)/\(count) \(scenario.steps[step.number].title)")
        }
        if let failed = result.steps.last, !failed.isPassed {
            let lacks = failed.failures.lazy.map(\.seen).first { $0.contains("this kernel lacks") }
            result.verdict = lacks.map { .skipped($0) } ?? .failed
        }
        if Task.isCancelled { result.verdict = .broken("interrupted") }
        await lab.endRecording(choice.recordings, prefix)
        if choice.keepsOnFailure, result.verdict == .failed {
            lab.letGo()
            return lab.name
        }
        do { try await lab.down() } catch {
            if result.verdict == .passed { result.verdict = .broken("the lab was not taken down: \(error)") }
        }
        return nil
    }

    /// A name that no other lab has, and tells whose it is.
    private var name: String {
        let ending = String(UInt32.random(in: 0 ... .max), radix: 36)
        let stem = item.scenario.name.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        return "t-\(stem.prefix(29))-\(ending)"
    }
}
