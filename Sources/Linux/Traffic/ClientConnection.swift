// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
internal import Net

/// A client's socket that never blocks, and how far its exchange has come. Lives on the loop's thread alone.
final class ClientConnection {
    enum Step {
        /// Waits until the socket can be written to.
        case writing
        /// Waits until it can be read from.
        case reading
        case over(ClientExchange.End)
    }

    private enum Stage { case connecting, sending, receiving }

    let destination: SocketAddress
    private let order: ClientOrder
    /// -1 before `open`, and when it was handed over.
    private(set) var raw: Int32 = -1
    private var stage = Stage.connecting
    private var unsent: ArraySlice<UInt8> = []
    private var reader: AnswerReader
    /// Whether another exchange may follow.
    private(set) var isReusable = false
    /// Whether an exchange went before this one.
    private(set) var isReused = false
    /// Whether the server is about to close: it does so first, so that no port waits at the client.
    private(set) var awaitsEnd = false

    init(_ order: ClientOrder, to destination: SocketAddress) {
        self.order = order
        self.destination = destination
        reader = AnswerReader(isHead: order.isHead)
    }

    deinit { if raw >= 0 { close(raw) } }

    private var isDatagram: Bool {
        if case .datagrams = order.carrier { return true }
        return false
    }

    /// Opens the socket in the thread's namespace and begins to connect.
    func open() -> Step {
        let family = destination.address.family == .v4 ? AF_INET : AF_INET6
        let kind = Int32((isDatagram ? SOCK_DGRAM : SOCK_STREAM).rawValue)
        raw = socket(family, kind | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { return .over(.failed("socket: \(Errno.current.name)")) }
        if let port = order.sourcePort, let error = bind(to: port) {
            return .over(.failed("taking port \(port) for the client: bind: \(error.name)"))
        }
        if destination.connect(raw) == 0 { return proceed() }
        let error = Errno.current
        return error.rawValue == EINPROGRESS ? .writing : .over(ending(error))
    }

    private func bind(to port: UInt16) -> Errno? {
        var on: Int32 = 1
        unsafe setsockopt(raw, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let any = SocketAddress(destination.address.family == .v4 ? Address(0, 0, 0, 0) : Address(0, .v6), port)
        let code = unsafe any.withName { name, length in unsafe Glibc.bind(raw, name, length) }
        return code == 0 ? nil : .current
    }

    /// Begins another exchange over the same socket.
    func again() -> Step {
        reader = AnswerReader(isHead: order.isHead)
        isReused = true
        // A late answer to an earlier datagram answers nothing now.
        var chunk = [UInt8](repeating: 0, count: isDatagram ? 2048 : 0)
        while isDatagram, unsafe recv(raw, &chunk, chunk.count, 0) >= 0 {}
        stage = .sending
        unsent = order.payload[...]
        return proceed()
    }

    /// Goes on as far as it can without waiting.
    func proceed() -> Step {
        if stage == .connecting {
            if let error = pendingError() { return .over(ending(error)) }
            if order.carrier == .connection { return .over(.connected(handOver())) }
            stage = .sending
            unsent = order.payload[...]
        }
        if stage == .sending {
            repeat {
                let count = unsafe unsent.withUnsafeBytes {
                    unsafe send(raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count < 0 { return wait(.writing) }
                unsent = unsent.dropFirst(count)
            } while !unsent.isEmpty
            stage = .receiving
        }
        return isDatagram ? receiveDatagram() : receive()
    }

    private func handOver() -> SharedDescriptor {
        defer { raw = -1 }
        return SharedDescriptor(Descriptor(owning: raw))
    }

    private func receiveDatagram() -> Step {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe recv(raw, &chunk, chunk.count, 0)
        if count < 0 { return wait(.reading) }
        isReusable = true
        return .over(.answered(ServerAnswer(body: Array(chunk[..<count]))))
    }

    private func receive() -> Step {
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = unsafe recv(raw, &chunk, chunk.count, 0)
            if count < 0 { return wait(.reading) }
            switch count == 0 ? reader.end() : reader.take(chunk[..<count]) {
            case .more: break
            case .whole(let answer, let isReusable):
                self.isReusable = isReusable
                awaitsEnd = count > 0 && !isReusable
                return .over(.answered(answer))
            case .broken(let text): return .over(count == 0 ? .reset(text) : .failed(text))
            }
        }
    }

    /// After the answer: true once the server has closed, too.
    func hasEnded() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 1024)
        while true {
            let count = unsafe recv(raw, &chunk, chunk.count, 0)
            if count > 0 { continue }
            return count == 0 || Errno.current != .again
        }
    }

    /// True if the server closed a kept connection before anything of this answer came: clients then begin anew.
    func wasStale(_ end: ClientExchange.End) -> Bool {
        guard isReused, !isDatagram, reader.isEmpty, case .reset = end else { return false }
        return true
    }

    /// The client's own address and port. The corresponding C function is `getsockname`.
    var client: SocketAddress? { raw < 0 ? nil : SocketAddress.local(raw) }

    /// Closing resets the connection: nothing more is to come of it.
    func resetOnClose() {
        var reset = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(raw, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    }

    private func wait(_ step: Step) -> Step {
        let error = Errno.current
        return error == .again || error == .interrupted ? step : .over(ending(error))
    }

    private func pendingError() -> Errno? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        unsafe getsockopt(raw, SOL_SOCKET, SO_ERROR, &value, &size)
        return value == 0 ? nil : Errno(rawValue: value)
    }

    private func ending(_ error: Errno) -> ClientExchange.End {
        switch error.rawValue {
        case ECONNREFUSED: stage == .receiving && !isDatagram ? .reset(error.sentence) : .refused
        case ETIMEDOUT: .timedOut
        case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, EACCES, EPERM, EPROTO, ENOPROTOOPT: .unreachable(error)
        case ECONNRESET, EPIPE: stage == .connecting ? .refused : .reset(error.sentence)
        default: .failed("\(stage == .connecting ? "connect" : "exchange"): \(error.name)")
        }
    }
}
