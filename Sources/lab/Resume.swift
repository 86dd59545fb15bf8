// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take over a lab whose daemon was killed: same objects, same addresses, nothing is restarted.",
        discussion: """
            EXAMPLES
              sudo lab resume
              sudo lab resume demo -o json

            Every other command of a lab does the same first, when it finds the daemon gone. The Pods and the rules were \
            there all the time.
            """)
    @Argument(help: "The lab's name; may be left out when there is only one (or LAB_NAME).")
    var name: String?
    @OptionGroup var output: OutputChoice

    func run() throws {
        try Root.require()
        let paths = try LabDirectory.find(name ?? Program.environment("LAB_NAME"))
        let found = try Adoption.adopt(paths) { if output.output == .text { Terminal.note($0) } }
        if output.output == .json { return Terminal.print((found ?? ["name": .string(paths.lab)]).json(pretty: true)) }
        guard let found else { return Terminal.print("the daemon of \(paths.lab) is there") }
        let (running, ended) = (found["running"]?.int ?? 0, found["ended"]?.int ?? 0)
        Terminal.print("\(paths.lab) is up: \(running) containers ran on, \(ended) had ended")
    }
}
