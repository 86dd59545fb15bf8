// SPDX-License-Identifier: Apache-2.0
internal import Linux
internal import Net
internal import Server

extension Lab {
    /// HTTP requests from one place, as many and as fast as they are described.
    func send(_ request: WebRequest) async throws -> [Reply] {
        let prepared = try await prepare(request)
        let replies = await send(prepared)
        guard request.follows else { return replies }
        var final: [Reply] = []
        for reply in replies { final.append(try await follow(reply, of: request)) }
        return final
    }

    /// Datagrams from one place.
    func send(_ datagrams: Datagrams) async throws -> [Reply] {
        switch try await prepare(datagrams) {
        case .failed(let count, let outcome, let detail): return failures(count, outcome, detail)
        case .order(let order): return await exchanges(order).map(reply)
        case .secure: return []
        }
    }

    func send(_ prepared: PreparedTraffic) async -> [Reply] {
        switch prepared {
        case .failed(let count, let outcome, let detail): return failures(count, outcome, detail)
        case .order(let order): return await exchanges(order).map(reply)
        case .secure(let secure): return await paced(secure.pace) { number in await self.ask(secure, number) }
        }
    }

    func failures(_ count: Int, _ outcome: Check.Outcome, _ detail: String) -> [Reply] {
        (0..<count).map { _ in
            var reply = Reply(outcome, began: now)
            reply.detail = detail
            return reply
        }
    }

    /// Goes where a reply says that something has moved to, five times at most.
    private func follow(_ reply: Reply, of request: WebRequest) async throws -> Reply {
        var reply = reply
        var url = request.url
        for _ in 0..<5 {
            guard let status = reply.status, (300..<400).contains(status), let location = reply.headers["location"]
            else { return reply }
            if location.hasPrefix("/") {
                url =
                    (url.firstRange(of: "://").map { scheme in
                        String(url[..<scheme.upperBound] + url[scheme.upperBound...].prefix { $0 != "/" })
                    } ?? "") + location
            } else {
                url = location
            }
            var next = request
            next.url = url
            next.pace = Pace()
            if status == 303 { (next.method, next.body) = ("GET", "") }
            reply = await send(try await prepare(next)).first ?? reply
        }
        return reply
    }

    // MARK: HTTPS

    /// One request over TLS: the connection is opened in the place, and spoken over from here.
    func ask(_ secure: SecureTraffic, _ number: Int) async -> Reply {
        var order = secure.connection
        order.destinations = [secure.connection.destinations[number % secure.connection.destinations.count]]
        let began = Program.milliseconds()
        guard let exchange = await exchange(order) else { return failures(1, .broken, "cancelled")[0] }
        guard case .connected(let socket) = exchange.end, let raw = try? socket.duplicate() else {
            return reply(exchange)
        }
        let left = max(1, order.timeout - (Program.milliseconds() - began))
        let outcome = await Result {
            try await secure.client.ask(secure.question, over: raw, milliseconds: Int(left))
        }
        let answer: ClientExchange.End =
            switch outcome {
            case .success(let found):
                .answered(
                    ServerAnswer(
                        status: found.status, fields: found.fields.map { ServerAnswer.Field($0.name, $0.value) },
                        body: found.body))
            case .failure(SecureClient.Failure.timedOut): .timedOut
            case .failure(SecureClient.Failure.reset(let text)): .reset(text)
            case .failure(SecureClient.Failure.broken(let text)): .failed(text)
            case .failure(let error): .failed("\(error)")
            }
        var whole = exchange
        (whole.started, whole.milliseconds, whole.end) = (began, Program.milliseconds() - began, answer)
        return reply(whole)
    }
}

extension Result where Failure == any Error {
    /// What an asynchronous body gives or throws.
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
