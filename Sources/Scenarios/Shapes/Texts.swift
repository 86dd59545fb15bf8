// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

extension ObjectReference {
    /// Reads `KIND/NAME` or `KIND/NAMESPACE/NAME`; nil for any other text.
    /// - Parameter namespace: where the text names none.
    public init?(text: String, namespace: String = "default") {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 || parts.count == 3, TextForm.kind.problem(of: parts[0]) == nil else { return nil }
        guard parts[parts.count - 1].wholeMatch(of: /[a-z0-9]([-a-z0-9.:]*[a-z0-9])?/) != nil else { return nil }
        if parts.count == 3, TextForm.name.problem(of: parts[1]) != nil { return nil }
        self.init(
            kind: parts[0], namespace: parts.count == 3 ? parts[1] : namespace, name: parts[parts.count - 1])
    }
}

extension Location {
    /// Reads `host`, `edge`, `node-1`, `outside/visitor`, `pod/web-1`, `shop/web-1` or `pod/shop/web-1`; nil for any other
    /// text.
    public init?(text: String, namespace: String = "default") {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard 1...3 ~= parts.count,
            parts.allSatisfy({ $0.wholeMatch(of: /[a-z0-9]([-a-z0-9.]*[a-z0-9])?/) != nil })
        else { return nil }
        let isPod = ["pod", "pods", "po"].contains(parts[0])
        switch (parts.count, parts[0]) {
        case (1, "host"): self = .host
        case (1, "edge"): self = .edge
        case (1, let name): self = .node(name)
        case (2, "outside"): self = .outside(parts[1])
        case (2, _): self = isPod ? .pod(parts[1], namespace: namespace) : .pod(parts[1], namespace: parts[0])
        case _ where isPod: self = .pod(parts[2], namespace: parts[1])
        default: return nil
        }
    }
}

extension Check.Source {
    /// Reads `client`, `node`, an address, a range or a place; nil for any other text.
    init?(text: String) {
        switch text {
        case "client": self = .client
        case "node": self = .node
        default:
            if Address(text) != nil {
                self = .address(text)
            } else if Prefix(text) != nil {
                self = .range(text)
            } else if let location = Location(text: text) {
                self = .location(location)
            } else {
                return nil
            }
        }
    }
}

/// Texts with substitutions, as `http://${clusterIP:web}/`.
public enum Template {
    /// One `${KIND:SUBJECT}`.
    public struct Substitution: Sendable, Hashable, CustomStringConvertible {
        /// What is put in.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// A Service's cluster address: `${clusterIP:web}`, `${clusterIP:shop/web}`.
            case clusterIP
            /// A Service's node port: `${nodePort:web}`, `${nodePort:web/http}` for one of several.
            case nodePort
            /// A Service's address from its load balancer: `${externalIP:web}`.
            case externalIP
            /// A node's address: `${nodeIP:node-1}`.
            case nodeIP
            /// A Pod's address: `${podIP:pod/web-1}`, `${podIP:app=web}` for the first ready one.
            case podIP
            /// A system's outside: `${outsideIP:visitor}`.
            case outsideIP
        }

        /// What is put in.
        public var kind: Kind
        /// Whose.
        public var subject: String

