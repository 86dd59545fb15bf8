// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

struct SetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change what a running lab is made of.",
        discussion: "EXAMPLE\n  sudo lab set proxy-mode iptables",
        subcommands: [SetProxyMode.self])
}

struct SetProxyMode: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy-mode",
        abstract: "Have the nodes' Service rules made by nftables, iptables, or nobody.",
        discussion: """
            All nodes get the new rules before the old ones go: connections stay, and new ones find their way all the \
            time. With none the nodes have no rules, and Services lead nowhere, until a program of yours makes some.

            EXAMPLES
              sudo lab set proxy-mode iptables
              sudo lab exec node-1 -- iptables-save -t nat
              sudo lab set proxy-mode nftables
            """)
    @Argument(help: "nftables, iptables or none.")
    var mode: String
    @OptionGroup var lab: LabChoice

    func validate() throws {
        guard LabConfiguration.ProxyMode(rawValue: mode) != nil else {
            throw ValidationError("The mode is nftables, iptables or none, not \(mode).")
        }
    }

    func run() throws {
        _ = try lab.client().ask(["verb": "set", "proxyMode": .string(mode)])
        Terminal.print("the nodes' Service rules are made by \(mode == "none" ? "nobody" : mode)")
    }
}
