// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

/// Which Pods or nodes stand still, or go on.
struct FrozenChoice: ParsableArguments {
    @Argument(help: "A node, or a Pod (pod/NAME, NAMESPACE/NAME).")
    var of: String?
    @Option(help: "All Pods with these labels instead.")
    var selector: String?
    @Option(name: .shortAndLong, help: "The namespace of the selector.")
    var namespace = "default"
    @OptionGroup var choice: FaultChoice

    func validate() throws {
        guard (of == nil) != (selector == nil) else {
            throw ValidationError("Say which: a node, a Pod, or --selector LABELS.")
        }
    }

    func put(_ kind: String) throws {
        var fields: [String: Value] = ["namespace": .string(namespace)]
        fields["of"] = of.map { .string($0) }
        fields["selector"] = selector.map { .string($0) }
        try choice.put(kind, fields)
    }
}

struct FaultFreeze: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze", abstract: "Have the processes of a Pod or a node stand still.",
        discussion: """
            Connections are still taken, by the kernel, but nobody answers. With a node its kubelet and its proxy stand still, \
            too: it is NotReady, and its Service rules stay as they are.

            EXAMPLES
              sudo lab fault freeze pod/web-1
              sudo lab fault freeze node-2
              sudo lab fault thaw node-2
            """)
    @OptionGroup var frozen: FrozenChoice
    func run() throws { try frozen.put("freeze") }
}

struct FaultThaw: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thaw", abstract: "Have what is frozen go on.",
        discussion: "EXAMPLE\n  sudo lab fault thaw pod/web-1")
    @OptionGroup var frozen: FrozenChoice
    func run() throws { try frozen.put("thaw") }
}

struct FaultKill: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Send a signal to the containers of Pods.",
        discussion: """
            EXAMPLES
              sudo lab fault kill pod/web-1
              sudo lab fault kill pod/web-1 --container app --signal TERM
              sudo lab fault kill --selector app=web
            """)
    @Argument(help: "The Pod: pod/NAME, NAMESPACE/NAME.")
    var pod: String?
    @Option(help: "All Pods with these labels instead.")
    var selector: String?
    @Option(name: .shortAndLong, help: "The namespace of the selector.")
    var namespace = "default"
    @Option(help: "Only this container.")
    var container: String?
    @Option(help: "The signal: KILL, TERM, ….")
    var signal = "KILL"
    @OptionGroup var choice: FaultChoice

    func validate() throws {
        guard (pod == nil) != (selector == nil) else {
            throw ValidationError("Say which: a Pod, or --selector LABELS.")
        }
    }

    func run() throws {
        var fields: [String: Value] = ["namespace": .string(namespace), "signal": .string(signal)]
        fields["pod"] = pod.map { .string($0) }
        fields["selector"] = selector.map { .string($0) }
        fields["container"] = container.map { .string($0) }
        try choice.put("kill", fields)
    }
}

struct FaultNode: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "Take a node off the network, or bring it back, as lab node does.",
        discussion: "EXAMPLES\n  sudo lab fault node node-2 down\n  sudo lab fault node node-2 up")
    @Argument(help: "The node.")
    var name: String
    @Argument(help: "down or up.")
    var state: String
    @OptionGroup var choice: FaultChoice
    func run() throws { try choice.put("node", ["name": .string(name), "state": .string(state)]) }
}

struct FaultDaemon: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon", abstract: "End the lab's own program as kill -9 does; the lab goes on without it.",
        discussion: """
            The next command that speaks to the lab starts another one, which takes the lab over; restart waits for that.

            EXAMPLES
              sudo lab fault daemon kill
              sudo lab fault daemon restart
            """)
    @Argument(help: "kill or restart.")
    var action: String
    @OptionGroup var choice: FaultChoice

    func validate() throws {
        guard ["kill", "restart"].contains(action) else {
            throw ValidationError("The daemon takes kill or restart, not \(action).")
        }
    }

    func run() throws {
        let daemon = LabDirectory.description(try choice.lab.paths())?["daemon"]?.int
            .flatMap { ChildProcess.find(pid: Int32($0)) }
        try choice.ask("daemon", ["action": .string(action)])
        // Its socket takes connections to the last.
        _ = daemon?.hasEnded(within: 5000)
        Terminal.print("the lab's daemon was killed")
        guard action == "restart" else { return }
        try choice.ask("list", [:])
        Terminal.print("another one has taken the lab over")
    }
}
