// SPDX-License-Identifier: Apache-2.0

/// One client's connection: what has come and is not yet understood, what is to go and has not yet gone.
///
/// An idle connection holds no buffer: ten thousand of them cost a few megabytes.
final class Connection {
    /// Where in the exchange it is.
    enum Stage {
        /// Before the line of the PROXY protocol, on the socket of the TLS program.
        case preamble
        case head(HeadReader)
        case body(Request, BodyReader)
        /// The last answer is given. What still comes is thrown away until the client closes, for closing on unread
        /// bytes would reset the connection and take the answer with it (RFC 9112 section 9.6).
        case lingering
    }

    /// What comes next, after all that could be done now is done.
    enum Next {
        case read
        case write
        case close
    }

    let descriptor: Int32
    /// The port that it came to; 0 on the socket of the TLS program.
    let port: UInt16
    var client: Endpoint
    var stage: Stage
    var input: [UInt8] = []
    /// How much of the input has been understood.
    var position = 0
    var output: [UInt8] = []
    var sent = 0
    /// Whether the client has sent its last byte.
    var hasEnded = false
    /// Whether the connection closes once the output is sent.
    var closesAfterOutput = false
    /// What readiness the event loop was last asked to tell.
    var interest = Readiness.read
    /// When it was opened or last did something, and when it is given up; in milliseconds, 0 for never.
    var lastActive: UInt64
    var deadline: UInt64 = 0
    var hasAnswered = false
    /// The server's count of events at its last one: of two connections, the idler has the smaller.
    var lastEvent: UInt64 = 0

    init(_ descriptor: Int32, client: Endpoint, port: UInt16, isProxied: Bool, at time: UInt64) {
        self.descriptor = descriptor
        self.client = client
        self.port = port
        stage = isProxied ? .preamble : .head(HeadReader())
        lastActive = time
    }

    /// Whether it is between requests: nothing of one has come, nothing of an answer is left to send.
    var isIdle: Bool {
        guard case .head = stage else { return false }
        return input.isEmpty && output.isEmpty
    }

    /// Sends what is to go. Returns whether the connection still stands.
    func flush() -> Bool {
        while sent < output.count {
            switch send(output, from: sent, to: descriptor) {
            case .moved(let count): sent += count
            case .wouldBlock: return true
            case .ended: return false
            }
        }
        output = []
        sent = 0
        return true
    }

    /// Forgets the input that has been understood.
    func compact() {
        if position == input.count {
            input = []
        } else if position > 0 {
            input.removeFirst(position)
        }
        position = 0
    }
}
