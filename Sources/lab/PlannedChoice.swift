// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cluster
internal import Engine
internal import Kubernetes

/// Options of the commands that read a plan: of a running lab, or of manifests alone.
struct PlannedChoice: ParsableArguments {
    @Option(
        name: .shortAndLong, parsing: .singleValue,
        help: "A manifest, a folder of them, or -: plan it, and ask no lab. May be given several times.",
        completion: .file())
    var filename: [String] = []
    @Option(help: "With -f: how many nodes; else the Lab document's, else 3.")
    var nodes: Int?

    func validate() throws {
        if let nodes, !(1...LabConfiguration.nodeLimit).contains(nodes) {
            throw ValidationError("--nodes takes 1 to \(LabConfiguration.nodeLimit).")
        }
        if filename.isEmpty, nodes != nil { throw ValidationError("--nodes goes with -f.") }
    }

    /// The cluster that the manifests make, as if all their Pods ran and were ready; nil if none are named.
    func cluster() throws -> Cluster? {
        filename.isEmpty ? nil : try PlannedLab(InputFiles.read(filename), nodes: nodes).cluster
    }
}
