// SPDX-License-Identifier: Apache-2.0
internal import Net

/// One line of a journey's story, for whoever lays it out.
public struct JourneyLine: Sendable, Hashable {
    /// What a line tells of, for its colour.
    public enum Kind: String, Sendable, Hashable {
        /// The packet went from one namespace to the next, or was routed.
        case way
        /// A rule matched.
        case rule
        /// An address was rewritten.
        case translation
        /// The end of the journey.
        case end
    }

    /// Where it happened.
    public var namespace: NamespaceName
    /// The interface that the packet came by or left by; empty where that is not the point.
    public var interface: String
    /// What happened, in words.
    public var text: String
    /// What the line tells of.
    public var kind: Kind
    /// Which of the journey's hops it tells of; nil for the end.
    public var hop: Int?

    /// Puts one together from its parts.
    public init(
        _ namespace: NamespaceName, interface: String = "", _ text: String, _ kind: Kind, hop: Int? = nil
    ) {
        self.namespace = namespace
        self.interface = interface
        self.text = text
        self.kind = kind
        self.hop = hop
    }
}

extension Journey {
    /// The journey in words, one hop a line.
    /// - Parameter everyRule: also the rules that decided nothing, as `nft monitor trace` shows them.
    public func text(everyRule: Bool = false) -> String {
        let lines = lines(everyRule: everyRule)
        let names = lines.map(\.namespace.text.count).max() ?? 0
        let interfaces = lines.map(\.interface.count).max() ?? 0
        let share = probability == .certain ? "" : "  (\(probability) of such connections)"
        let rows = lines.map { line in
            "  " + line.namespace.text.filled(names) + "  " + line.interface.filled(interfaces) + "  " + line.text
        }
        return (["\(packet) from \(origin)\(share)"] + rows).joined(separator: "\n") + "\n"
    }

    /// The journey's hops and its end, each in words.
    /// - Parameter everyRule: also the rules that decided nothing, and the routes apart from the links.
    public func lines(everyRule: Bool = false) -> [JourneyLine] {
        let shown = everyRule ? Array(hops.indices) : tellingHops
        var lines: [JourneyLine] = []
        var route: Route?
        for index in shown {
            let hop = hops[index]
            // A route is told with the link that it leads to.
            if case .routed(let chosen) = hop.action, !everyRule {
                route = chosen
            } else {
                var line = hop.line(everyRule: everyRule, along: route)
                line.hop = index
                lines.append(line)
                if case .sent = hop.action { route = nil }
            }
        }
        return lines + [JourneyLine(destination, outcome.text, .end)]
    }

    /// Of the rules only those where an element or a reason of the user's decided, or a draw; and of those that tell of
    /// the same object and field one after another, the first.
    private var tellingHops: [Int] {
        var told: (NamespaceName, Because)?
        return hops.indices.filter { index in
            let hop = hops[index]
            switch hop.action {
            case .matched(let match):
                if match.draw != nil { return true }
                guard match.isTelling else { return false }
                defer { told = (hop.namespace, match.because) }
                return told.map { $0 != (hop.namespace, match.because) } ?? true
            case .routedLocally: return false
            default: return true
            }
        }
    }
}

extension Journey.Hop {
    /// What happened, in words.
    /// - Parameter everyRule: a rule is given as nft or iptables prints it, rather than by what it found.
    public func text(everyRule: Bool = false) -> String { line(everyRule: everyRule, along: nil).text }

    fileprivate func line(everyRule: Bool, along route: Route?) -> JourneyLine {
        func line(_ text: String, _ kind: JourneyLine.Kind) -> JourneyLine { JourneyLine(namespace, text, kind) }
        let interface = interface ?? "lo"
        return switch action {
        case .sent:
            JourneyLine(
                namespace, interface: interface, "sends it" + (route.map { " along the route \($0.text)" } ?? ""), .way)
        case .received: JourneyLine(namespace, interface: interface, "receives it", .way)
        case .matched(let match): line(everyRule ? match.text : match.finding, .rule)
        case .dnat(let from, let to): line("translates the destination \(from) to \(to)", .translation)
        case .masquerade(let from, let to): line("translates the source \(from) to \(to)", .translation)
        case .routed(let route): line("chooses the route \(route.text)", .way)
        case .routedLocally: line("has \(packet.destination.address) itself", .way)
        }
    }
}

extension RuleMatch {
    /// Chain, rule, element and reason, as `endpoints-check: ip daddr … @no-endpoint-services reject { 10.96.0.11 … } # …`.
    public var text: String {
        "\(chain): \(rule)" + (element.map { " { \($0) }" } ?? "") + " # \(because)"
    }

    /// The share of the packets that the rule takes by chance, as the rule says it: `1 of 3`, or iptables' probability
    /// of what the rules before it left; nil for a rule that leaves nothing to chance.
    public var draw: String? {
        if let modulus = word(after: "numgen random mod ") { return modulus == "1" ? nil : "1 of \(modulus)" }
        return word(after: "--probability ").map { "a probability of \($0)" }
    }

    private func word(after lead: String) -> String? {
        let parts = rule.split(separator: lead, maxSplits: 1)
        guard parts.count == 2 || rule.hasPrefix(lead) else { return nil }
        return parts.last?.split(separator: " ").first.map(String.init)
    }

    /// True if something that the user wrote made the rule or its element.
    fileprivate var isTelling: Bool {
        !because.isOfLab && (element != nil || !because.location.isEmpty || because.field.hasPrefix("spec."))
    }

    /// What the rule found: `finds { tcp . 30080 : 0x00000001 }, which is Service web/hello spec.ports[0]`.
    var finding: String {
        if let draw { return "draws \(draw)" + (because.isOfLab ? "" : " for \(because)") }
        return element.map { "finds { \($0) }, which is \(because)" } ?? "matches \(chain), because of \(because)"
    }
}

extension Journey.Outcome {
    /// How it ended, in words.
    public var text: String {
        switch self {
        case .delivered(_, let socket, let source): "delivers it to \(socket), where the client is seen as \(source)"
        case .rejected(_, let because): "rejects it (connection refused) because of \(because)"
        case .dropped(_, let because): "drops it (the client waits in vain) because of \(because)"
        case .unreachable(_, let reason): "has no way to go on: \(reason)"
        }
    }
}

extension Route {
    /// The route as `ip route` prints it, without its protocol and scope.
    public var text: String {
        let isHost = destination.length == destination.family.bits
        let target = destination.length == 0 ? "default" : isHost ? "\(destination.address)" : "\(destination)"
        guard let interface else { return "unreachable \(target)" }
        return target + (gateway.map { " via \($0)" } ?? "") + " dev \(interface)"
    }
}

extension String {
    /// The text with blanks after it, to a length.
    fileprivate func filled(_ length: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, length - count))
    }
}
