// SPDX-License-Identifier: Apache-2.0

/// Who may use the page: whoever has the token, from the page itself.
///
/// The token comes in the link once, and becomes a cookie that no script reads and no other site's request carries. The
/// loopback is shared with other programs and other pages, which browsers do not keep apart by their ports, so that each request is held
/// against what a browser says of where it comes from, too.
public struct PageGuard: Sendable {
    private let token: String
    private let cookie: String
    private let secrets: Tokens

    /// What becomes of a request.
    public enum Verdict: Sendable, Hashable {
        /// It is to be answered.
        case passes
        /// This is its answer.
        case ends(PlainAnswer)
    }

    /// - Parameters:
    ///   - name: the lab's: pages of several labs have cookies of their own.
    ///   - token: the secret.
    public init(lab name: String, token: String) {
        self.token = token
        cookie = "lab-\(name)"
        secrets = Tokens(secret: Array(Tokens.random().utf8))
    }

    /// Looks at a request.
    public func judge(_ request: PageRequest) -> Verdict {
        if request.path == "/", request.method == "GET", let given = request.query["token"] {
            return .ends(isRight(given) ? entrance : PageGuard.unknown)
        }
        guard isKnown(request) else { return .ends(PageGuard.unknown) }
        guard ["GET", "HEAD", "POST"].contains(request.method) else {
            return .ends(.text("the page's server takes GET, HEAD and POST\n", status: 405))
        }
        if let reason = foreignness(request) { return .ends(.text(reason + "\n", status: 403)) }
        // A form of another site can send no JSON without asking first.
        let type = (request.headers["content-type"] ?? "").lowercased().prefix { $0 != ";" }
        guard request.method != "POST" || type == "application/json" else {
            return .ends(.text("the body is to be JSON (Content-Type: application/json)\n", status: 415))
        }
        return .passes
    }

    /// Nothing is said to whoever is not known.
    static let unknown = PlainAnswer(status: 401, headers: [], body: "")

    /// Gives the cookie, and leads to the page without the token in its address.
    private var entrance: PlainAnswer {
        PlainAnswer(
            status: 303,
            headers: [
                PlainAnswer.Header("Set-Cookie", "\(cookie)=\(token); Path=/; HttpOnly; SameSite=Strict"),
                PlainAnswer.Header("Location", "/"), PlainAnswer.Header("Cache-Control", "no-store"),
                PlainAnswer.Header("Referrer-Policy", "no-referrer"),
            ], body: "")
    }

    private func isKnown(_ request: PageRequest) -> Bool {
        if let given = request.headers["authorization"], given.hasPrefix("Bearer ") {
            return isRight(String(given.dropFirst("Bearer ".count)))
        }
        let cookies = (request.headers["cookie"] ?? "").split(whereSeparator: { $0 == ";" || $0 == "," })
        return cookies.contains { text in
            let words = text.split(separator: "=", maxSplits: 1)
            return words.count == 2 && words[0].drop { $0 == " " } == cookie && isRight(String(words[1]))
        }
    }

    private func isRight(_ given: String) -> Bool { secrets.isSame(given, token) }

    /// Why a request is none of the page's own; nil if it may be.
    private func foreignness(_ request: PageRequest) -> String? {
        let host = request.headers["host"] ?? ""
        guard PageGuard.isLoopback(host) else {
            return "the page is at 127.0.0.1 and localhost, and has no other name"
        }
        if let origin = request.headers["origin"], origin != "http://\(host)" {
            return "another page may not use this one"
        }
        if let site = request.headers["sec-fetch-site"], !["same-origin", "none"].contains(site) {
            return "another page may not use this one"
        }
        return nil
    }

    private static func isLoopback(_ host: String) -> Bool {
        for name in ["127.0.0.1", "localhost", "[::1]"] where host.hasPrefix(name) {
            let rest = host.dropFirst(name.count)
            if rest.isEmpty || rest.first == ":" && rest.dropFirst().allSatisfy(\.isNumber) { return true }
        }
        return false
    }
}
