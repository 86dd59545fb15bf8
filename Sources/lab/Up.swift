// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux
internal import Synchronization

struct Up: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring up a lab from manifests, and wait until all is ready.",
        discussion: """
            EXAMPLES
              sudo lab up Labs/hello-service.yaml
              sudo lab up my-app/ --name demo --nodes 5
              cat one.yaml two.yaml | sudo lab up - --isolated

            Without a document of kind Lab, a manifest gets three nodes and default address ranges. The lab runs on after \
            this command, until lab down. Interrupted (Ctrl-C), it takes away what it has made.

            Its kubeconfig is /run/lab/NAME/kubeconfig, and belongs to the user behind sudo; lab kubectl uses it.
            """)

    @Argument(help: "Files, folders of manifests, or - for standard input.")
    var files: [String]
    @Option(help: "The lab's name; else the Lab document's, else the first file's.")
    var name: String?
    @Option(help: "How many nodes; else the Lab document's, else 3.")
    var nodes: Int?
    @Flag(help: "Give the lab a host namespace of its own, with no way out; the machine's is left alone.")
    var isolated = false
    @Option(help: "How long to wait until all is ready, in seconds.")
    var timeout = 60
    @Flag(help: "Do not wait until all is ready.")
    var noWait = false
    @Option(help: .hidden)
    var sabotage: String?
    @Flag(help: "Add the context lab-NAME to your own kubeconfig and make it the current one; lab down removes it.")
    var mergeKubeconfig = false
    @OptionGroup var output: OutputChoice

    func validate() throws {
        guard !files.isEmpty else {
            throw ValidationError("Which manifest? For example: lab up Labs/hello-service.yaml")
        }
        if let nodes, !(1...LabConfiguration.nodeLimit).contains(nodes) {
            throw ValidationError("--nodes takes 1 to \(LabConfiguration.nodeLimit).")
        }
        guard (1...86_400).contains(timeout) else { throw ValidationError("--timeout takes 1 to 86400 seconds.") }
    }

    func run() throws {
        let started = Program.milliseconds()
        guard Program.isRoot else {
            throw LabError(
                "without root a lab cannot be part of this machine's network; say: lab up --isolated …, or: sudo lab up …"
            )
        }
        var options = LabOptions()
        options.name = name
        options.nodes = nodes
        options.isIsolated = isolated
        options.timeout = timeout
        options.waits = !noWait
        options.owner = .current
        options.sabotage = sabotage ?? options.sabotage
        let request: Value = ["files": try InputFiles.value(InputFiles.read(files)), "options": options.value]
        let mine = try startDaemon()
        let client = ControlClient(mine)
        let result: Value
        do { result = try client.ask(request, hear: Hearing.tell) } catch {
            Terminal.clearProgress()
            // What was made is being taken away again; that is done when the stream ends.
            mine.waitForEnd()
            if Interruption.came {
                Terminal.note("the lab was taken away again")
                throw ExitCode(130)
            }
            throw error
        }
        Terminal.clearProgress()
        if Interruption.came { Terminal.note("it was up already; to take it down: lab down \(result.text("name"))") }
        let milliseconds = Program.milliseconds() - started
        let merged = mergeKubeconfig ? try UserKubeconfig(LabPaths(lab: result.text("name")), .current).merge() : nil
        show(result, milliseconds: milliseconds, merged: merged)
    }

    /// Starts the daemon with one end of a stream; its own copy of that end is gone when this returns, so that each side
    /// sees when the other ends.
    private func startDaemon() throws -> LineStream {
        let (mine, daemons) = try LineStream.pair()
        try Interruption.watch(mine)
        _ = try Program.startDetached(["daemon"], stream: daemons, log: "/dev/null")
        return mine
    }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    private func show(_ result: Value, milliseconds: Double, merged: String?) {
        if output.output == .json {
            var result = result
            result["milliseconds"] = .double(milliseconds)
            return Terminal.print(result.json(pretty: true))
        }
        let name = result["name"]?.string ?? ""
        // The lab's own name servers are there in every lab, and nobody asked for them.
        let pods = result["pods"]?.elements.count { $0["labels"]?["k8s-app"]?.string != "kube-dns" } ?? 0
        let seconds = String(Int(milliseconds / 10)).padded(3)
        let time = "\(seconds.dropLast(2)).\(seconds.suffix(2)) s"
        Terminal.print(
            Terminal.green("\(name) is \(noWait ? "coming up" : "up")")
                + " in \(time): \(count(result["nodes"]?.elements.count ?? 0, "node")), \(count(pods, "Pod"))\n")
        Terminal.print(StatusText.services(result))
        let urls = result["urls"]?.elements.compactMap(\.string) ?? []
        if !urls.isEmpty {
            Terminal.print("\nTry:")
            let command = StatusText.curl(result)
            for url in urls.prefix(6) { Terminal.print("  \(command(url))") }
        }
        Terminal.print("\nkubectl:\n  \(kubectlHint(result, merged))")
    }
}

extension Up {
    /// How to speak to the lab with kubectl.
    private func kubectlHint(_ result: Value, _ merged: String?) -> String {
        if result["isolated"]?.bool == true {
            return "\(Root.prefix)lab kubectl --lab \(result.text("name")) get pods -A"
        }
        if let merged { return "kubectl get pods -A          (the context \(result.text("context")) is in \(merged))" }
        return "export KUBECONFIG=\(result.text("kubeconfig"))\n  kubectl get pods -A"
    }
}

/// Ctrl-C during `up`: the daemon hears of it and takes the lab away; the command waits for that.
enum Interruption {
    private static let seen = Mutex(false)

    /// True once a signal has come.
    static var came: Bool { seen.withLock { $0 } }

    static func watch(_ stream: LineStream) throws {
        Program.ignoreBrokenPipes()
        try Program.onSignals([Program.interrupt, Program.terminate, Program.hangUp]) { _ in
            seen.withLock { $0 = true }
            Terminal.note("interrupted: taking away what was made …")
            try? stream.writeLine("{}")
        }
    }
}

extension String {
    /// The text with zeros before it, to a length.
    func padded(_ length: Int) -> String { String(repeating: "0", count: max(0, length - count)) + self }
}
