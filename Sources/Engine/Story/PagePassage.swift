// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
public import Linux
internal import Server

/// The way from the user's own loopback to the web page of a lab, whichever network namespace its daemon is in.
public final class PagePassage: Sendable {
    /// Where the page is, with the token.
    public let link: String
    private let relay: PageRelay

    /// Opens it.
    /// - Parameters:
    ///   - socket: a TCP socket at 127.0.0.1 that listens.
    ///   - hear: gets the sentence that says that the daemon was replaced.
    public init(_ paths: LabPaths, from socket: consuming Descriptor, hear: @escaping @Sendable (String) -> Void)
        async throws
    {
        let page = try ControlClient(paths, hear: hear).ask(["verb": "ui"])
        let raw = socket.release()
        link = "http://127.0.0.1:\(TCPSocket.port(raw))/?token=\(page.text("token"))"
        relay = PageRelay(to: page.text("socket")) {
            // The daemon may have been killed: another one takes the lab over, and serves the page again.
            _ = try? ControlClient(paths, hear: hear).ask(["verb": "ui"])
        }
        try await relay.listen(on: raw)
    }
}
