// SPDX-License-Identifier: Apache-2.0
internal import Engine
public import Kubernetes
internal import Linux

/// Scenario files, and what is to be made of them: what `lab test` runs.
public struct ScenarioBench: Sendable {
    /// A scenario with all that its lab is made of.
    struct Case: Sendable {
        var scenario: Scenario
        /// The scenario's own file, and those that it names, with their contents.
        var files: [InputFile]
        /// The folder of its file.
        var folder: String
    }

    /// One run: a scenario in a proxy mode.
    struct Run: Sendable {
        var item: Case
        var mode: LabConfiguration.ProxyMode
        var round: Int?
        var seed: UInt64?
    }

    /// What is chosen of what the files have.
    public struct Choice: Sendable {
        /// Only scenarios whose names have one of these in them; all if there are none.
        public var only: [String] = []
        /// Only in these modes; all that a scenario names if there are none.
        public var modes: [LabConfiguration.ProxyMode] = []
        /// How often each is run.
        public var rounds = 1
        /// Of all that is drawn, and of the order; nil for another each time, in the files' order.
        public var seed: UInt64?
        /// How many labs are up at a time; nil for as many as the machine has processors.
        public var jobs: Int?
        /// Whether the lab of a run that failed stays up.
        public var keepsOnFailure = false
        /// Whether the first run that fails ends all others.
        public var failsFast = false
        /// Where files for whoever looks into a failure go; nil for nowhere.
        public var folder: String?
        /// Where recordings of the runs go (docs/story.md): a page and lines of each; nil for nowhere.
        public var recordings: String?
        /// The program `lab`; nil for the one that is found.
        public var program: String?

        /// All, once.
        public init() {}
    }

    let runs: [Run]
    let choice: Choice
    /// Files that were named, or found in folders, and have no scenario.
    public let filesWithout: [String]

    /// Reads files, and folders of files, whole: nothing is started if one of them is wrong.
    /// - Throws: `Refusal` of what is wrong in them, `LabFailure` where they cannot be read or nothing is chosen.
    public init(_ paths: [String], _ choice: Choice) throws {
        var cases: [Case] = []
        var without: [String] = []
        var faults: [Refusal.Fault] = []
        for (path, isNamed) in try ScenarioBench.files(paths) {
            do throws(Refusal) {
                let found = try ScenarioBench.cases(path)
                if found.isEmpty { without.append(path) }
                if found.isEmpty, isNamed {
                    let problem = Problem(
                        "", .required, "this file has no document of kind Scenario, with which it could be tested")
                    faults.append(Refusal.Fault(problem, at: Place(path, Position(line: 1, column: 1))))
                }
                cases += found
            } catch {
                faults += error.faults
            }
        }
        guard faults.isEmpty else { throw Refusal(faults) }
        // What `lab up` would refuse is known before the first lab.
        for item in cases { _ = try PlannedLab(item.files) }
        filesWithout = without
        self.choice = choice
        runs = ScenarioBench.runs(cases, choice)
        guard !cases.isEmpty else {
            throw LabFailure("\(paths.joined(separator: ", ")): no file here has a document of kind Scenario")
        }
        guard !runs.isEmpty else { throw LabFailure("nothing is chosen; there are: \(ScenarioBench.names(cases))") }
    }

    /// How many runs there are.
    public var count: Int { runs.count }

    private static func names(_ cases: [Case]) -> String { cases.map(\.scenario.name).joined(separator: ", ") }

    // MARK: Reading

    /// Files, each with whether it was named itself. Folders are looked through to their depths.
    private static func files(_ paths: [String]) throws -> [(String, isNamed: Bool)] {
        try paths.flatMap { path -> [(String, isNamed: Bool)] in
            guard File.isDirectory(path) else {
                guard File.exists(path) else { throw LabFailure("\(path): there is no such file") }
                return [(path, true)]
            }
            let folder = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
            return try File.names(in: folder).filter { !$0.hasPrefix(".") }.flatMap { name in
                let inside = "\(folder)/\(name)"
                if File.isDirectory(inside) { return try files([inside]) }
                return name.hasSuffix(".yaml") || name.hasSuffix(".yml") ? [(inside, false)] : []
            }
        }
    }

    /// The scenarios of a file, with what they need.
    private static func cases(_ path: String) throws(Refusal) -> [Case] {
        let own = InputFile(path, try bytes(path, for: nil))
        let documents = try Manifest.read(own.bytes, file: path)
        let head = documents.filter { LabConfiguration.isScenario($0.object) }
        guard !head.isEmpty else { return [] }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let prefix = folder.isEmpty ? "" : folder + "/"
        var others: [InputFile] = []
        var all = documents
        for document in head {
            for name in (document.object.value["spec", "manifests"]?.elements ?? []).compactMap(\.string)
            where !others.contains(where: { $0.name == prefix + name }) {
                let file = InputFile(prefix + name, try bytes(prefix + name, for: document))
                others.append(file)
                all += try Manifest.read(file.bytes, file: file.name)
            }
        }
        return try Scenario.read(all).map { scenario in
            let names = Set(scenario.manifests.map { prefix + $0 })
            return Case(scenario: scenario, files: [own] + others.filter { names.contains($0.name) }, folder: prefix)
        }
    }

    private static func bytes(_ path: String, for document: Document?) throws(Refusal) -> [UInt8] {
        do throws(KernelError) { return try File.bytes(path, limit: 17 << 20) } catch {
            let problem = Problem(document == nil ? "" : "spec.manifests", .invalid, value: path, "\(error)")
            let place = document?.source.place(of: "spec.manifests") ?? Place(path, Position(line: 1, column: 1))
            throw Refusal([Refusal.Fault(problem, at: place)])
        }
    }

    // MARK: Choosing

    private static func runs(_ cases: [Case], _ choice: Choice) -> [Run] {
        var runs: [Run] = []
        for round in 1...max(1, choice.rounds) {
            for item in cases where choice.only.isEmpty || choice.only.contains(where: item.scenario.name.contains) {
                for mode in item.scenario.modes where choice.modes.isEmpty || choice.modes.contains(mode) {
                    let seed = choice.seed.map { $0 &+ UInt64(round - 1) }
                    runs.append(Run(item: item, mode: mode, round: choice.rounds > 1 ? round : nil, seed: seed))
                }
            }
        }
        guard let seed = choice.seed else { return runs }
        var numbers = SeededNumbers(seed)
        return runs.shuffled(using: &numbers)
    }
}

/// Numbers that are the same for the same seed: an xorshift generator.
private struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
