// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Dataplane
internal import Engine
internal import Kubernetes
internal import Linux

struct Kubectl: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the machine's kubectl with a lab's kubeconfig, also inside an isolated lab.",
        discussion: """
            EXAMPLES
              lab kubectl get pods -A -o wide
              lab kubectl --lab demo apply -f app.yaml
              sudo lab kubectl exec -it web-1 -- sh   root's isolated lab needs root

            Everything but a leading --lab NAME goes to kubectl as it stands. The exit code is kubectl's. Which lab, when \
            several are up: --lab NAME, or LAB_NAME.
            """)
    @Argument(parsing: .captureForPassthrough, help: "kubectl's own arguments.")
    var arguments: [String] = []

    func run() throws {
        let (name, words) = Kubectl.choice(arguments[...])
        if words.first == "--help" || words.first == "-h" { throw CleanExit.helpRequest(Kubectl.self) }
        let paths = try LabDirectory.find(name)
        guard File.exists(paths.kubeconfig) else {
            throw LabError("the lab \(paths.lab) has no API server to speak to: it is a wreck; lab down \(paths.lab)")
        }
        guard Kubectl.isThere else {
            throw LabError("kubectl is not in the PATH; it is one file: https://kubernetes.io/docs/tasks/tools/")
        }
        // For kubectl there is no daemon to be gone: it would only say that the connection was refused.
        if Program.isRoot { try Adoption.ensure(paths, hear: Terminal.note) }
        throw ExitCode(try Kubectl.run(Array(words), paths))
    }

    /// The lab that is meant, and the words that are kubectl's.
    static func choice(_ words: ArraySlice<String>) -> (name: String?, words: ArraySlice<String>) {
        if words.first == "--lab", words.count > 1 { return (words[words.startIndex + 1], words.dropFirst(2)) }
        if let first = words.first, first.hasPrefix("--lab=") { return (String(first.dropFirst(6)), words.dropFirst()) }
        return (Program.environment("LAB_NAME"), words)
    }

    private static var isThere: Bool {
        (Program.environment("PATH") ?? "").split(separator: ":").contains { File.isExecutable("\($0)/kubectl") }
    }

    /// Runs kubectl with this program's terminal; gives its exit code.
    static func run(_ words: [String], _ paths: LabPaths) throws -> Int32 {
        var options = ProcessOptions(.path("kubectl"))
        options.arguments = words
        options.environment =
            Program.environment.filter { !$0.hasPrefix("KUBECONFIG=") } + ["KUBECONFIG=\(paths.kubeconfig)"]
        if LabDirectory.description(paths)?["isolated"]?.bool == true {
            try Root.require()
            options.network = try BindingFolder.standard.open(paths.binding("host"))
        }
        return try Foreground.run(options)
    }
}

/// A command that has this program's terminal while it runs.
enum Foreground {
    /// Starts it, hands signals on to it, and waits for its end; gives its exit code.
    static func run(_ options: ProcessOptions) throws -> Int32 {
        let process = try ContainerProcess.spawn(options)
        return try wait(for: process)
    }

    /// Waits for the end of a command that was started; gives its exit code.
    static func wait(for process: ChildProcess) throws -> Int32 {
        // The terminal's interrupt is for the command, which shares it; this program only waits.
        // Whoever ends this program means the command.
        let sharesTerminal = Program.isTerminal(0)
        try Program.onSignals([Program.interrupt, Program.terminate, Program.hangUp]) { signal in
            if signal != Program.interrupt || !sharesTerminal { try? process.signal(signal) }
        }
        return process.wait().code ?? 1
    }
}
