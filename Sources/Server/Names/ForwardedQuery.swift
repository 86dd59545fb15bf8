// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import NIOCore
internal import Net

/// A query that other servers are asked in a client's stead.
struct ForwardedQuery: Sendable {
    /// What they are asked: the client's query as it came, or one for the target of an alias. Its number does not matter.
    let bytes: [UInt8]
    /// Who may be asked, in this order.
    let servers: [Net.SocketAddress]
    /// How the client asked.
    let transport: Transport
    /// When the client is told that nobody knows.
    let deadline: NIODeadline
    private let client: [UInt8]
    private let alias: ForwardedAlias?
    private let fallback: [UInt8]
    private let send: @Sendable ([UInt8]) -> Void
    /// Where the question ends, in what they are asked and in what the client asked.
    private let end: Int
    private let clientEnd: Int

    /// Nil if there is nothing to be asked.
    /// - Parameters:
    ///   - client: what the client asked.
    ///   - fallback: what the client is told when nobody knows.
    ///   - send: called once with the answer, on the forwarder's event loop.
    init?(
        _ client: [UInt8], over transport: Transport, _ outcome: NameOutcome, fallback: [UInt8],
        until deadline: NIODeadline,
        _ send: @escaping @Sendable ([UInt8]) -> Void
    ) {
        switch outcome {
        case .answered, .silent: return nil
        case .forward(let servers): (bytes, self.servers, alias) = (client, servers, nil)
        case .resolve(let alias): (bytes, servers, self.alias) = (alias.query, alias.servers, alias)
        }
        guard let end = bytes.endOfQuestion, let clientEnd = client.endOfQuestion else { return nil }
        (self.end, self.clientEnd, self.client) = (end, clientEnd, client)
        (self.transport, self.fallback, self.deadline, self.send) = (transport, fallback, deadline, send)
    }

    /// True if a message is an answer, and to this very question. A server that refuses may leave the question out.
    func isAnswered(by message: [UInt8]) -> Bool {
        guard message.count >= 12, message[2] & 0x80 != 0, message[2] & 0x78 == bytes[2] & 0x78 else { return false }
        if message[4] == 0, message[5] == 0 { return message[3] & 0x0f != 0 }
        guard message.endOfQuestion == end else { return false }
        return zip(message[12..<end], bytes[12..<end]).allSatisfy { $0.lowered == $1.lowered }
    }

    /// True if the answer should be fetched over TCP: it did not fit, and for the client it would.
    func isTooShort(_ answer: [UInt8]) -> Bool { transport == .stream && answer[2] & 0x02 != 0 }

    /// Tells the client what a server has answered.
    func finish(_ answer: [UInt8]) {
        let answer = alias?.answer(fallback, and: answer) ?? answer.numbered(as: client)
        send(transport == .stream || answer.count <= limit ? answer : truncated(answer))
    }

    /// Tells the client that nobody knows.
    func fail() { send(fallback) }

    /// The client's question with TC, so that it asks again over TCP (RFC 2181, 9).
    private func truncated(_ answer: [UInt8]) -> [UInt8] {
        var short = Array(client[..<clientEnd])
        short[2] = answer[2] | 0x02
        short[3] = answer[3]
        for index in 6..<12 { short[index] = 0 }
        return short
    }

    /// How many bytes of a datagram the client takes: what its OPT record says, if that follows the question (RFC 6891,
    /// 6.2.3).
    private var limit: Int {
        let record = client[clientEnd...].prefix(5)
        guard client[11] > 0, record.count == 5, record.starts(with: [0, 0, 41]) else { return 512 }
        return max(512, Int(client[clientEnd + 3]) << 8 | Int(client[clientEnd + 4]))
    }
}

/// Messages as bytes (RFC 1035, 4.1).
extension [UInt8] {
    /// The number that tells one query of a client from another; 0 where there is none.
    var number: UInt16 { count < 2 ? 0 : UInt16(self[0]) << 8 | UInt16(self[1]) }

    /// The same message with another number.
    func numbered(_ number: UInt16) -> [UInt8] {
        var message = self
        message.replaceSubrange(0..<2, with: [UInt8(number >> 8), UInt8(number & 0xff)])
        return message
    }

    /// The same message with the number of another.
    func numbered(as other: [UInt8]) -> [UInt8] { numbered(other.number) }

    /// Where the only question ends: after its name, type and class. Nil if there is not one question. Its name is not
    /// compressed: there is nothing before it.
    var endOfQuestion: Int? {
        guard count >= 12, self[4] == 0, self[5] == 1 else { return nil }
        var index = 12
        while index < count, self[index] != 0 {
            guard self[index] < 64 else { return nil }
            index += Int(self[index]) + 1
        }
        return index + 5 <= count ? index + 5 : nil
    }
}

extension UInt8 {
    /// Letters in lower case. Lengths of labels are below 64 and so are no letters.
    fileprivate var lowered: UInt8 { self >= 65 && self <= 90 ? self + 32 : self }
}
