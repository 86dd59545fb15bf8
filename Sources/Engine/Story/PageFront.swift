// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux
internal import Server

/// The web page of a lab, on a socket of the file system that root alone may open: `lab ui` passes on to it what comes to the
/// user's own loopback.
struct PageFront: Sendable {
    /// The socket.
    let path: String
    /// The secret in the link.
    let token: String
    private let server: PageServer

    /// Listens. A lab has the same token as long as it is up, whichever daemon it has.
    init(_ lab: Lab, _ paths: LabPaths) async throws {
        path = paths.page
        if let kept = try? File.read(paths.pageToken), kept.count >= 32 {
            token = kept
        } else {
            token = Tokens.random()
            try File.write(paths.pageToken, token, mode: 0o600)
        }
        server = PageServer(PageGuard(lab: paths.lab, token: token), LabPage(lab: lab))
        try File.remove(path)
        try await server.listen(on: LineListener.socket(at: path))
    }

    var value: Value { ["socket": .string(path), "token": .string(token)] }
}

extension Lab {
    /// The web page's server: where it listens, and the token.
    func openPage() async throws -> Value {
        let opening = page ?? Task { try await PageFront(self, paths) }
        page = opening
        do { return try await opening.value.value } catch {
            page = nil
            throw error
        }
    }
}
