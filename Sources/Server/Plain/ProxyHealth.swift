// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// How it stands with one node's Service rules: what kube-proxy says at port 10256 (D84).
/// The corresponding Go type is `healthcheck.ProxyHealth`.
public struct ProxyHealth: Sendable, Hashable {
    /// The rules of one family.
    public struct FamilyHealth: Sendable, Hashable {
        /// When they were last changed.
        public var lastUpdated: Timestamp
        /// False if the kernel lacks some of them.
        public var isHealthy: Bool

        /// Puts one together from its parts.
        public init(lastUpdated: Timestamp, isHealthy: Bool) {
            self.lastUpdated = lastUpdated
            self.isHealthy = isHealthy
        }
    }

    /// By the families' names in the API: `IPv4`, `IPv6`.
    public var families: [String: FamilyHealth]
    /// False for a node that is about to be taken away.
    public var isEligible: Bool

    /// Puts one together from its parts.
    public init(families: [String: FamilyHealth], isEligible: Bool) {
        self.families = families
        self.isEligible = isEligible
    }

    /// True if the kernel has all rules that it should have.
    public var isHealthy: Bool { families.values.allSatisfy(\.isHealthy) }

    /// The answer at `/healthz`: whether the node takes traffic.
    public func healthz(now: Timestamp) -> PlainAnswer { answer(isHealthy && isEligible, tellsEligible: true, now) }

    /// The answer at `/livez`: whether the proxy does its work, whatever becomes of the node.
    public func livez(now: Timestamp) -> PlainAnswer { answer(isHealthy, tellsEligible: false, now) }

    private func answer(_ isWell: Bool, tellsEligible: Bool, _ now: Timestamp) -> PlainAnswer {
        let last = families.values.map(\.lastUpdated).max() ?? now
        let status = families.sorted { $0.key < $1.key }.map { name, health in
            "\"\(name)\":{\"lastUpdated\":\"\(health.lastUpdated.exactText)\",\"healthy\":\(health.isHealthy)}"
        }
        // What is well counts as updated just now, though nothing may have changed for hours.
        var fields = [
            "\"lastUpdated\":\"\((isWell ? now : last).exactText)\"", "\"currentTime\":\"\(now.exactText)\"",
        ]
        if tellsEligible { fields.append("\"nodeEligible\":\(isEligible)") }
        // `healthy` tells of the rules alone, as kube-proxy's does.
        fields.append("\"healthy\":\(isHealthy)")
        if !status.isEmpty { fields.append("\"status\":{\(status.joined(separator: ","))}") }
        return PlainAnswer(isWell ? 200 : 503, type: "application/json", "{\(fields.joined(separator: ","))}")
    }
}

extension PlainAnswer {
    /// The answer at a Service's health check port of one node (D82, D83).
    /// - Parameter localEndpoints: how many endpoints of the Service are on the node, ready and not about to end.
    public static func serviceHealth(
        namespace: String, name: String, localEndpoints: Int, isProxyHealthy: Bool
    ) -> PlainAnswer {
        let body = """
            {
            \t"service": {
            \t\t"namespace": "\(namespace)",
            \t\t"name": "\(name)"
            \t},
            \t"localEndpoints": \(localEndpoints),
            \t"serviceProxyHealthy": \(isProxyHealthy)
            }
            """
        return PlainAnswer(
            localEndpoints > 0 && isProxyHealthy ? 200 : 503, type: "application/json", body,
            more: [Header("X-Load-Balancing-Endpoint-Weight", "\(localEndpoints)")])
    }
}

extension Timestamp {
    /// As Go writes a moment: RFC 3339 with as many digits of the second as are needed.
    var exactText: String {
        let whole = Timestamp(seconds: seconds).description
        guard nanoseconds > 0, whole.hasSuffix("Z") else { return whole }
        var digits = String(nanoseconds)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole.dropLast()).\(digits)Z"
    }
}
