// SPDX-License-Identifier: Apache-2.0
internal import Net

extension Journey {
    /// The journey in words, one hop a line.
    /// - Parameter everyRule: also the rules that decided nothing, as `nft monitor trace` shows them.
    public func text(everyRule: Bool = false) -> String {
        let shown = hops.filter { everyRule || $0.isTelling }
        let width = (shown.map(\.namespace) + [origin, destination]).map(\.text.count).max() ?? 0
        let lines = shown.map { Journey.line($0.namespace, $0.text, width) }
        let share = probability == .certain ? "" : "  (\(probability) of such connections)"
        return (["\(packet) from \(origin)\(share)"] + lines + [Journey.line(destination, outcome.text, width)])
            .joined(separator: "\n") + "\n"
    }

    private static func line(_ namespace: NamespaceName, _ text: String, _ width: Int) -> String {
        "  " + namespace.text + String(repeating: " ", count: width - namespace.text.count) + "  " + text
    }
}

extension Journey.Hop {
    /// A rule tells something when an element decided; the rest is the lab's own plumbing, and what comes of a verdict
    /// is told by the hop or the outcome after it.
    fileprivate var isTelling: Bool {
        if case .matched(let match) = action { match.element != nil && !match.because.object.hasPrefix("lab") } else {
            true
        }
    }

    /// What happened, in words.
    public var text: String {
        switch action {
        case .sent: "sends it by \(interface ?? "lo")"
        case .received: "receives it by \(interface ?? "lo")"
        case .matched(let match): "\(match.text)"
        case .dnat(let from, let to): "translates the destination \(from) to \(to)"
        case .masquerade(let from, let to): "translates the source \(from) to \(to)"
        case .routed(let route): "chooses the route \(route.text)"
        case .routedLocally: "has \(packet.destination.address) itself"
        }
    }
}

extension RuleMatch {
    /// Chain, rule, element and reason: `services: … vmap @pools { 0x00000001 : goto pick-3 } (Service …)`.
    public var text: String {
        "\(chain): \(rule)" + (element.map { " { \($0) }" } ?? "") + " because of \(because)"
    }
}

extension Journey.Outcome {
    /// How it ended, in words.
    public var text: String {
        switch self {
        case .delivered(_, let socket, let source): "delivers it to \(socket), which sees \(source)"
        case .rejected(_, let because): "rejects it (connection refused) because of \(because)"
        case .dropped(_, let because): "drops it (the client waits in vain) because of \(because)"
        case .unreachable(_, let reason): "has no way to go on: \(reason)"
        }
    }
}

extension Route {
    /// The route as `ip route` prints it, without its protocol and scope.
    public var text: String {
        let target = destination.length == 0 ? "default" : destination.description
        guard let interface else { return "unreachable \(target)" }
        return target + (gateway.map { " via \($0)" } ?? "") + " dev \(interface)"
    }
}
