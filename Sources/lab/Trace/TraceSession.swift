// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Kubernetes
internal import Linux
internal import Synchronization

/// A conversation with a lab's daemon that traces, and what begins once its kernels are listened to.
struct TraceSession {
    private let client: ControlClient
    private let output: TraceOutput

    init(_ client: ControlClient, _ output: TraceOutput) {
        self.client = client
        self.output = output
    }

    // MARK: Others' connections

    /// Shows the connections that others make; gives the exit code.
    func follow(_ request: Value) throws -> Int32 {
        try endOnSignals()
        let done = try listen(request, take: output.take) { ready in
            Terminal.note("tracing what \(ready.text("from")) begins; Ctrl-C ends it")
        }
        return conclude(done, of: nil)
    }

    // MARK: Connections of its own

    /// Makes connections, and shows their journeys; gives the exit code.
    func send(_ traffic: TraceTraffic, _ request: Value) throws -> Int32 {
        try endOnSignals()
        var journeys: [Value] = []
        let done = try listen(request, take: { journeys.append($0) }) { _ in
            traffic.begin { [client] in client.endWriting() }
        }
        // Programs of the place may have asked the same meanwhile.
        for journey in journeys where traffic.isOwn(journey) { try output.take(journey) }
        return conclude(done, of: traffic)
    }

    // MARK: A command's connections

    /// Runs a command, and shows the connections that begin in its place meanwhile; gives the command's exit code.
    func run(_ words: [String], in place: Entering, _ request: Value) throws -> Int32 {
        let command = try TracedCommand()
        var done: Value?
        do {
            done = try listen(request, take: output.take) { [client] _ in
                try command.start(words, in: place) { client.endWriting() }
            }
        } catch {
            guard command.isStarted else { throw error }
            // The command goes on: it is what the user wanted most.
            Terminal.note("Error: \(error)")
        }
        let code = try command.wait()
        if let done { _ = conclude(done, of: nil) }
        return code
    }

    // MARK: The conversation

    private func listen(
        _ request: Value, take: (Value) throws -> Void, begin: (Value) throws -> Void
    ) throws -> Value {
        var problem: (any Error)?
        let done = try client.ask(request) { reply in
            do {
                if let ready = reply["ready"] { try begin(ready) }
                if let journey = reply["journey"], problem == nil { try take(journey) }
                if let text = reply["say"]?.string { Terminal.note(text) }
            } catch {
                problem = error
                client.endWriting()
            }
        }
        if let problem { throw problem }
        return done
    }

    /// The first Ctrl-C ends the listening, and what was heard is still told; the next one ends the program.
    private func endOnSignals() throws {
        let seen = Mutex(false)
        try Program.onSignals([Program.interrupt, Program.terminate, Program.hangUp]) { [client] signal in
            let isAgain = seen.withLock { seen in
                defer { seen = true }
                return seen
            }
            guard !isAgain else { Program.exit(128 + signal) }
            client.endWriting()
        }
    }

    // MARK: The end

    /// Says what came of it all, and gives the exit code: 0 if all went as predicted.
    private func conclude(_ done: Value, of traffic: TraceTraffic?) -> Int32 {
        var sentences: [String] = []
        if let traffic { sentences.append(traffic.summary) }
        let (count, wrong) = (output.count, output.unpredicted)
        if count == 0 {
            sentences.append("no connection was seen: nothing left the place, or went elsewhere than asked")
        } else if count > 1 {
            let how = wrong == 0 ? "none otherwise than predicted" : "\(wrong) otherwise than predicted"
            sentences.append("\(count) connections, \(how)")
        }
        if let lost = done["lost"]?.int, lost > 0 {
            sentences.append("\(lost) messages of the kernels' were lost: of some connections hops are missing, or all")
        }
        if !sentences.isEmpty { output.conclude(sentences.joined(separator: "\n")) }
        return wrong == 0 && count > 0 ? 0 : 1
    }
}
