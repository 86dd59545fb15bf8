// SPDX-License-Identifier: Apache-2.0
internal import Net

extension Journey {
    /// The journey in words, one hop a line.
    /// - Parameter everyRule: also the rules that decided nothing, as `nft monitor trace` shows them.
    public func text(everyRule: Bool = false) -> String {
        let shown = everyRule ? hops : tellingHops
        let width = (shown.map(\.namespace) + [origin, destination]).map(\.text.count).max() ?? 0
        let lines = shown.map { Journey.line($0.namespace, $0.text(everyRule: everyRule), width) }
        let share = probability == .certain ? "" : "  (\(probability) of such connections)"
        return (["\(packet) from \(origin)\(share)"] + lines + [Journey.line(destination, outcome.text, width)])
            .joined(separator: "\n") + "\n"
    }

    /// Of the rules only those where an element of the user's decided, and of those that tell of the same object and
    /// field one after another, the first.
    private var tellingHops: [Hop] {
        var told: (NamespaceName, Because)?
        return hops.filter { hop in
            switch hop.action {
            case .matched(let match):
                guard match.element != nil, !match.because.isOfLab else { return false }
                defer { told = (hop.namespace, match.because) }
                return told.map { $0 != (hop.namespace, match.because) } ?? true
            case .routedLocally: return false
            default: return true
            }
        }
    }

    private static func line(_ namespace: NamespaceName, _ text: String, _ width: Int) -> String {
        "  " + namespace.text + String(repeating: " ", count: width - namespace.text.count) + "  " + text
    }
}

extension Journey.Hop {
    /// What happened, in words.
    /// - Parameter everyRule: a rule is given as nft prints it, rather than by what it found.
    public func text(everyRule: Bool = false) -> String {
        switch action {
        case .sent: "sends it by \(interface ?? "lo")"
        case .received: "receives it by \(interface ?? "lo")"
        case .matched(let match): everyRule ? match.text : match.finding
        case .dnat(let from, let to): "translates the destination \(from) to \(to)"
        case .masquerade(let from, let to): "translates the source \(from) to \(to)"
        case .routed(let route): "chooses the route \(route.text)"
        case .routedLocally: "has \(packet.destination.address) itself"
        }
    }
}

extension RuleMatch {
    /// Chain, rule, element and reason, as `endpoints-check: ip daddr … @no-endpoint-services reject { 10.96.0.11 … } # …`.
    public var text: String {
        "\(chain): \(rule)" + (element.map { " { \($0) }" } ?? "") + " # \(because)"
    }

    /// What the rule found: `finds { tcp . 30080 : 0x00000001 }, which is Service web/hello spec.ports[0]`.
    var finding: String { element.map { "finds { \($0) }, which is \(because)" } ?? text }
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
