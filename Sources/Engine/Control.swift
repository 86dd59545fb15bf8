// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
public import Linux

/// How commands and a lab's daemon speak: one JSON object a line, a request and then its replies, on a Unix socket.
///
/// Replies are `{"say": text}` and `{"progress": …}` on the way, and at the end `{"done": …}` or `{"error": text}`.
public struct ControlClient: Sendable {
    /// The connection.
    public let stream: LineStream
    /// Where the lab's files are, if it is up already.
    private let paths: LabPaths?

    /// Speaks over a connection that is there.
    public init(_ stream: LineStream) { (self.stream, paths) = (stream, nil) }

    /// Connects to the daemon of a lab; one that is gone is replaced by a new one first, which takes the lab over.
    /// - Parameter hear: gets the sentence that says so.
    public init(_ paths: LabPaths, hear: (String) -> Void = { _ in }) throws {
        (stream, self.paths) = (try ControlClient.stream(to: paths, hear), paths)
    }

    private static func stream(to paths: LabPaths, _ hear: (String) -> Void) throws -> LineStream {
        for _ in 0..<2 {
            switch greeting(of: paths) {
            case .answers(let stream): return stream
            case .silent:
                throw LabError(
                    "the lab \(paths.lab) does not answer: its daemon is stopped, or busy; lab down \(paths.lab) removes it"
                )
            case .none: try Adoption.adopt(paths, hear: hear)
            }
        }
        guard case .answers(let stream) = greeting(of: paths) else {
            throw LabError(
                "the lab \(paths.lab) does not answer: its daemon is gone, or just coming up; lab down \(paths.lab) removes it"
            )
        }
        return stream
    }

    /// How a lab's daemon takes a connection.
    enum Greeting {
        case answers(LineStream)
        /// It takes connections, and says nothing: it is stopped (SIGSTOP), or busy.
        case silent
        /// There is none, or it is just being killed.
        case none
    }

    /// Connects, and waits for the greeting.
    static func greeting(of paths: LabPaths) -> Greeting {
        do throws(KernelError) {
            let stream = try LineStream.connect(paths.socket)
            stream.setPatience(milliseconds: ControlClient.patience)
            guard try stream.readLine() != nil else { return .none }
            stream.setPatience(milliseconds: 0)
            return .answers(stream)
        } catch {
            return error.errno == .again ? .silent : .none
        }
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
        guard let paths else { throw LabError("the lab's daemon ended before it answered") }
        guard File.exists(paths.daemonLog) else { throw LabError("the lab \(paths.lab) was taken down meanwhile") }
        throw LabError(
            "the daemon of the lab \(paths.lab) ended before it answered; its log may tell why (\(paths.daemonLog))")
    }

    /// Says that nothing more is asked: what goes on until then ends, and is answered. From any thread.
    public func endWriting() { stream.endWriting() }
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
