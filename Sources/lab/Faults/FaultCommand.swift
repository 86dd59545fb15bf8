// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

struct FaultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault",
        abstract: "Break something in a running lab, and mend it again.",
        discussion: """
            Faults stay in force until they are cleared, or until what they are about is gone; lab status shows them, and each
            leaves an Event when it begins and when it ends. Links, rules and connections are those of the lab's own network
            namespaces: nothing outside the lab is touched.

            EXAMPLES
              sudo lab fault link node-2 --delay 100ms --loss 10%
              sudo lab fault link pod/web-1 --cut --direction in
              sudo lab fault freeze pod/web-1
              sudo lab fault kill --selector app=web --signal TERM
              sudo lab fault proxy node-1 stopped
              sudo lab fault list
              sudo lab fault clear link/node-2
              sudo lab fault clear all

            Exit codes: 0 done, 1 refused or failed, 2 this kernel cannot.
            """,
        subcommands: [
            FaultLink.self, FaultFreeze.self, FaultThaw.self, FaultKill.self, FaultNode.self, FaultFlush.self,
            FaultProxy.self, FaultNameServer.self, FaultConntrack.self, FaultDaemon.self, FaultList.self,
            FaultClear.self,
        ])
}

/// A conversation about faults.
struct FaultChoice: ParsableArguments {
    @OptionGroup var lab: LabChoice

    /// Asks for a fault; what this kernel lacks is told by an exit code of its own.
    @discardableResult
    func ask(_ kind: String, _ fields: [String: Value]) throws -> Value {
        var request: Value = ["verb": "fault", "kind": .string(kind)]
        for (name, value) in fields { request[name] = value }
        do { return try lab.client().ask(request) } catch let error as LabError
            where error.description.hasPrefix("this kernel lacks")
        {
            Terminal.note("Error: \(error)")
            throw ExitCode(2)
        }
    }

    /// Asks for a fault, and tells what is in force then.
    func put(_ kind: String, _ fields: [String: Value]) throws { FaultText.show(try ask(kind, fields)) }
}

/// Faults in force, as text.
enum FaultText {
    static func show(_ answer: Value) {
        for killed in answer["killed"]?.elements.compactMap(\.string) ?? [] { Terminal.print("signalled \(killed)") }
        let faults = answer["faults"]?.elements ?? []
        guard !faults.isEmpty else { return Terminal.print("no fault is in force") }
        Terminal.print(table(faults))
    }

    static func table(_ faults: [Value]) -> String {
        Terminal.table(
            ["FAULT", "SINCE", "WHAT"], faults.map { [$0.text("id"), $0.text("since"), $0.text("text")] })
    }
}

struct FaultList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the faults in force.",
        discussion: "EXAMPLE\n  sudo lab fault list -o json")
    @OptionGroup var choice: FaultChoice
    @OptionGroup var output: OutputChoice

    func run() throws {
        let answer = try choice.ask("list", [:])
        guard output.output == .json else { return FaultText.show(answer) }
        Terminal.print((answer["faults"] ?? .array([])).json(pretty: true))
    }
}

struct FaultClear: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear", abstract: "End a fault, or all of them.",
        discussion: "EXAMPLES\n  sudo lab fault clear link/node-2\n  sudo lab fault clear all")
    @Argument(help: "The fault as lab fault list names it, or all.")
    var id = "all"
    @OptionGroup var choice: FaultChoice

    func run() throws { try choice.put("clear", ["id": .string(id)]) }
}
