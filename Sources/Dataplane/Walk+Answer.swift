// SPDX-License-Identifier: Apache-2.0
internal import Net

/// What a namespace's connection tracking translated, so that it can translate the answers back.
struct Translation {
    var namespace: NamespaceName
    /// The packet's ends as they came in.
    var before: Ends
    /// And as they went on.
    var after: Ends

    struct Ends: Hashable {
        var source: SocketAddress
        var destination: SocketAddress

        init(_ packet: Packet) {
            source = packet.source
            destination = packet.destination
        }
    }
}

/// The way back: an answer goes by routes alone, and each namespace that translated the connection translates it back if
/// it comes by there. One that goes another way is not what the client asked for, and no connection comes to be.
extension Walk {
    /// Notes what this namespace did to the packet's ends.
    mutating func keepTranslation(in name: NamespaceName) {
        let after = Translation.Ends(packet)
        guard after != connection.original else { return }
        translations.append(Translation(namespace: name, before: connection.original, after: after))
    }

    /// Where and why the answer to the delivered packet is lost; nil if it reaches the client.
    func lossOfAnswer(to origin: NamespaceName, from server: NamespaceName) -> Journey.Outcome? {
        var place = server
        var answer = Packet(packet.transport, from: packet.destination, to: packet.source)
        for _ in 0..<64 {
            translateBack(&answer, in: place)
            guard let namespace = plan.namespaces[place] else { return nil }
            switch namespace.route(to: answer.destination.address) {
            case .local:
                let isExpected = answer.source == sent.destination && answer.destination == sent.source
                return place == origin && isExpected ? nil : lost(answer, in: place)
            case .unreachable: return lost(answer, in: place)
            case .forward(_, let interface, _):
                guard place == server || namespace.forwards(answer.destination.address.family),
                    let (_, peer) = plan.pair(of: LinkEnd(place, interface))
                else { return lost(answer, in: place) }
                place = peer.namespace
            }
        }
        return lost(answer, in: place)
    }

    private func translateBack(_ answer: inout Packet, in place: NamespaceName) {
        let entry = translations.first {
            $0.namespace == place && $0.after.source == answer.destination && $0.after.destination == answer.source
        }
        guard let entry else { return }
        answer.source = entry.before.destination
        answer.destination = entry.before.source
    }

    private func lost(_ answer: Packet, in place: NamespaceName) -> Journey.Outcome {
        let asked = sent.destination
        let reason =
            answer.source == asked
            ? "the answer of \(answer.source) finds no way back to \(answer.destination.address)"
            : "the answer comes from \(answer.source), by a way on which nobody turns that into \(asked) again"
        return .unreachable(place, reason: reason)
    }
}
