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
        guard token.utf8.count < 4096, let bytes = Base64.bytes(token), let value = try? Value(json: bytes),
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
        return Base64.text(Array(value.json().utf8))
    }
}

/// Bytes as text, with the alphabet for URLs and without padding (RFC 4648, section 5).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var (bits, count) = (0, 0)
        for byte in bytes {
            bits = (bits << 8 | Int(byte)) & 0xffff
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[bits >> count & 63])
            }
        }
        if count > 0 { text.append(alphabet[bits << (6 - count) & 63]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes; nil if the text is no such text.
    static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, count) = (0, 0)
        for character in text.utf8 {
            guard let digit = alphabet.firstIndex(of: character) else { return nil }
            bits = (bits << 6 | digit) & 0xffff
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> count))
        }
        return bytes
    }
}
