// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Kubernetes

struct FaultFlush: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flush", abstract: "Take a node's Service rules away, as nft flush ruleset does.",
        discussion: """
            The lab finds out within a second, puts them back, and says so in an Event.

            EXAMPLE
              sudo lab fault flush node-1
            """)
    @Argument(help: "The node.")
    var node: String
    @OptionGroup var choice: FaultChoice
    func run() throws { try choice.put("flush", ["node": .string(node)]) }
}

struct FaultProxy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy", abstract: "Stop a node's proxy: its Service rules stay as they are, whatever changes.",
        discussion: """
            EXAMPLES
              sudo lab fault proxy node-1 stopped
              sudo lab fault proxy node-1 running
            """)
    @Argument(help: "The node.")
    var node: String
    @Argument(help: "stopped or running.")
    var state: String
    @OptionGroup var choice: FaultChoice
    func run() throws { try choice.put("proxy", ["node": .string(node), "state": .string(state)]) }
}

struct FaultNameServer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "name-server", abstract: "Have a name server's Pod run without answering.",
        discussion: """
            EXAMPLES
              sudo lab fault name-server stopped --pod kube-system/coredns-6799fbcd5-abcde
              sudo lab fault name-server stopped
              sudo lab fault name-server running
            """)
    @Argument(help: "stopped or running.")
    var state: String
    @Option(help: "Which Pod; else all that answer for names.")
    var pod: String?
    @OptionGroup var choice: FaultChoice

    func run() throws {
        var fields: [String: Value] = ["state": .string(state)]
        fields["pod"] = pod.map { .string($0) }
        try choice.put("nameServer", fields)
    }
}

struct FaultConntrack: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conntrack", abstract: "Fill a node's table of tracked connections.",
        discussion: """
            In a full table there is no room for new connections: their first packets are thrown away. Those that are there \
            go on. The table is filled with connections that nobody has; the kernel tracks as many in each node as \
            net.netfilter.nf_conntrack_max says.

            EXAMPLES
              sudo lab fault conntrack node-1 --fill 100%
              sudo lab fault clear conntrack/node-1
            """)
    @Argument(help: "The node.")
    var node: String
    @Option(help: "How full: 90%.")
    var fill: Percent
    @OptionGroup var choice: FaultChoice
    func run() throws { try choice.put("conntrack", ["node": .string(node), "fill": .double(fill.number)]) }
}
