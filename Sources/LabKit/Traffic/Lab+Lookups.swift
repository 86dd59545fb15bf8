// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import Linux
internal import Net

/// What asking name servers came to.
enum NameSearch: Sendable {
    /// The last answer: that with records, or the one that says that there are none.
    case answer(Message, SocketAddress)
    /// Nobody answered: how the last question ended.
    case none(ClientExchange.End)
}

extension Lab {
    /// Questions to name servers from one place, as many and as fast as they are described.
    func send(_ lookup: Lookup) async throws -> [LookupReply] {
        guard let type = RecordType(lookup.type) else { throw LabFailure("DNS has no type \"\(lookup.type)\"") }
        let place = try await locate(lookup.from)
        let resolver = try await resolver(of: lookup, at: place)
        return await paced(lookup.pace) { [self] _ in
            let began = Program.milliseconds()
            let found = try? await look(
                lookup.name, type, at: place, resolver, timeout: lookup.timeout.milliseconds)
            return reply(to: type, found ?? .none(.failed("\"\(lookup.name)\" is no name")), began)
        }
    }

    /// The place's own resolver, or with the server that the question names.
    private func resolver(of lookup: Lookup, at place: LocatedPlace) async throws -> ResolverConfiguration {
        var resolver = place.resolver ?? ResolverConfiguration()
        guard let server = lookup.server else {
            guard !resolver.servers.isEmpty else { throw LabFailure("no name server serves \(lookup.from)") }
            return resolver
        }
        let text = try await substitute(server, inURL: false)
        let parts = try WebAddress.hostAndPort(text[...], in: text)
        guard case .addresses(let addresses) = try await resolve(parts.host, at: place, lookup.from) else {
            throw LabFailure("the name server \(text) is nowhere")
        }
        resolver.servers = addresses
        return resolver
    }

    private func reply(to type: RecordType, _ search: NameSearch, _ began: Double) -> LookupReply {
        let latency = Duration.microseconds(Int64((Program.milliseconds() - began) * 1000))
        switch search {
        case .none(let end):
            var reply = LookupReply(end.outcome.0, began: moment(began), latency: latency)
            reply.detail = end.outcome.detail
            return reply
        case .answer(let message, let server):
            var reply = LookupReply(.delivered, began: moment(began), latency: latency)
            reply.code = message.code.description
            reply.server = server
            reply.answers = message.answers.filter { $0.data.type == type || type == .any }.map(\.data.description)
            return reply
        }
    }

    /// Asks for a name as the C library's resolver does: with the search list, until one of the names has such records;
    /// each server in turn until one answers.
    func look(
        _ name: String, _ type: RecordType, at place: LocatedPlace, _ resolver: ResolverConfiguration, timeout: Double
    ) async throws -> NameSearch {
        let queries = resolver.queries(for: name)
        guard !queries.isEmpty else { throw LabFailure("\"\(name)\" is no name that DNS could have") }
        var last: NameSearch = .none(.failed("no name server was asked"))
        for query in queries {
            last = await ask(Query(query, type), at: place, resolver.servers, timeout: timeout)
            guard case .answer(let message, _) = last, message.answers.isEmpty else { return last }
        }
        return last
    }

    private func ask(
        _ query: Query, at place: LocatedPlace, _ servers: [Address], timeout: Double
    ) async -> NameSearch {
        var last = NameSearch.none(.failed("there is no name server"))
        let id = UInt16.random(in: 1 ... .max)
        for server in servers.prefix(3) {
            let socket = SocketAddress(server, 53)
            var order = ClientOrder(.datagrams(keepsPort: false), from: place.namespace, to: [socket])
            order.payload = Message(asking: query, id: id, edns: EDNS()).encoded()
            order.timeout = timeout
            guard let exchange = await exchange(order) else { return .none(.failed("cancelled")) }
            guard case .answered(let answer) = exchange.end else {
                last = .none(exchange.end)
                continue
            }
            guard let message = try? Message(decoding: answer.body), message.id == id, message.isResponse else {
                last = .none(.failed("\(socket) sent what is no answer of DNS"))
                continue
            }
            last = .answer(message, socket)
            // Another server may know better than one that fails.
            if message.code != .serverFailure && message.code != .refused { return last }
        }
        return last
    }
}
