// SPDX-License-Identifier: Apache-2.0

/// How long a client may take over each part of an exchange, in milliseconds.
struct Patience {
    /// For a request's head, from its first byte; and for taking any of an answer.
    var request: UInt64
    /// For a request's body, from its head.
    var body: UInt64 { request * 6 }
    /// For closing, once told that the connection is over.
    var linger: UInt64 { 1000 }

    /// From `LAB_REQUEST_MILLISECONDS`; ten seconds without it.
    init() { request = environmentValue("LAB_REQUEST_MILLISECONDS").flatMap(UInt64.init) ?? 10_000 }
}

extension Server {
    /// Answers this much before it is sent, however many requests are waiting.
    private static let outputLimit = 65_536

    /// Does all that can be done for a connection without waiting: reads, understands, answers, sends.
    func advance(_ connection: Connection) -> Connection.Next {
        if case .lingering = connection.stage { return discard(connection) }
        guard connection.flush() else { return .close }
        if connection.output.isEmpty, !connection.hasEnded {
            switch receive(from: connection.descriptor, into: &scratch, atMost: HeadReader.limit) {
            case .moved(let count):
                connection.lastActive = now
                noteEvent(of: connection)
                connection.input += scratch[..<count]
            case .wouldBlock: break
            case .ended: connection.hasEnded = true
            }
        }
        // Each turn answers a bounded lot of pipelined requests, and the last ends when the socket takes no more.
        var hasMore = true
        while hasMore, connection.output.isEmpty, !connection.closesAfterOutput {
            hasMore = understand(connection)
            guard connection.flush() else { return .close }
        }
        return next(for: connection)
    }

    /// Throws away what still comes on a connection whose last answer is given.
    private func discard(_ connection: Connection) -> Connection.Next {
        switch receive(from: connection.descriptor, into: &scratch, atMost: scratch.count) {
        case .moved, .wouldBlock: .read
        case .ended: .close
        }
    }

    private func next(for connection: Connection) -> Connection.Next {
        if !connection.output.isEmpty {
            connection.deadline = now + patience.request
            return .write
        }
        if connection.hasEnded { return .close }
        if connection.closesAfterOutput { return linger(connection) }
        setDeadline(connection)
        return .read
    }

    private func setDeadline(_ connection: Connection) {
        switch connection.stage {
        case .preamble: if connection.deadline == 0 { connection.deadline = now + patience.request }
        case .head:
            if connection.input.isEmpty {
                connection.deadline = 0
            } else if connection.deadline == 0 {
                connection.deadline = now + patience.request
            }
        case .body, .lingering: break
        }
    }

    /// Says that nothing more will come, and waits a while for the client to close.
    private func linger(_ connection: Connection) -> Connection.Next {
        endSending(on: connection.descriptor)
        connection.stage = .lingering
        connection.input = []
        connection.position = 0
        connection.deadline = now + patience.linger
        return .read
    }

    /// Answers the requests that have come. Returns whether there may be more that had no room.
    private func understand(_ connection: Connection) -> Bool {
        var hasMore = true
        do throws(Refusal) {
            while hasMore, connection.output.count < Self.outputLimit, !connection.closesAfterOutput {
                hasMore = try step(connection)
            }
        } catch {
            refuse(connection, error)
        }
        connection.compact()
        return hasMore
    }

    /// One step of an exchange. Returns whether there may be another.
    private func step(_ connection: Connection) throws(Refusal) -> Bool {
        switch connection.stage {
        case .preamble: return readPreamble(connection)
        case .head(var reader):
            var position = connection.position
            defer { connection.position = position }
            guard let request = try reader.next(in: connection.input, from: &position) else {
                connection.stage = .head(reader)
                return false
            }
            connection.stage = .body(request, BodyReader(request.framing))
            connection.deadline = now + patience.body
            return true
        case .body(let request, var body):
            try body.skip(in: connection.input, from: &connection.position)
            guard body.isOver else {
                connection.stage = .body(request, body)
                if request.expectsContinue { sayContinue(connection) }
                return false
            }
            connection.stage = .head(HeadReader())
            connection.deadline = 0
            reply(to: request, on: connection)
            return true
        case .lingering: return false
        }
    }

    private func sayContinue(_ connection: Connection) {
        guard case .body(var request, let body) = connection.stage else { return }
        request.expectsContinue = false
        connection.stage = .body(request, body)
        connection.output.append("HTTP/1.1 100 Continue\r\n\r\n")
    }

    private func readPreamble(_ connection: Connection) -> Bool {
        guard let end = connection.input.firstIndex(of: 0x0a) else {
            if connection.input.count > ProxyLine.limit { connection.closesAfterOutput = true }
            return false
        }
        let line = connection.input[..<end]
        guard let client = ProxyLine.client(in: line.last == 0x0d ? line.dropLast() : line) else {
            connection.closesAfterOutput = true
            return false
        }
        connection.client = client
        connection.position = end + 1
        connection.stage = .head(HeadReader())
        connection.deadline = 0
        return true
    }

    private func reply(to request: Request, on connection: Connection) {
        circumstances.port = connection.port
        var answer = answer(request, from: connection.client, in: circumstances)
        if request.value(of: "lab-tell") != nil { answer.tell(circumstances.identity, connection.client) }
        apply(answer.effect)
        let closes = !request.keepsAlive || circumstances.isShuttingDown || exitCode != nil
        if closes { connection.closesAfterOutput = true }
        write(
            answer, on: connection, line: request.line, isHead: request.isMethod("HEAD"),
            as: closes ? .close : request.isHTTP10 ? .keepAlive : .unsaid)
    }

    /// Answers what is not a request that can be answered, and ends the connection.
    func refuse(_ connection: Connection, _ refusal: Refusal) {
        connection.closesAfterOutput = true
        let line = connection.input.dropFirst(connection.position).prefix { $0 != 0x0a && $0 != 0x0d }
        write(Answer(refusal), on: connection, line: line.prefix(100), isHead: false, as: .close)
    }

    private func write(
        _ answer: Answer, on connection: Connection, line: ArraySlice<UInt8>, isHead: Bool, as said: Answer.Persistence
    ) {
        let time = clock.now()
        answer.write(to: &connection.output, date: clock.httpDate, isHead: isHead, connection: said)
        connection.hasAnswered = true
        log.write(
            line, from: connection.client, status: answer.status,
            length: isHead || !answer.hasBody ? 0 : answer.body.count, at: time)
    }
}
