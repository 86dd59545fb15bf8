// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension WebRequest {
    /// The request with its substitutions replaced, in its URL, header fields and body.
    public func filled<Failure: Error>(
        _ value: (Template.Substitution) throws(Failure) -> String
    ) throws(Failure) -> WebRequest {
        var request = self
        request.url = try Template.fill(url, value)
        request.body = try Template.fill(body, value)
        for (name, text) in headers { request.headers[name] = try Template.fill(text, value) }
        return request
    }
}

extension Datagrams {
    /// The datagrams with their substitutions replaced.
    public func filled<Failure: Error>(
        _ value: (Template.Substitution) throws(Failure) -> String
    ) throws(Failure) -> Datagrams {
        var datagrams = self
        datagrams.to = try Template.fill(to, value)
        return datagrams
    }
}

extension Lookup {
    /// The question with its substitutions replaced.
    public func filled<Failure: Error>(
        _ value: (Template.Substitution) throws(Failure) -> String
    ) throws(Failure) -> Lookup {
        var lookup = self
        if let server { lookup.server = try Template.fill(server, value) }
        return lookup
    }
}

extension Check {
    /// The check with the substitutions of what it expects replaced: DNS answers, ends of ways, texts of rules, and where
    /// the walker's packet goes. Its traffic has its own (`WebRequest.filled`).
    public func filled<Failure: Error>(
        _ value: (Template.Substitution) throws(Failure) -> String
    ) throws(Failure) -> Check {
        var check = self
        for index in tests.indices {
            switch tests[index] {
            case .answers(let answers): check.tests[index] = .answers(try Self.filled(answers, value))
            case .ends(let ends): check.tests[index] = .ends(try Self.filled(ends, value))
            case .rules(.contains(let text)): check.tests[index] = .rules(.contains(try Template.fill(text, value)))
            case .rules(.lacks(let text)): check.tests[index] = .rules(.lacks(try Template.fill(text, value)))
            case .rules(.lines(let text?, let pattern, let count)):
                let filled = try Template.fill(text, value)
                check.tests[index] = .rules(.lines(contains: filled, matches: pattern, count))
            default: break
            }
        }
        if case .why(var walk) = subject {
            walk.to = try Template.fill(walk.to, value)
            check.subject = .why(walk)
        }
        return check
    }

    private static func filled<Failure: Error>(
        _ texts: [String], _ value: (Template.Substitution) throws(Failure) -> String
    ) throws(Failure) -> [String] {
        var filled: [String] = []
        for text in texts { filled.append(try Template.fill(text, value)) }
        return filled
    }
}
