// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

/// What passes in a namespace, written down by tcpdump from the end of `init` to `packets`.
final class Capture {
    private let process = Process()
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("capture-\(UUID().uuidString)")
    private var text: String { (try? String(contentsOf: folder.appendingPathComponent("out"), encoding: .utf8)) ?? "" }

    /// Starts to write down what passes where a command runs that begins with these words: `ip netns exec NAME`, or none
    /// for the machine's own namespace.
    init(_ place: [String], interface: String) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["out", "errors"] {
            try Data().write(to: folder.appendingPathComponent(name))
        }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = place + ["tcpdump", "-Z", "root", "-i", interface, "-nn", "-l", "--immediate-mode", "-t"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: folder.appendingPathComponent("out"))
        let errors = folder.appendingPathComponent("errors")
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        try Capture.wait("tcpdump listens") {
            (try? String(contentsOf: errors, encoding: .utf8))?.contains("listening on") == true
        }
    }

    deinit {
        // A test's child has all other signals blocked.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The packets until one with the mark, a line each: what came before it is written down before it.
    func packets(until mark: String) throws -> [String] {
        try Capture.wait("\(mark) passes") { text.contains(mark) }
        return text.split(separator: "\n").map(String.init)
    }

    /// True if the machine has what it takes.
    static let isPossible = (try? run("sh", ["-c", "command -v tcpdump"]))?.code == 0

    private static func wait(_ what: String, _ condition: () -> Bool) throws {
        let deadline = Date().addingTimeInterval(10)
        while Date() < deadline {
            if condition() { return }
            usleep(5000)
        }
        throw LabUnderTest.Failure(description: "not within 10 s: \(what)")
    }
}
