// SPDX-License-Identifier: Apache-2.0
internal import CDatagrams
internal import DNS
internal import Synchronization

/// Waits on one thread until any of many UDP sockets has queries, and answers them, as many as there are in one call.
/// The corresponding C functions are `epoll_wait`, `recvmmsg` and `sendmmsg`.
///
/// When queries come one by one, each is answered at once; when they come faster than that, batches grow by themselves.
final class DatagramLoop: Sendable {
    /// A socket's name within the loop.
    typealias Token = UInt64

    private struct State {
        var ports: [Token: DatagramPort] = [:]
        var last: Token = 0
    }

    /// So many batches of one socket follow each other before the others have their turn.
    private static let turn = 8

    private let answerer: NameServer.Answerer
    private let epoll: Int32
    private let end: Int32
    private let state = Mutex(State())

    init(_ answerer: @escaping NameServer.Answerer) throws(DatagramFailure) {
        self.answerer = answerer
        epoll = try DatagramFailure.check("epoll_create1", lab_readiness_create())
        end = try DatagramFailure.check("eventfd", lab_readiness_event())
        _ = try DatagramFailure.check("epoll_ctl", lab_readiness_add(epoll, end, 0))
    }

    deinit {
        lab_readiness_close(epoll)
        lab_readiness_close(end)
    }

    /// Lets `run` return.
    func stop() { _ = lab_readiness_raise(end) }

    /// Answers what comes to one more socket.
    func add(_ port: DatagramPort) throws(DatagramFailure) -> Token {
        _ = try DatagramFailure.check("setsockopt", lab_datagrams_prepare(port.raw))
        let token = state.withLock { state in
            state.last += 1
            state.ports[state.last] = port
            return state.last
        }
        do {
            _ = try DatagramFailure.check("epoll_ctl", lab_readiness_add(epoll, port.raw, token))
        } catch {
            remove(token)
            throw error
        }
        return token
    }

    /// Takes no more from a socket.
    func remove(_ token: Token) {
        guard let port = state.withLock({ $0.ports.removeValue(forKey: token) }) else { return }
        _ = lab_readiness_remove(epoll, port.raw)
    }

    /// Answers until somebody calls `stop`.
    func run() {
        guard let batch = unsafe lab_datagrams_create() else { return }
        defer { unsafe lab_datagrams_free(batch) }
        var answer: [UInt8] = []
        answer.reserveCapacity(Int(lab_datagrams_answer_bytes))
        var ready = [Token](repeating: 0, count: 16)
        while true {
            let count = unsafe lab_readiness_wait(epoll, &ready, Int32(ready.count))
            for token in ready.prefix(Int(max(count, 0))) {
                if token == 0 { return }
                guard let port = state.withLock({ $0.ports[token] }) else { continue }
                unsafe serve(port, batch, &answer)
            }
        }
    }

    private func serve(_ port: DatagramPort, _ batch: OpaquePointer, _ answer: inout [UInt8]) {
        for _ in 0..<DatagramLoop.turn {
            let count = unsafe lab_datagrams_receive(batch, port.raw)
            guard count > 0 else { return }
            for index in 0..<count { unsafe reply(index, port, batch, &answer) }
            _ = unsafe lab_datagrams_send(batch, port.raw)
            if count < Int32(lab_datagrams_capacity) { return }
        }
    }

    private func reply(_ index: Int32, _ port: DatagramPort, _ batch: OpaquePointer, _ answer: inout [UInt8]) {
        var length = 0
        guard let bytes = unsafe lab_datagrams_received(batch, index, &length) else { return }
        let query = unsafe UnsafeRawBufferPointer(start: bytes, count: length)
        answer.removeAll(keepingCapacity: true)
        let outcome = unsafe answerer(Span(_unsafeBytes: query), .datagram, &answer)
        switch outcome {
        case .silent: break
        case .answered:
            _ = unsafe answer.withUnsafeBytes { unsafe lab_datagrams_answer(batch, index, $0.baseAddress, $0.count) }
        case .forward, .resolve:
            var sender = lab_datagram_sender()
            unsafe lab_datagrams_sender(batch, index, &sender)
            port.forwarder.forward(unsafe Array(query), over: .datagram, outcome, fallback: answer) { [sender] in
                port.send($0, to: sender)
            }
        }
    }
}

/// A system call for datagrams failed.
struct DatagramFailure: Error, CustomStringConvertible {
    /// Its name.
    let call: String
    /// The C library's number for the reason.
    let code: Int32

    var description: String { "listening for DNS queries: \(call) failed with errno \(code)" }

    static func check(_ call: String, _ result: Int32) throws(DatagramFailure) -> Int32 {
        guard result >= 0 else { throw DatagramFailure(call: call, code: -result) }
        return result
    }
}
