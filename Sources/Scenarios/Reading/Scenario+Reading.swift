// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

extension Scenario {
    /// Reads every Scenario document of some files that are used together.
    ///
    /// - Parameters:
    ///   - documents: everything in the files, the scenarios among them.
    ///   - isComplete: false if there are objects beside those of the documents: what scenarios name is then not looked for.
    /// - Throws: every mistake of all scenarios, each with its file, line and column.
    public static func read(_ documents: [Document], isComplete: Bool = true) throws(Refusal) -> [Scenario] {
        var scenarios: [Scenario] = []
        var faults: [Refusal.Fault] = []
        for document in documents where LabConfiguration.isScenario(document.object) {
            let known = isComplete ? KnownObjects(documents, document) : nil
            var reader = ScenarioReader(document, known)
            let scenario = reader.read()
            faults += Refusal(document.object, reader.sortedProblems, source: document.source).faults
            if let scenario, reader.problems.isEmpty { scenarios.append(scenario) }
        }
        try Refusal.unlessNone(faults + duplicates(documents))
        return scenarios
    }

    /// Scenarios of one name, of one file or of several: reports tell them apart by it.
    private static func duplicates(_ documents: [Document]) -> [Refusal.Fault] {
        let scenarios = documents.filter { LabConfiguration.isScenario($0.object) }
        // Documents of one namespace are compared by `Manifest`, which has them refused before they come here.
        return scenarios.count > 1 ? Manifest.duplicates(scenarios) : []
    }

    /// The files beside the scenario's own that it needs, relative to its own: `spec.manifests` and `apply: {file: …}`.
    public var files: [String] {
        manifests
            + steps.compactMap { step in
                if case .apply(let apply) = step.action { apply.file } else { nil }
            }
    }

    /// The Lab document that the scenario asks for: the input's own, if there is one, with the fields of `spec.lab` over
    /// its own.
    /// - Parameter documents: everything that the scenario brings up.
    public func lab(of documents: [Document]) -> Object {
        let own = documents.first { LabConfiguration.isLab($0.object) }?.object
        var object = own ?? Object(["apiVersion": "lab/v1", "kind": "Lab"])
        var spec = object.spec
        for (name, value) in lab { spec[name] = value }
        object.spec = spec
        return object
    }
}

extension Refusal {
    fileprivate static func unlessNone(_ faults: [Fault]) throws(Refusal) {
        if !faults.isEmpty { throw Refusal(faults) }
    }
}
