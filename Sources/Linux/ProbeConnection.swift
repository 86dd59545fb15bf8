// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
internal import Net

/// One probe under way: a socket that never blocks, and how far it has come. Lives on the prober's thread alone.
final class ProbeConnection {
    enum Step {
        /// Waits until the socket can be written to.
        case writing
        /// Waits until it can be read from.
        case reading
        case over(ProbeOutcome)
    }

    let request: ProbeRequest
    let completion: @Sendable (ProbeOutcome) -> Void
    /// -1 before `open`.
    private(set) var raw: Int32 = -1
    private var connected = false
    private var unsent: ArraySlice<UInt8>
    private var answer = ProbeAnswer()

    init(_ request: ProbeRequest, _ completion: @escaping @Sendable (ProbeOutcome) -> Void) {
        self.request = request
        self.completion = completion
        unsent = Array(request.text.utf8)[...]
    }

    deinit { if raw >= 0 { close(raw) } }

    /// Opens the socket in the thread's namespace and begins to connect.
    func open() -> Step {
        let family = request.destination.address.family == .v4 ? AF_INET : AF_INET6
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        raw = socket(family, type, 0)
        guard raw >= 0 else { return fail("socket", Errno.current) }
        // Closing resets the connection, so that thousands of probes leave nothing in TIME_WAIT.
        var reset = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(raw, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
        if request.destination.connect(raw) == 0 { return proceed() }
        let errno = Errno.current
        return errno.rawValue == EINPROGRESS ? .writing : fail("connect", errno)
    }

    /// Goes on as far as it can without waiting.
    func proceed() -> Step {
        if !connected {
            if let errno = pendingError() { return fail("connect", errno) }
            connected = true
            if request.kind == .tcp { return .over(.success) }
        }
        while !unsent.isEmpty {
            let count = unsafe unsent.withUnsafeBytes {
                unsafe send(raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 { return wait(.writing, "write") }
            unsent = unsent.dropFirst(count)
        }
        return receive()
    }

    /// The failure when the time is over.
    var lateness: ProbeOutcome {
        switch request.kind {
        case .tcp: .failure("dial tcp \(request.destination): i/o timeout")
        case .http:
            .failure(
                "Get \"\(request.url)\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
        }
    }

    private func receive() -> Step {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe recv(raw, &chunk, chunk.count, 0)
            if count < 0 { return wait(.reading, "read") }
            let outcome = count == 0 ? answer.end() : answer.take(chunk[..<count])
            if let outcome { return .over(named(outcome)) }
        }
    }

    private func wait(_ step: Step, _ call: String) -> Step {
        let errno = Errno.current
        return errno == .again || errno == .interrupted ? step : fail(call, errno)
    }

    private func pendingError() -> Errno? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        unsafe getsockopt(raw, SOL_SOCKET, SO_ERROR, &value, &size)
        return value == 0 ? nil : Errno(rawValue: value)
    }

    private func fail(_ call: String, _ errno: Errno) -> Step {
        let sentence = errno.sentence.prefix(1).lowercased() + errno.sentence.dropFirst()
        let doing = connected ? "read tcp" : "dial tcp"
        let text = "\(doing) \(request.destination): \(call): \(sentence)"
        return .over(named(.failure(text)))
    }

    /// A failure of the exchange names the URL; one of the status does not.
    private func named(_ outcome: ProbeOutcome) -> ProbeOutcome {
        guard case .failure(let text) = outcome, request.kind != .tcp, !text.hasPrefix("HTTP probe") else {
            return outcome
        }
        return .failure("Get \"\(request.url)\": \(text)")
    }
}
