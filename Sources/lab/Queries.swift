// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the labs of this machine, wrecks too.",
        discussion: "EXAMPLE\n  sudo lab list -o json")
    @OptionGroup var output: OutputChoice

    func run() throws {
        // Who is not root, and in no session, has no lab.
        let labs = (Program.isRoot ? LabDirectory.all() : []).map { paths -> Value in
            var value = LabDirectory.description(paths) ?? ["name": .string(paths.lab)]
            value["status"] = .string(LabDirectory.life(paths).rawValue)
            return value
        }
        if output.output == .json { return Terminal.print(Value.array(labs).json(pretty: true)) }
        guard !labs.isEmpty else { return Terminal.print("no lab is up") }
        Terminal.print(
            Terminal.table(
                ["LAB", "STATUS", "NODES", "OUTSIDE", "ISOLATED", "SINCE"],
                labs.map { lab in
                    [
                        lab.text("name"), lab.text("status"), lab["nodes"]?.int.map { "\($0)" } ?? "-",
                        lab.list("outside").orDash,
                        lab["isolated"]?.bool == true ? "yes" : "no", lab.text("since").orDash,
                    ]
                }))
        for lab in labs where lab.text("status") == "wreck" {
            let name = lab.text("name")
            Terminal.note(
                "\(name): its daemon is gone; \(Root.prefix)lab resume \(name) takes it over, \(Root.prefix)lab down \(name) "
                    + "takes it away")
        }
    }
}

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a lab: nodes, Pods, Services, endpoints, addresses to curl.",
        discussion: "EXAMPLES\n  sudo lab status\n  sudo lab status --lab demo -o json\n  sudo lab status --watch")
    @OptionGroup var lab: LabChoice
    @OptionGroup var output: OutputChoice
    @Flag(help: "Go on showing who connects to what, as lab top does.")
    var watch = false

    func run() throws {
        if watch { return try TopOptions.parse([]).run(try lab.client(), output.output) }
        let report = try lab.client().ask(["verb": "status"])
        if output.output == .json { return Terminal.print(report.json(pretty: true)) }
        Terminal.print(Terminal.bold("Lab \(report.text("name"))") + ", Service rules by \(report.text("proxyMode"))\n")
        Terminal.print(StatusText.nodes(report) + "\n")
        Terminal.print(StatusText.pods(report) + "\n")
        Terminal.print(StatusText.services(report))
        if report["outside"]?.elements.isEmpty == false { Terminal.print("\n" + StatusText.outside(report)) }
        if report["egress"]?.bool == true { Terminal.print("\nEgress: what is no address of the lab leaves it") }
        let faults = report["faults"]?.elements ?? []
        if !faults.isEmpty { Terminal.print("\n" + FaultText.table(faults)) }
        let pending = report["pending"]?.elements.compactMap(\.string) ?? []
        if !pending.isEmpty { Terminal.print("\nNot ready yet:\n  " + pending.joined(separator: "\n  ")) }
        let urls = report["urls"]?.elements.compactMap(\.string) ?? []
        let command = StatusText.curl(report)
        if !urls.isEmpty { Terminal.print("\nFrom the host:" + urls.prefix(12).map { "\n  \(command($0))" }.joined()) }
    }
}
