// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

struct NodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Take a node off the network, or bring it back.",
        discussion: """
            A node without its link is NotReady at once: its Pods leave their Services, and the load balancer passes it by. \
            They are replaced elsewhere when their toleration of an unreachable node is over, which is after five minutes \
            unless the Pod says otherwise.

            EXAMPLES
              sudo lab node down node-2
              sudo lab node up node-2
            """,
        subcommands: [DownNode.self, UpNode.self])

    struct DownNode: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "down", abstract: "Cut a node's link.", discussion: "EXAMPLE\n  sudo lab node down node-2")
        @OptionGroup var choice: NodeChoice
        func run() throws { try choice.set(isUp: false) }
    }

    struct UpNode: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "up", abstract: "Mend a node's link.", discussion: "EXAMPLE\n  sudo lab node up node-2")
        @OptionGroup var choice: NodeChoice
        func run() throws { try choice.set(isUp: true) }
    }
}

struct NodeChoice: ParsableArguments {
    @Argument(help: "The node's name.")
    var name: String
    @OptionGroup var lab: LabChoice

    func set(isUp: Bool) throws {
        _ = try lab.client().ask(["verb": "node", "name": .string(name), "up": .bool(isUp)])
        Terminal.print("\(name) is \(isUp ? "up" : "down")")
    }
}
