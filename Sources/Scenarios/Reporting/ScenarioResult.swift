// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// What became of one run of a scenario: in one proxy mode, on a lab of its own.
public struct ScenarioResult: Sendable, Equatable {
    /// How it ended.
    public enum Verdict: Sendable, Equatable {
        /// Every step held.
        case passed
        /// A step did not; it is the last one of `steps`.
        case failed
        /// The machine lacks what it takes: a sentence.
        case skipped(String)
        /// The lab did not come up, or the run was interrupted: a sentence.
        case broken(String)
    }

    /// `metadata.name`.
    public var name: String
    /// `spec.title`.
    public var title: String
    /// `spec.description`.
    public var description = ""
    /// The scenario's file and line.
    public var place: Place
    /// The proxy mode.
    public var mode: LabConfiguration.ProxyMode
    /// Which repetition, from 1; nil if there is but one.
    public var round: Int?
    /// The seed of everything that is drawn; nil if nobody chose it.
    public var seed: UInt64?
    /// How it ended.
    public var verdict: Verdict
    /// How long the lab took to come up.
    public var upTime: Duration = .zero
    /// How long all of it took, with coming up and going down.
    public var time: Duration = .zero
    /// The steps that were begun, in order.
    public var steps: [StepResult] = []
    /// The titles of all its steps.
    public let titles: [String]

    /// A run with nothing but its end.
    public init(_ scenario: Scenario, _ mode: LabConfiguration.ProxyMode, _ verdict: Verdict) {
        name = scenario.name
        title = scenario.title
        description = scenario.description
        place = scenario.place
        titles = scenario.steps.map(\.title)
        self.mode = mode
        self.verdict = verdict
    }

    /// The steps that were not reached, for one before them failed: numbers and titles.
    public var unreached: [(number: Int, title: String)] {
        guard verdict == .failed else { return [] }
        return titles.enumerated().dropFirst(steps.count).map { ($0.offset + 1, $0.element) }
    }

    /// `blue-green (nftables)`, with the round where there are several.
    public var label: String { "\(name) (\(mode.rawValue)\(round.map { ", round \($0)" } ?? ""))" }
}

/// What became of a step.
public struct StepResult: Sendable, Equatable {
    /// Its number, from 1.
    public var number: Int
    /// Its title.
    public var title: String
    /// Its note; empty if there is none.
    public var note = ""
    /// Where it stands.
    public var place: Place
    /// How long it took.
    public var time: Duration = .zero
    /// What did not hold; none if it passed.
    public var failures: [CheckFailure] = []
    /// What a person would ask for next; none if it passed.
    public var evidence: [Evidence] = []

    /// Something that helps to understand a failure: what the walker says, Events, the end of a log, a file of packets.
    public struct Evidence: Sendable, Equatable {
        /// What it is, as `lab why pod/client http://web`.
        public var title: String
        /// The text, of one or more lines.
        public var text: String

        /// Puts one together from its parts.
        public init(title: String, text: String) {
            self.title = title
            self.text = text
        }
    }

    /// A step that has just begun.
    public init(_ number: Int, _ step: Scenario.Step) {
        self.number = number
        title = step.title
        note = step.note
        place = step.place
    }

    /// True if everything held.
    public var isPassed: Bool { failures.isEmpty }
}
