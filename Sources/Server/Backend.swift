// SPDX-License-Identifier: Apache-2.0
public import API
public import Kubernetes

/// What the server asks of the lab behind it.
public protocol Backend: Sendable {
    /// Who has this bearer token; nil for one that nobody has.
    func user(ofToken token: String) async -> User?

    /// Answers a request; writes have taken effect in the Store when this returns.
    func respond(to request: Request) async -> Response

    /// Begins to feed a watch, without a gap after `watch.opening`.
    ///
    /// - Parameter sink: takes encoded events, a line each, several at a time; called on any thread, and must not wait.
    ///   It is called with nil when the watch ends from this side.
    func open(_ watch: Watch, _ sink: @escaping @Sendable ([UInt8]?) -> Void) async -> WatchHandle

    /// Ends a watch.
    func close(_ watch: WatchHandle) async

    /// Starts a command in a container, or joins the streams of its own process.
    func session(_ connection: API.Connection) async throws -> any Session

    /// The log of a container, piece by piece, to its end (or, following, to the container's).
    func log(_ connection: API.Connection) async throws -> AsyncThrowingStream<[UInt8], any Error>

    /// Connects to a TCP port of a Pod (on its loopback and address) or of a node.
    /// - Returns: a connected, non-blocking socket, which is the caller's to close.
    func dial(_ key: ObjectKey, port: UInt16) async throws -> Int32
}

/// Names one open watch.
public struct WatchHandle: Sendable, Hashable {
    /// Unique within the lab.
    public var number: Int

    /// A handle of this number.
    public init(_ number: Int) { self.number = number }
}

/// A process whose streams are the caller's. All descriptors are the caller's to close.
public protocol Session: Sendable {
    /// Where the process reads; nil if it has nothing to read. For a terminal, the same terminal as `output`.
    var input: Int32? { get }
    /// What the process writes, or the terminal; nil if nobody wants it.
    var output: Int32? { get }
    /// What the process writes to standard error; nil for a terminal, or if nobody wants it.
    var errors: Int32? { get }
    /// The terminal's new size.
    func resize(columns: Int, rows: Int)
    /// Waits for the end of the process. The sentence is for exits that are not a code, as a signal.
    func end() async -> SessionEnd
    /// The client has gone: ends a command that was started for it.
    func hangUp()
}

/// How a process ended.
public enum SessionEnd: Sendable, Hashable {
    /// With an exit code; 128 and the signal's number for one that a signal ended.
    case exited(Int)
    /// It was never there, or went with its Pod.
    case failed(String)
}
