// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

struct Down: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a lab down, whatever is left of it; the host is then as it was before.",
        discussion: "EXAMPLES\n  sudo lab down\n  sudo lab down demo\n  sudo lab down --all")
    @Argument(help: "The lab's name; may be left out when there is only one (or LAB_NAME).")
    var name: String?
    @Flag(help: "Take down all labs.")
    var all = false
    @OptionGroup var output: OutputChoice

    /// The lab that is meant; one that has lost its folder can still be named.
    private func one() throws -> LabPaths {
        let wanted = name ?? Program.environment("LAB_NAME")
        if let wanted, LabPaths.problem(withName: wanted) == nil {
            let paths = LabPaths(lab: wanted)
            if Demolition(paths).findsAnything { return paths }
        }
        return try LabDirectory.find(wanted)
    }

    func run() throws {
        if !all { try Root.require() } else if !Program.isRoot { return Terminal.note("no lab is up") }
        let labs = all ? LabDirectory.all() : [try one()]
        if labs.isEmpty {
            try Demolition.tidy()
            Terminal.note("no lab is up")
        }
        var results: [Value] = []
        for paths in labs {
            let started = Program.milliseconds()
            Terminal.progress("taking down \(paths.lab) …")
            let merged = UserKubeconfig(mergedBy: paths)
            try Demolition(paths).run()
            do { try merged?.remove() } catch { Terminal.note("\(error)") }
            Terminal.clearProgress()
            let milliseconds = Program.milliseconds() - started
            results.append(["name": .string(paths.lab), "milliseconds": .double(milliseconds)])
            if output.output == .text { Terminal.print("\(paths.lab) is down") }
        }
        if output.output == .json { Terminal.print(Value.array(results).json(pretty: true)) }
    }
}
