// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import NIOHTTP1

/// The bearer token that came with a request.
enum Credentials {
    /// Browsers, which cannot set header fields of a WebSocket, send the token as one of its subprotocols.
    private static let subprotocol = "base64url.bearer.authorization.k8s.io."

    /// The token; nil if the request has none.
    static func token(_ headers: HTTPHeaders) -> String? {
        if let field = headers.first(name: "Authorization") {
            let parts = field.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            let token = parts[1].drop { $0 == " " }
            return token.isEmpty ? nil : String(token)
        }
        return headers[canonicalForm: "Sec-WebSocket-Protocol"].first { $0.hasPrefix(subprotocol) }
            .flatMap { decoded(String($0.dropFirst(subprotocol.count))) }
    }

    /// The subprotocols that are offered, without the one that is a token.
    static func subprotocols(_ headers: HTTPHeaders) -> [String] {
        headers[canonicalForm: "Sec-WebSocket-Protocol"].map(String.init).filter { !$0.hasPrefix(subprotocol) }
    }

    /// Base64 with the alphabet for URLs, padded or not (RFC 4648, section 5).
    private static func decoded(_ text: String) -> String? {
        let padded = text.replacing("-", with: "+").replacing("_", with: "/").replacing("=", with: "")
        let padding = String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4)
        return Data(base64Encoded: padded + padding).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
