// SPDX-License-Identifier: Apache-2.0
internal import Engine
public import Kubernetes
internal import Linux

extension Lab {
    /// Asks the lab's daemon, in the words of its control socket, and returns what it answers at the end.
    public func ask(_ request: Value) async throws -> Value {
        let (paths, settings) = (paths, settings)
        do {
            return try await Blocking.run {
                do { return try ControlClient(paths).ask(request) } catch {
                    // A daemon that was killed is followed by another, which takes the lab over as it is.
                    guard LabDirectory.life(paths) == .wreck else { throw error }
                    try Lab.resume(paths, settings)
                    return try ControlClient(paths).ask(request)
                }
            }
        } catch let error as LabError {
            throw LabFailure(error.description)
        }
    }

    /// Kills the lab's daemon; its Pods and rules go on.
    /// - Parameter restarts: whether another one takes the lab over at once, not with the next question.
    public func endDaemon(restarts: Bool) async throws {
        let (paths, settings) = (paths, settings)
        try await Blocking.run {
            guard let pid = LabDirectory.description(paths)?["daemon"]?.int,
                let daemon = ChildProcess.find(pid: Int32(pid))
            else { throw LabFailure("the lab \(paths.lab) has no daemon that runs") }
            try daemon.signal(Program.kill)
            guard daemon.hasEnded(within: 5000) else { throw LabFailure("the daemon of \(paths.lab) does not end") }
            if restarts { try Lab.resume(paths, settings) }
        }
    }

    /// Has another daemon take over a lab whose own is gone: what `lab resume` does.
    private static func resume(_ paths: LabPaths, _ settings: LabSettings) throws {
        var options = ProcessOptions(.path(try settings.daemonProgram()))
        options.arguments = ["resume", paths.lab]
        options.environment = Program.environment
        let null = SharedDescriptor(try Descriptor.open("/dev/null", 2))
        options.streams = .pipes(input: nil, output: null, errors: null)
        let code = try ContainerProcess.spawn(options).wait().code ?? 1
        guard code == 0 else {
            throw LabFailure("the lab \(paths.lab) has no daemon, and lab resume ended with \(code)")
        }
    }

    /// What `lab status -o json` shows.
    public func status() async throws -> Value { try await ask(["verb": "status"]) }

    /// Where a connection goes and why, as `lab why` tells it.
    /// - Parameters:
    ///   - from: `host`, `node-1`, `pod/web-1`, `outside/weather`, ….
    ///   - to: a URL, `NAME:PORT`, `ADDRESS:PORT`, `service/web`, ….
    ///   - transport: `tcp`, `udp`, `sctp`, `icmp`; nil for what the port speaks.
    public func why(from: String = "host", to: String, transport: String? = nil) async throws -> Journeys {
        var request: Value = ["verb": "why", "from": .string(from), "to": .string(to)]
        request["protocol"] = transport.map { .string($0.lowercased()) }
        let answer = try await ask(request)
        if let problem = answer["error"]?.string { throw LabFailure(problem) }
        return Journeys(value: answer)
    }

    /// Breaks something, or mends it: the fields of the daemon's verb `fault`, as `kind` and what that takes.
    @discardableResult
    public func fault(_ kind: String, _ fields: Fields = [:]) async throws -> Value {
        var request = Value.object(fields)
        request["verb"] = "fault"
        request["kind"] = .string(kind)
        return try await ask(request)
    }
}

/// Where connections go, as the walker says.
public struct Journeys: Sendable, Hashable {
    /// All of it: the fields of `lab why -o json`.
    public var value: Value
    /// In one word: `delivered`, `partly`, `refused`, `unanswered`, ….
    public var answer: String { value["answer"]?.string ?? "" }
    /// In a sentence.
    public var headline: String { value["headline"]?.string ?? "" }
    /// True if all connections are delivered.
    public var isDelivered: Bool { answer == "delivered" }
    /// The Pods where connections end, as `NAMESPACE/NAME`, in order.
    public var pods: [String] { Set((value["ways"]?.elements ?? []).compactMap { $0["pod"]?.string }).sorted() }
}
