// SPDX-License-Identifier: Apache-2.0
public import API
internal import Crypto
internal import FoundationEssentials
internal import Kubernetes

/// Bearer tokens of ServiceAccounts that need no list: each says whom it is for, signed with a secret of the lab's.
///
/// They are JSON Web Tokens (RFC 7519) signed with HMAC and SHA-256, with the claims that Kubernetes' own have, so that
/// programs that look into them find what they look for.
public struct Tokens: Sendable {
    private let key: SymmetricKey

    /// The tokens that are signed with a secret, which should have 32 random bytes.
    public init(secret: [UInt8]) { key = SymmetricKey(data: secret) }

    /// So many random bytes, as text in hexadecimal digits.
    public static func random(bytes count: Int = 32) -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// Whether two secrets are the same, in a time that tells nothing of where they differ.
    public func isSame(_ one: String, _ other: String) -> Bool {
        HMAC<SHA256>.authenticationCode(for: Array(one.utf8), using: key)
            == HMAC<SHA256>.authenticationCode(for: Array(other.utf8), using: key)
    }

    /// A token for a ServiceAccount.
    /// - Parameters:
    ///   - uid: the account's; an account made anew under its name has another, and this token is not for it.
    ///   - expires: seconds since 1970; nil for never.
    public func issue(namespace: String, name: String, uid: String, now: Int64, expires: Int64?) -> String {
        let user = User.serviceAccount(namespace: namespace, name: name, uid: uid)
        var claims: Value = [
            "iss": "https://kubernetes.default.svc.cluster.local", "sub": .string(user.name),
            "aud": ["https://kubernetes.default.svc.cluster.local"], "iat": .int(now), "nbf": .int(now),
            "kubernetes.io": [
                "namespace": .string(namespace), "serviceaccount": ["name": .string(name), "uid": .string(uid)],
            ],
        ]
        claims["exp"] = expires.map { .int($0) }
        let header: Value = ["alg": "HS256", "typ": "JWT"]
        let content = [header, claims].map { Tokens.encode(Array($0.json().utf8)) }.joined(separator: ".")
        return content + "." + Tokens.encode(signature(of: content))
    }

    /// Whom a token is for; nil if it was not issued here or is over.
    public func user(of token: String, now: Int64) -> User? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, token.utf8.count < 8192, let given = Tokens.decode(parts[2]) else { return nil }
        // Compares in constant time.
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                given, authenticating: Array("\(parts[0]).\(parts[1])".utf8), using: key),
            let payload = Tokens.decode(parts[1]), let claims = try? Value(json: payload),
            claims["exp"]?.int.map({ Int64($0) > now }) ?? true,
            let namespace = claims["kubernetes.io"]?["namespace"]?.string,
            let account = claims["kubernetes.io"]?["serviceaccount"], let name = account["name"]?.string
        else { return nil }
        return .serviceAccount(namespace: namespace, name: name, uid: account["uid"]?.string ?? "")
    }

    private func signature(of content: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(content.utf8), using: key))
    }

    /// Base64 with the alphabet for URLs and without padding (RFC 4648, section 5).
    private static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func decode(_ text: String) -> [UInt8]? {
        let padded = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4)
        return Data(base64Encoded: padded + padding).map(Array.init)
    }
}
