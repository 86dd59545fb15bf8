// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Traced = predicted: a traced journey is one of the walker's, but for what a trace cannot see.
///
/// Left out are the packet's mark, and the source's port once the source was translated: the kernel may choose another one
/// than the walker does, which keeps it.
extension TracedJourney {
    /// Holds the journey against those of the walker, and notes how they compare.
    public mutating func compare(with predicted: [Journey]) {
        let seen = journey.visibleHops
        var longest = -1
        var expected: [String] = []
        for other in predicted {
            let hops = other.visibleHops
            let common = zip(seen, hops).prefix { $0 == $1 }.count
            if common == seen.count, common == hops.count, hasSameEnd(as: other) {
                // Whether an answer comes back is the walker's to say: nobody may have listened.
                journey.outcome = other.outcome.isDelivered ? journey.outcome : other.outcome
                agreement = .asPredicted
                return
            }
            guard common >= longest else { continue }
            if common > longest { (longest, expected) = (common, []) }
            let text = common < other.hops.count ? other.hops[common].told : other.outcome.text
            if !expected.contains(text), expected.count < 100 { expected.append(text) }
        }
        guard longest >= 0 else {
            agreement = .notPredicted("the walker knows no way for it")
            return
        }
        let told = longest < journey.hops.count ? journey.hops[longest].told : journey.outcome.text
        agreement = .differs(Difference(hop: longest, seen: told, expected: expected))
    }

    private func hasSameEnd(as other: Journey) -> Bool {
        if case .delivered = journey.outcome, case .unreachable = other.outcome {
            // The way there is the same, and no answer came.
            return reply.last?.namespace != journey.origin
        }
        return journey.visibleEnd == other.visibleEnd
    }
}

extension Journey.Outcome {
    fileprivate var isDelivered: Bool { if case .delivered = self { true } else { false } }
}

extension Journey.Hop {
    fileprivate var told: String {
        "\(namespace)" + (interface.map { " (\($0))" } ?? "") + ": " + text(everyRule: true)
    }
}

/// A hop without what a trace cannot see.
private struct VisibleHop: Equatable {
    var namespace: NamespaceName
    var interface: String?
    var action: Journey.Action
    var packet: Packet?
}

extension Journey {
    fileprivate var visibleHops: [VisibleHop] {
        var isTranslated = false
        return hops.map { hop in
            var visible = VisibleHop(
                namespace: hop.namespace, interface: hop.interface, action: hop.action, packet: hop.packet)
            visible.packet?.mark = 0
            switch hop.action {
            case .masquerade(let from, let to):
                let known = isTranslated ? from.portless : from
                isTranslated = true
                visible.action = .masquerade(from: known, to: to.portless)
            // A rule is told with the packet before or after it; what it did to it is told by the next hop.
            case .matched: visible.packet = nil
            default: break
            }
            if isTranslated, let source = visible.packet?.source { visible.packet?.source = source.portless }
            return visible
        }
    }

    fileprivate var visibleEnd: Outcome {
        guard case .delivered(let name, let socket, let source) = outcome else { return outcome }
        let isTranslated = hops.contains { if case .masquerade = $0.action { true } else { false } }
        return .delivered(name, socket, source: isTranslated ? source.portless : source)
    }
}

extension SocketAddress {
    fileprivate var portless: SocketAddress { SocketAddress(address, 0) }
}
