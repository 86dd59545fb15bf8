// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Kubernetes
internal import Linux
internal import Net
internal import Synchronization

/// The connections that a trace makes itself, and what their client got of them.
final class TraceTraffic: Sendable {
    private struct Seen {
        /// How connections ended, in words, and how many did so.
        var ends: [(text: String, count: Int)] = []
        var ports: Set<UInt16> = []
        /// False if the port of some was not to be known.
        var knowsAll = true
    }

    private let client: TrafficClient
    private let order: ClientOrder
    private let seen = Mutex(Seen())

    /// - Parameters:
    ///   - answer: what `why` says of the question: where it goes, and what is spoken.
    ///   - place: where connections come from.
    ///   - count: how many.
    init(_ answer: Value, from place: PlaceEntry, count: Int) throws {
        let targets = (answer["to", "targets"]?.elements ?? []).compactMap { target -> SocketAddress? in
            guard let address = Address(target.text("address")), let port = target["port"]?.int else { return nil }
            return SocketAddress(address, UInt16(clamping: port))
        }
        guard !targets.isEmpty else {
            throw LabError("nothing can be sent to \(answer["to"]?.text("text") ?? ""): \(answer.text("headline"))")
        }
        let transport = answer.text("protocol")
        guard ["tcp", "udp"].contains(transport) else {
            throw LabError(
                "lab trace sends TCP and UDP, and this is \(transport): lab trace --follow shows what other programs send"
            )
        }
        let isDatagram = transport == "udp"
        var order = ClientOrder(
            isDatagram ? .datagrams(keepsPort: false) : .connection, from: try place.network(), to: targets)
        // What the responder of a lab answers; any other server may.
        order.payload = isDatagram ? Array("hostname".utf8) : []
        order.timeout = 1500
        order.count = count
        self.order = order
        client = try TrafficClient()
    }

    /// Begins them, one after another; calls back after the last.
    func begin(_ completion: @escaping @Sendable () -> Void) {
        client.begin(order, record: { self.note($0) }, ended: completion)
    }

    private func note(_ exchange: ClientExchange) {
        let text = exchange.end.words
        seen.withLock { seen in
            if let port = exchange.client?.port, port > 0 { seen.ports.insert(port) } else { seen.knowsAll = false }
            if let index = seen.ends.firstIndex(where: { $0.text == text }) {
                seen.ends[index].count += 1
            } else {
                seen.ends.append((text, 1))
            }
        }
    }

    /// True if a journey is of one of these connections.
    func isOwn(_ journey: Value) -> Bool {
        let port = journey.text("sentFrom").split(separator: ":").last.flatMap { UInt16($0) }
        return seen.withLock { !$0.knowsAll || port.map($0.ports.contains) ?? true }
    }

    /// What the client got, in a sentence.
    var summary: String {
        let ends = seen.withLock { $0.ends }
        let texts = ends.count == 1 ? ends.map(\.text) : ends.map { "\($0.count) \($0.text)" }
        return "the client: " + (texts.isEmpty ? "nothing was sent" : texts.joined(separator: ", "))
    }
}

extension ClientExchange.End {
    /// What the client got, in words.
    fileprivate var words: String {
        switch self {
        case .answered: "answered"
        case .connected: "connected"
        case .refused: "refused"
        case .timedOut: "no answer in 1.5 s"
        case .unreachable(let error): "no way there (\(error.name))"
        case .reset(let text), .failed(let text): text
        }
    }
}
