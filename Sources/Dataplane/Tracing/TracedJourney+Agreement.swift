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
            let common = zip(seen, hops).prefix { $0.isSame($1) }.count
            if common == seen.count, common == hops.count, hasSameEnd(as: other) {
                // Whether an answer comes back is the walker's to say: nobody may have listened.
                journey.outcome = other.outcome.isDelivered ? journey.outcome : other.outcome
                agreement = .asPredicted
                return
            }
            guard common >= longest else { continue }
            if common > longest { (longest, expected) = (common, []) }
            let text = common < hops.count ? other.hops[hops[common].index].told : other.outcome.text
            if !expected.contains(text), expected.count < 100 { expected.append(text) }
        }
        guard longest >= 0 else {
            agreement = .notPredicted("the walker knows no way for it")
            return
        }
        let hop = longest < seen.count ? seen[longest].index : journey.hops.count
        let told = hop < journey.hops.count ? journey.hops[hop].told : journey.outcome.text
        agreement = .differs(Difference(hop: hop, seen: told, expected: expected))
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
private struct VisibleHop {
    /// Its place among all hops.
    var index: Int
    var namespace: NamespaceName
    var interface: String?
    var action: Journey.Action
    var packet: Packet?

    func isSame(_ other: VisibleHop) -> Bool {
        namespace == other.namespace && interface == other.interface && action == other.action
            && packet == other.packet
    }
}

extension Journey {
    fileprivate var visibleHops: [VisibleHop] {
        var isTranslated = false
        return hops.enumerated().compactMap { index, hop in
            var visible = VisibleHop(
                index: index, namespace: hop.namespace, interface: hop.interface, action: hop.action, packet: hop.packet
            )
            visible.packet?.mark = 0
            switch hop.action {
            case .masquerade(let from, let to):
                defer { isTranslated = true }
                // To an address that it has already: only the port may be another.
                if from.address == to.address { return nil }
                visible.action = .masquerade(from: isTranslated ? from.portless : from, to: to.portless)
                visible.packet?.source.port = 0
            // A rule is told with the packet before or after it; what it did to it is told by the next hop.
            case .matched(let match):
                visible.packet = nil
                isTranslated = isTranslated || match.masquerades
            default: break
            }
            if isTranslated { visible.packet?.source.port = 0 }
            return visible
        }
    }

    fileprivate var visibleEnd: Outcome {
        guard case .delivered(let name, let socket, let source) = outcome else { return outcome }
        let isTranslated = hops.contains { hop in
            switch hop.action {
            case .masquerade: true
            case .matched(let match): match.masquerades
            default: false
            }
        }
        return .delivered(name, socket, source: isTranslated ? source.portless : source)
    }
}

extension RuleMatch {
    /// True for a rule that gives a packet another source, be it only another port.
    fileprivate var masquerades: Bool { rule.hasSuffix("masquerade") || rule.contains("-j MASQUERADE") }
}

extension SocketAddress {
    fileprivate var portless: SocketAddress { SocketAddress(address, 0) }
}
