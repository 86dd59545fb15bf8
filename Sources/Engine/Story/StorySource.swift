// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux

/// The lines of a running lab's story, as they come.
public final class StorySource: Sendable {
    private let stream: LineStream

    /// Begins to listen to a lab.
    /// - Parameter hear: gets the sentence that says that its daemon was replaced.
    public init(_ paths: LabPaths, hear: (String) -> Void = { _ in }) throws {
        let page = try ControlClient(paths, hear: hear).ask(["verb": "ui"])
        stream = try LineStream.connect(page.text("socket"))
        try stream.writeLine(
            "GET /story HTTP/1.0\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n"
                + "Authorization: Bearer \(page.text("token"))\r\n\r")
        let status = String(decoding: try stream.readLine() ?? [], as: UTF8.self)
        guard status.hasPrefix("HTTP/1.") && status.contains(" 200 ") else {
            throw LabError("the lab \(paths.lab) does not tell its story: \(status)")
        }
        while let line = try stream.readLine(), line != [UInt8(ascii: "\r")] {}
    }

    /// The next line; nil when no more come.
    public func next() throws -> [UInt8]? { try stream.readLine() }

    /// Listens no more; whoever waits for a line gets none.
    public func end() { stream.end() }
}