        /// As it is written.
        public var description: String { "${\(kind.rawValue):\(subject)}" }
    }

    /// The text with every substitution replaced.
    /// - Parameter value: gives what a substitution stands for.
    public static func fill<Failure: Error>(
        _ text: String, _ value: (Substitution) throws(Failure) -> String
    ) throws(Failure) -> String {
        var filled = ""
        var rest = text[...]
        while let match = rest.firstMatch(of: /\$\{([^}:]*):([^}]*)\}/) {
            filled += rest[..<match.range.lowerBound]
            if let kind = Substitution.Kind(rawValue: String(match.1)) {
                filled += try value(Substitution(kind: kind, subject: String(match.2)))
            } else {
                filled += match.0
            }
            rest = rest[match.range.upperBound...]
        }
        return filled + rest
    }

    /// The substitutions of a text, in order.
    public static func substitutions(in text: String) -> [Substitution] {
        var found: [Substitution] = []
        _ = fill(text) { substitution in
            found.append(substitution)
            return ""
        }
        return found
    }

    /// What is wrong with a text's substitutions; nil if nothing is.
    static func problem(of text: String) -> String? {
        let kinds = Substitution.Kind.allCases.map(\.rawValue)
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                return "a substitution begins with ${ and ends with }, as ${clusterIP:web}"
            }
            let inside = rest[start.upperBound..<end]
            let parts = inside.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard kinds.contains(parts[0]) else {
                let hint = Suggestion.closest(to: parts[0], among: kinds).map { "; did you mean ${\($0):…}?" } ?? ""
                return "there is no substitution ${\(inside)}; there are \(kinds.joined(separator: ", "))\(hint)"
            }
            guard parts.count == 2, !parts[1].isEmpty else {
                return "the substitution ${\(inside)} lacks a name, as ${\(parts[0]):web}"
            }
            rest = rest[rest.index(after: end)...]
        }
        return nil
    }
}

/// URLs as requests have them.
enum URLText {
    static func problem(of text: String) -> String? {
        if let problem = Template.problem(of: text) { return problem }
        let example = "as \"http://web.shop:8080/path\""
        // What is put in is an address or a number: one that is always good stands for it.
        let plain = Template.fill(text) { $0.kind == .nodePort ? "30000" : "10.0.0.1" }
        guard let match = plain.wholeMatch(of: /([A-Za-z][A-Za-z0-9+.\-]*):\/\/([^\/?#]*)([\/?#].*)?/) else {
            return "must be a URL with http:// or https://, \(example)"
        }
        guard match.1 == "http" || match.1 == "https" else {
            return "must begin with http:// or https://, not \(match.1)://"
        }
        guard !plain.contains(where: \.isWhitespace) else { return "must not have blanks in it, \(example)" }
        return authorityProblem(String(match.2), example)
    }

    private static func authorityProblem(_ authority: String, _ example: String) -> String? {
        if authority.contains("@") { return "must not have a user in it, \(example)" }
        if authority.hasPrefix("[") {
            guard let match = authority.wholeMatch(of: /\[([^\]]*)\](:.*)?/), Address(String(match.1))?.family == .v6
            else { return "must have an IPv6 address in its brackets, as \"http://[fd00::1]:80/\"" }
            return HostPortText.portProblem(match.2.map { String($0.dropFirst()) }, isNameGood: true)
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count > 2 { return "an IPv6 address stands in brackets, as \"http://[fd00::1]:80/\"" }
        if parts[0].isEmpty { return "must name a host, \(example)" }
        if let problem = TextForm.hostname.problem(of: parts[0]) { return "its host \(problem)" }
        return HostPortText.portProblem(parts.count == 2 ? parts[1] : nil, isNameGood: true)
    }
}

/// Where datagrams go.
enum HostPortText {
    static func problem(of text: String) -> String? {
        if let problem = Template.problem(of: text) { return problem }
        let plain = Template.fill(text) { $0.kind == .nodePort ? "30000" : "10.0.0.1" }
        guard let colon = plain.lastIndex(of: ":"), colon != plain.startIndex else {
            return "must be a host and a port, as \"web:53\" or \"${clusterIP:web}:53\""
        }
        let host = String(plain[..<colon])
        if host.hasPrefix("[") {
            guard host.hasSuffix("]"), Address(String(host.dropFirst().dropLast()))?.family == .v6 else {
                return "must have an IPv6 address in its brackets, as \"[fd00::1]:53\""
            }
        } else if let problem = TextForm.hostname.problem(of: host) {
            return "its host \(problem)"
        }
        return portProblem(String(plain[plain.index(after: colon)...]), isNameGood: true)
    }

    /// A number from 1 to 65535, or where one is good the name of a Service's port.
    static func portProblem(_ text: String?, isNameGood: Bool) -> String? {
        guard let text else { return nil }
        if let number = Int(text) { return 1...65535 ~= number ? nil : "its port must be between 1 and 65535" }
        if isNameGood, text.wholeMatch(of: /[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?/) != nil { return nil }
        return "its port must be a number from 1 to 65535, or a Service's name for it"
    }
}
