// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import FoundationEssentials
internal import Kubernetes
internal import NIOHTTP1

/// Another protocol that takes the connection over, and what was agreed about it.
struct Upgrade: Sendable {
    /// The protocols that kubectl speaks.
    enum Kind: Sendable {
        case webSocket
        case spdy
    }

    let kind: Kind
    /// The protocol inside: the WebSocket's subprotocol, or the version of SPDY's streams; empty for none.
    let inner: String
    /// The header fields of the answer 101.
    let headers: HTTPHeaders

    /// The versions of the streams of a process over SPDY, best first.
    static let sessionProtocols = [
        "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io",
    ]
    /// The one version of forwarded ports over SPDY.
    static let portForward = "portforward.k8s.io"
    /// Forwarded ports over SPDY that goes through a WebSocket.
    static let tunnelledPortForward = "SPDY/3.1+portforward.k8s.io"

    /// Reads from a request what the client wants.
    /// - Parameters:
    ///   - spdy: what can be inside SPDY, best first.
    ///   - webSocket: what can be inside a WebSocket, best first.
    /// - Throws: what a client is told that asks for neither, or for nothing that is known.
    init(_ head: HTTPRequestHead, spdy: [String], webSocket: [String]) throws(Status) {
        let asked = head.headers[canonicalForm: "Upgrade"].map { $0.lowercased() }
        guard head.headers[canonicalForm: "Connection"].contains(where: { $0.lowercased() == "upgrade" }) else {
            throw Status(.badRequest, "Upgrade request required")
        }
        if asked.contains("websocket") {
            try self.init(webSocket: head.headers, webSocket)
        } else if asked.contains("spdy/3.1") {
            try self.init(spdy: head.headers, spdy)
        } else {
            throw Status(.badRequest, "Upgrade request required")
        }
    }

    private init(spdy headers: HTTPHeaders, _ known: [String]) throws(Status) {
        let offered = headers[canonicalForm: "X-Stream-Protocol-Version"].map(String.init)
        // A client that offers nothing means the first version.
        guard let inner = known.first(where: offered.contains) ?? (offered.isEmpty ? known.last : nil) else {
            let text =
                "unable to upgrade: unable to negotiate protocol: client supports \(offered), server supports \(known)"
            throw Status(.forbidden, text)
        }
        kind = .spdy
        self.inner = inner
        self.headers = [
            "Connection": "Upgrade", "Upgrade": "SPDY/3.1", "X-Stream-Protocol-Version": inner,
        ]
    }

    /// The opening handshake of RFC 6455, section 4.2.
    private init(webSocket headers: HTTPHeaders, _ known: [String]) throws(Status) {
        guard headers[canonicalForm: "Sec-WebSocket-Version"].contains("13") else {
            throw Status(.badRequest, "the WebSocket's version must be 13")
        }
        guard let key = headers.first(name: "Sec-WebSocket-Key"), Data(base64Encoded: key)?.count == 16 else {
            throw Status(.badRequest, "the WebSocket's key must be 16 bytes in base64")
        }
        let offered = Credentials.subprotocols(headers)
        guard let inner = known.first(where: offered.contains) ?? (offered.isEmpty ? "" : nil) else {
            throw Status(.badRequest, "none of the subprotocols \(offered) is known; these are: \(known)")
        }
        let digest = Insecure.SHA1.hash(data: Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
        kind = .webSocket
        self.inner = inner
        var answer: HTTPHeaders = [
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Accept": Data(digest).base64EncodedString(),
        ]
        if !inner.isEmpty { answer.add(name: "Sec-WebSocket-Protocol", value: inner) }
        self.headers = answer
    }
}
