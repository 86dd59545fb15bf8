// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import NIOCore
internal import NIOPosix
internal import Net

/// Passes queries on to other servers, and their answers back: over UDP, and over TCP what has no room there if the
/// client came over TCP. Who does not answer in time is given up for the next.
///
/// Numbers and source ports are random, each server has a connected socket of its own, and an answer must have the
/// query's number and question: nobody else can answer by guessing (RFC 5452).
final class NameForwarder: Sendable {
    private struct Waiting {
        let query: ForwardedQuery
        /// How many have been asked, and how many of those said at once that they cannot be.
        var tries = 0
        var refusals = 0
        var timer: Scheduled<Void>?

        var server: Net.SocketAddress { query.servers[tries % query.servers.count] }
    }

    private struct State {
        var waiting: [UInt16: Waiting] = [:]
        var channels: [Net.SocketAddress: EventLoopFuture<any Channel>] = [:]
        var isClosed = false
    }

    let loop: any EventLoop
    private let limits: NameServerLimits
    private let opener: NameServer.Opener
    private let state: NIOLoopBoundBox<State>

    init(on loop: any EventLoop, _ limits: NameServerLimits, _ opener: @escaping NameServer.Opener) {
        self.loop = loop
        self.limits = limits
        self.opener = opener
        state = NIOLoopBoundBox.makeBoxSendingValue(State(), eventLoop: loop)
    }

    /// Asks other servers, as `.forward` and `.resolve` say.
    /// - Parameters:
    ///   - fallback: what to send if nobody answers.
    ///   - send: called once, later, on the event loop.
    func forward(
        _ query: [UInt8], over transport: Transport, _ outcome: NameOutcome, fallback: [UInt8],
        _ send: @escaping @Sendable ([UInt8]) -> Void
    ) {
        let deadline = NIODeadline.now() + .milliseconds(Int64(limits.allMilliseconds))
        let query = ForwardedQuery(query, over: transport, outcome, fallback: fallback, until: deadline, send)
        loop.execute {
            if let query { self.begin(query) } else { send(fallback) }
        }
    }

    /// Gives up all queries without an answer.
    func close() {
        loop.execute { [state] in
            let last = state.value
            state.value = State(isClosed: true)
            for waiting in last.waiting.values { waiting.timer?.cancel() }
            for channel in last.channels.values { channel.whenSuccess { $0.close(promise: nil) } }
        }
    }

    private func begin(_ query: ForwardedQuery) {
        guard !state.value.isClosed else { return }
        guard !query.servers.isEmpty, state.value.waiting.count < limits.waiting else { return query.fail() }
        var number = UInt16.random(in: 0...UInt16.max)
        while state.value.waiting[number] != nil { number &+= 1 }
        state.value.waiting[number] = Waiting(query: query)
        ask(number)
    }

    private func ask(_ number: UInt16) {
        guard let waiting = state.value.waiting[number] else { return }
        let now = NIODeadline.now()
        guard now < waiting.query.deadline, waiting.refusals < waiting.query.servers.count else {
            end(number)
            return waiting.query.fail()
        }
        let until = min(now + .milliseconds(Int64(limits.serverMilliseconds)), waiting.query.deadline)
        let tries = waiting.tries
        state.value.waiting[number]?.timer = loop.scheduleTask(deadline: until) {
            self.giveUp(number, tries, isRefusal: false)
        }
        do {
            let bytes = ByteBuffer(bytes: waiting.query.bytes.numbered(number))
            try channel(to: waiting.server).flatMap { $0.writeAndFlush(bytes) }.whenFailure { _ in
                self.giveUp(number, tries, isRefusal: true)
            }
        } catch {
            giveUp(number, tries, isRefusal: true)
        }
    }

    /// Asks the next server, unless that has been done.
    private func giveUp(_ number: UInt16, _ tries: Int, isRefusal: Bool) {
        guard let waiting = state.value.waiting[number], waiting.tries == tries else { return }
        waiting.timer?.cancel()
        state.value.waiting[number]?.tries += 1
        if isRefusal { state.value.waiting[number]?.refusals += 1 }
        ask(number)
    }

    private func end(_ number: UInt16) { state.value.waiting.removeValue(forKey: number)?.timer?.cancel() }

    private func channel(to server: Net.SocketAddress) throws -> EventLoopFuture<any Channel> {
        if let channel = state.value.channels[server] { return channel }
        let socket = try opener(server, .datagram)
        let channel = UpstreamDatagrams.channel(on: loop, owning: socket) { [self] event in
            switch event {
            case .answer(let message): received(message, from: server)
            case .refusal: refused(server)
            case .end: state.value.channels[server] = nil
            }
        }
        state.value.channels[server] = channel
        channel.whenFailure { _ in self.state.value.channels[server] = nil }
        return channel
    }

    private func received(_ message: [UInt8], from server: Net.SocketAddress) {
        let number = message.number
        guard let waiting = state.value.waiting[number], waiting.server == server, waiting.query.isAnswered(by: message)
        else { return }
        if waiting.query.isTooShort(message) { return askOverStream(number, waiting) }
        end(number)
        waiting.query.finish(message)
    }

    /// An ICMP message says that nobody listens there: whoever waits for that server need not.
    private func refused(_ server: Net.SocketAddress) {
        for (number, waiting) in state.value.waiting where waiting.server == server {
            giveUp(number, waiting.tries, isRefusal: true)
        }
    }

    private func askOverStream(_ number: UInt16, _ waiting: Waiting) {
        let tries = waiting.tries
        let bytes = waiting.query.bytes.numbered(number)
        do {
            let socket = try opener(waiting.server, .stream)
            UpstreamStream.ask(bytes, on: loop, owning: socket, until: waiting.query.deadline) { [self] message in
                guard state.value.waiting[number]?.tries == tries else { return }
                guard let message, message.number == number, waiting.query.isAnswered(by: message) else {
                    return giveUp(number, tries, isRefusal: true)
                }
                end(number)
                waiting.query.finish(message)
            }
        } catch {
            giveUp(number, tries, isRefusal: true)
        }
    }
}
