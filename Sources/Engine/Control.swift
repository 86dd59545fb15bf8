// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
public import Linux

/// How commands and a lab's daemon speak: one JSON object a line, a request and then its replies, on a Unix socket.
///
/// Replies are `{"say": text}` and `{"progress": …}` on the way, and at the end `{"done": …}` or `{"error": text}`.
public struct ControlClient: Sendable {
    /// The connection.
    public let stream: LineStream

    /// Speaks over a connection that is there.
    public init(_ stream: LineStream) { self.stream = stream }

    /// Connects to the daemon of a lab; one that is gone is replaced by a new one first, which takes the lab over.
    /// - Parameter hear: gets the sentence that says so.
    public init(_ paths: LabPaths, hear: (String) -> Void = { _ in }) throws {
        try Adoption.ensure(paths, hear: hear)
        try self.init(connecting: paths)
    }

    /// Connects to the daemon of a lab, if there is one.
    init(connecting paths: LabPaths) throws {
        do throws(KernelError) { stream = try LineStream.connect(paths.socket) } catch {
            throw LabError(
                "the lab \(paths.lab) does not answer (\(error.errno.name)): its daemon is gone; take its remains away: "
                    + "lab down \(paths.lab)")
        }
        // A daemon that is stopped (SIGSTOP) still has a socket that takes connections.
        stream.setPatience(milliseconds: ControlClient.patience)
        guard (try? stream.readLine()) != nil else {
            throw LabError(
                "the lab \(paths.lab) does not answer: its daemon is stopped, or busy; lab down \(paths.lab) removes it"
            )
        }
        stream.setPatience(milliseconds: 0)
    }

    /// How long the daemon's greeting may take, in milliseconds.
    private static let patience = 5000

    /// Sends a request and hands over what is said on the way; returns what the daemon answers at the end.
    public func ask(_ request: Value, hear: (Value) -> Void = { _ in }) throws -> Value {
        try stream.writeLine(request.json())
        while let line = try stream.readLine() {
            let reply = try Value(json: line)
            if let done = reply["done"] { return done }
            if let error = reply["error"]?.string { throw LabError(error) }
            if reply["say"]?.string != "" { hear(reply) }
        }
        throw LabError("the lab's daemon ended before it answered; its log may tell why (/run/lab/NAME/daemon.log)")
    }
}

/// Takes connections at a lab's socket, each on a thread of its own, and hands their requests over one by one.
final class ControlServer: Sendable {
    private let listener: LineListener

    init(_ paths: LabPaths) throws(KernelError) { listener = try LineListener(paths.socket) }

    func run(_ handler: @escaping @Sendable (Value, ControlReply) async -> Void) throws(KernelError) {
        let listener = listener
        try ShortThread.detach("control") {
            while true {
                // A connection that fails (no descriptor left, say) must not be the last.
                guard let stream = try? listener.accept() else {
                    Program.sleep(milliseconds: 50)
                    continue
                }
                try? ShortThread.detach("connection") { ControlServer.serve(stream, handler) }
            }
        }
    }

    private static func serve(_ stream: LineStream, _ handler: @escaping @Sendable (Value, ControlReply) async -> Void)
    {
        guard let reply = try? ControlReply(stream) else { return }
        defer { reply.end() }
        reply.say("")
        while let line = try? stream.readLine() {
            guard let request = try? Value(json: line) else {
                reply.fail("the request is no JSON object")
                return
            }
            guard let finished = try? Semaphore() else { return }
            Task {
                await handler(request, reply)
                finished.signal()
            }
            finished.wait()
            reply.flush()
        }
    }
}
