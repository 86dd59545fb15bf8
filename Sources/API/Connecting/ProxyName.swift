// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Whom a proxy request is for: `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`.
struct ProxyName: Sendable, Hashable {
    /// True for `https`.
    var isTLS = false
    var name: String
    /// A number or a name; empty if none is given.
    var port = ""

    /// - Parameter kind: the word for it in errors, as `service`.
    init(_ text: String, _ kind: String) throws(Status) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1: name = parts[0]
        case 2: (name, port) = (parts[0], parts[1])
        case 3 where ["", "http", "https"].contains(parts[0]):
            (isTLS, name, port) = (parts[0] == "https", parts[1], parts[2])
        default: throw Self.refusal(text, kind)
        }
        if name.isEmpty { throw Self.refusal(text, kind) }
    }

    private static func refusal(_ text: String, _ kind: String) -> Status {
        Status(.badRequest, "invalid \(kind) request \"\(text)\"")
    }
}
