// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The path of a request, taken apart at its slashes.
struct RequestPath: Sendable, Hashable {
    /// The decoded parts between the slashes; those at both ends are left out if they are empty.
    let parts: [String]
    private let encoded: [Substring]

    /// - Throws: `BadRequest` for a path that is no text, or that begins without a slash.
    init(_ path: String) throws(Status) {
        guard path.hasPrefix("/") else { throw Status(.badRequest, "a path begins with a slash") }
        var encoded = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        self.encoded = encoded
        if encoded.last?.isEmpty == true { encoded.removeLast() }
        var parts: [String] = []
        for part in encoded {
            guard let text = Self.decoded(part) else {
                throw Status(.badRequest, "invalid URL escape in the path of the request")
            }
            parts.append(text)
        }
        self.parts = parts
    }

    /// What follows the first so many parts, as it was sent, from its slash on; empty if nothing follows.
    func rest(after count: Int) -> String {
        encoded.count > count ? encoded[count...].map { "/" + $0 }.joined() : ""
    }

    /// The text of a percent-encoded part (RFC 3986, section 2.1); nil if it is not UTF-8.
    static func decoded(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
