// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// How a list or watch is wanted, as the query says. The corresponding Go type is `metav1.ListOptions`.
struct ListOptions: Sendable, Hashable {
    /// The values of `resourceVersionMatch`.
    enum Match: String, Sendable, Hashable {
        case exact = "Exact"
        case notOlderThan = "NotOlderThan"
    }

    /// `resourceVersion`; nil if it is not given, 0 for any.
    var revision: UInt64?
    /// `resourceVersionMatch`.
    var match: Match?
    /// `limit`; nil for all at once.
    var limit: Int?
    /// `continue`; empty for the beginning.
    var continuation = ""
    /// `sendInitialEvents`; nil if it is not given.
    var sendsInitialEvents: Bool?
    /// `allowWatchBookmarks`.
    var allowsBookmarks = false
    /// `timeoutSeconds`; nil if the server is to choose.
    var timeoutSeconds: Int?

    init(_ request: Request, isWatch: Bool) throws(Status) {
        try readNumbers(request)
        if let text = request.parameter("resourceVersion"), !text.isEmpty {
            guard let number = UInt64(text), text.utf8.first != UInt8(ascii: "+") else {
                throw Self.badRevision(text)
            }
            revision = number
        }
        continuation = request.parameter("continue") ?? ""
        allowsBookmarks = request.flag("allowWatchBookmarks")
        if request.parameter("sendInitialEvents") != nil { sendsInitialEvents = request.flag("sendInitialEvents") }
        let word = request.parameter("resourceVersionMatch") ?? ""
        let problems = isWatch ? watchProblems(word) : listProblems(word)
        guard problems.isEmpty else { throw .invalidOptions("ListOptions", problems) }
        match = Match(rawValue: word)
    }

    private mutating func readNumbers(_ request: Request) throws(Status) {
        for name in ["limit", "timeoutSeconds"] {
            guard let text = request.parameter(name), !text.isEmpty else { continue }
            guard let number = Int64(text) else {
                throw Status(
                    .badRequest, "strconv.ParseInt: parsing \"\(text)\": invalid syntax")
            }
            guard number > 0 else { continue }
            if name == "limit" { limit = Int(number) } else { timeoutSeconds = Int(min(number, 86_400)) }
        }
    }

    private func listProblems(_ match: String) -> [Problem] {
        var problems: [Problem] = []
        if !match.isEmpty {
            if revision == nil {
                problems.append(forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided"))
            }
            problems += continueProblems
            if Match(rawValue: match) == nil {
                problems.append(unsupported(match, #""Exact", "NotOlderThan", """#))
            }
            if match == "Exact", revision == 0 {
                problems.append(forbidden("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""))
            }
        }
        if sendsInitialEvents != nil {
            problems.append(Problem("sendInitialEvents", .forbidden, "sendInitialEvents is forbidden for list"))
        }
        return problems
    }

    private func watchProblems(_ match: String) -> [Problem] {
        var problems: [Problem] = []
        if sendsInitialEvents != nil, match != "NotOlderThan" {
            problems.append(forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
        }
        guard !match.isEmpty else { return problems }
        if sendsInitialEvents == nil {
            problems.append(
                forbidden("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
        }
        if match != "NotOlderThan" { problems.append(unsupported(match, #""NotOlderThan""#)) }
        return problems + continueProblems
    }

    private var continueProblems: [Problem] {
        continuation.isEmpty ? [] : [forbidden("resourceVersionMatch is forbidden when continue is provided")]
    }

    private func forbidden(_ detail: String) -> Problem { Problem("resourceVersionMatch", .forbidden, detail) }

    private func unsupported(_ value: String, _ supported: String) -> Problem {
        Problem("resourceVersionMatch", .notSupported, value: "\"\(value)\"", "supported values: \(supported)")
    }

    private static func badRevision(_ text: String) -> Status {
        Status(
            .badRequest,
            "invalid resource version: resourceVersion: Invalid value: \"\(text)\": "
                + "strconv.ParseUint: parsing \"\(text)\": invalid syntax")
    }
}

extension Status {
    /// Query parameters are wrong; the kind is that of Go's type for them, as `ListOptions`.
    static func invalidOptions(_ kind: String, _ problems: [Problem]) -> Status {
        let texts = problems.map(\.description)
        let all = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        var details = Details(group: "meta.k8s.io", kind: kind)
        details.causes = problems.map { Cause(reason: $0.reason.rawValue, message: $0.body, field: $0.path) }
        return Status(.invalid, "\(kind).meta.k8s.io \"\" is invalid: \(all)", details)
    }

    /// A resourceVersion that is yet to come.
    static func tooLarge(_ revision: UInt64, _ current: UInt64) -> Status {
        var details = Details()
        details.causes = [Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version")]
        details.retryAfterSeconds = 1
        return Status(.timeout, "Too large resource version: \(revision), current: \(current)", details)
    }

    /// A resourceVersion of which the history is forgotten.
    static func tooOld(_ revision: UInt64, _ oldest: UInt64) -> Status {
        Status(.expired, "too old resource version: \(revision) (\(oldest))")
    }
}
