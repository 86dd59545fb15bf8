// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Where the next part of a list begins, and as of which revision. Clients see it as an opaque word.
struct Continuation: Sendable, Hashable {
    /// The resourceVersion of the first part, as of which all parts are.
    var revision: UInt64
    /// Namespace and name of the last object that was given.
    var namespace: String
    var name: String

    init(revision: UInt64, after key: ObjectKey) {
        self.revision = revision
        namespace = key.namespace
        name = key.name
    }

    /// Reads the word.
    init(_ token: String) throws(Status) {
        guard token.utf8.count < 4096, let bytes = Base64.bytes(ofURLText: token), let value = try? Value(json: bytes),
            value["v"] == "meta.k8s.io/v1", let revision = value["rv"]?.int, revision > 0,
            let start = value["start"]?.string, start.hasSuffix("\0")
        else { throw Status(.badRequest, "continue key is not valid: invalid token") }
        let parts = start.dropLast().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw Status(.badRequest, "continue key is not valid: invalid token") }
        (self.revision, namespace, name) = (UInt64(revision), parts[0], parts[1])
    }

    /// The word.
    var token: String {
        let value: Value = [
            "v": "meta.k8s.io/v1", "rv": .int(Int64(clamping: revision)), "start": .string("\(namespace)/\(name)\0"),
        ]
        return Base64.urlText(of: value.jsonBytes())
    }
}
