// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Reads one Scenario document: its shape, by the table; then what its parts have to do with one another.
struct ScenarioReader {
    private(set) var problems: [Problem] = []
    private let document: Document
    private let known: KnownObjects?

    init(_ document: Document, _ known: KnownObjects?) {
        self.document = document
        self.known = known
    }

    /// Each problem once, in the order of the file.
    var sortedProblems: [Problem] {
        var seen: Set<Problem> = []
        let placed = problems.filter { seen.insert($0).inserted }.map { ($0, document.source.position(of: $0.path)) }
        return placed.sorted { $0.1 < $1.1 }.map(\.0)
    }

    /// The scenario; nil if there are problems.
    mutating func read() -> Scenario? {
        let value = document.object.value
        var shape = ShapeCheck(document.source)
        shape.check(value, .record("Scenario"), at: "")
        problems = shape.problems
        let spec = value["spec"] ?? [:]
        checkLab(spec["lab"])
        refuseRepeated(spec["modes"], "spec.modes")
        refuseRepeated(spec["requires"], "spec.requires")
        refuseRepeated(spec["manifests"], "spec.manifests")
        var flow = StepFlow(document.source, known, hasFiles: spec["manifests"]?.elements.isEmpty == false)
        for (index, step) in (spec["steps"]?.elements ?? []).enumerated() {
            flow.read(step, at: "spec.steps[\(index)]")
        }
        problems += flow.problems
        return problems.isEmpty ? scenario(spec) : nil
    }

    private func scenario(_ spec: Value) -> Scenario {
        let name = document.object.name
        var scenario = Scenario(
            name: name, title: spec.text("title") ?? name, place: document.source.place(of: ""))
        scenario.description = spec.text("description") ?? ""
        scenario.manifests = spec.texts("manifests") ?? []
        scenario.lab = spec["lab"]?.fields ?? [:]
        scenario.modes =
            spec.texts("modes")?.compactMap(LabConfiguration.ProxyMode.init(rawValue:)) ?? scenario.modes
        scenario.requires = (spec.texts("requires") ?? []).compactMap(Scenario.Requirement.init(rawValue:))
        scenario.timeout = spec.duration("timeout") ?? scenario.timeout
        scenario.steps = (spec["steps"]?.elements ?? []).enumerated().map { index, step in
            self.step(step, at: "spec.steps[\(index)]")
        }
        return scenario
    }

    private func step(_ value: Value, at path: String) -> Scenario.Step {
        let action = Action(step: value)
        var step = Scenario.Step(title: "", place: document.source.place(of: path))
        step.note = value.text("note") ?? ""
        step.action = action
        step.within = value.duration("within")
        step.holding = value.duration("for")
        step.checks = (value["expect"]?.elements ?? []).enumerated().flatMap { index, check in
            Check.read(check, at: "\(path).expect[\(index)]", document.source)
        }
        step.title = value.text("title") ?? action?.title ?? step.checks.first?.title ?? "Look"
        return step
    }

    // MARK: Fields of the document

    /// What `LabConfiguration` says of the fields, where their shape is right.
    private mutating func checkLab(_ value: Value?) {
        guard let value, !problems.contains(where: { $0.path.hasPrefix("spec.lab") }) else { return }
        for var problem in LabConfiguration.problems(ofSpec: value) {
            problem.path = "spec.lab" + problem.path.dropFirst("spec".count)
            problems.append(problem)
        }
    }

    private mutating func refuseRepeated(_ list: Value?, _ path: String) {
        var seen: Set<Value> = []
        for (index, element) in (list?.elements ?? []).enumerated() where !seen.insert(element).inserted {
            problems.append(Problem("\(path)[\(index)]", .duplicate, value: element.json(), ""))
        }
    }
}
