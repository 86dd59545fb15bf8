// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// What is to be done about a request.
public enum Response: Sendable {
    /// It is answered.
    case answer(Answer)
    /// A stream of watch events follows.
    case watch(Watch)
    /// A running Pod or a node has a part in the answer: whoever runs them carries it out.
    case connect(Connection)
}

/// A complete answer.
public struct Answer: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The `Content-Type`.
    public var contentType: String
    /// The text of each `Warning: 299` header, in order.
    public var warnings: [String]
    /// Other header fields.
    public var headers: [String: String]
    /// Makes the body. Called once, on whatever thread sends the answer, so that encoding a long list holds up nobody.
    public var body: @Sendable () -> [UInt8]

    /// An answer whose body is made when it is sent.
    public init(
        _ status: Int, contentType: String = "application/json", warnings: [String] = [],
        headers: [String: String] = [:], body: @escaping @Sendable () -> [UInt8]
    ) {
        self.status = status
        self.contentType = contentType
        self.warnings = warnings
        self.headers = headers
        self.body = body
    }

    /// A value as JSON.
    public init(_ status: Int, _ value: Value, warnings: [String] = []) {
        self.init(status, warnings: warnings) { value.line() }
    }

    /// Plain text.
    public init(_ status: Int, text: String) {
        self.init(status, contentType: "text/plain; charset=utf-8") { Array(text.utf8) }
    }

    /// A failure.
    public init(_ failure: Status) {
        self.init(failure.code, failure.value)
        if let seconds = failure.details?.retryAfterSeconds { headers["Retry-After"] = String(seconds) }
    }
}

extension Value {
    /// The value as JSON text that ends its line.
    func line(pretty: Bool = false) -> [UInt8] {
        var bytes = jsonBytes(pretty: pretty)
        bytes.append(0x0a)
        return bytes
    }
}

/// What only a running Pod, or a node, can answer.
public struct Connection: Sendable, Hashable {
    /// What is wanted of it.
    public enum Purpose: Sendable, Hashable {
        /// `pods/exec`: a command in a container.
        case exec(command: [String], Streams)
        /// `pods/attach`: the streams of a container's own process.
        case attach(Streams)
        /// `pods/log`.
        case log(LogOptions)
        /// `pods/portforward`: TCP connections to ports of the Pod, made one by one over the same client connection.
        case portForward(ports: [UInt16])
        /// `pods/proxy`, `services/proxy` and `nodes/proxy`: the request goes on to an HTTP server.
        case proxy(Proxy)
    }

    /// Which of a process's streams the client wants.
    public struct Streams: Sendable, Hashable {
        /// `stdin=true`.
        public var input = false
        /// `stdout=true`.
        public var output = false
        /// `stderr=true`.
        public var errors = false
        /// `tty=true`: a terminal, on which output and errors are one.
        public var terminal = false

        /// None.
        public init() {}
    }

    /// The query parameters of `pods/log`.
    public struct LogOptions: Sendable, Hashable {
        /// `follow`.
        public var follows = false
        /// `previous`: the run before this one.
        public var previous = false
        /// `timestamps`.
        public var timestamps = false
        /// `tailLines`.
        public var tailLines: Int?
        /// `limitBytes`.
        public var limitBytes: Int?
        /// `sinceSeconds` or `sinceTime`, as a moment.
        public var since: Timestamp?

        /// The whole log as it is.
        public init() {}
    }

    /// Where a request goes on to.
    public struct Proxy: Sendable, Hashable {
        /// True for `https:`, whose certificate nobody checks.
        public var isTLS = false
        /// The port to connect to.
        public var port: UInt16 = 0
        /// The path and query that the server there is asked for.
        public var target = "/"
        /// The path of the proxy itself, for links in HTML.
        public var prefix = ""

        /// Port 0, path `/`.
        public init() {}
    }

    /// The Pod or Node.
    public var key: ObjectKey
    /// The container; empty where it does not matter.
    public var container: String
    /// What is wanted.
    public var purpose: Purpose

    /// Puts one together from its parts.
    public init(_ key: ObjectKey, container: String = "", _ purpose: Purpose) {
        self.key = key
        self.container = container
        self.purpose = purpose
    }
}
