// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// The end of a program that a test ran.
struct Ran: Sendable, CustomStringConvertible {
    let code: Int32
    let output: String
    let errors: String
    var description: String { "exit code \(code)\n\(output.prefix(2000))\n\(errors.prefix(2000))" }
    /// The output's lines, without the last end.
    var lines: [String] { output.split(separator: "\n").map(String.init) }
    /// The output as JSON.
    var json: Any? { try? JSONSerialization.jsonObject(with: Data(output.utf8), options: [.fragmentsAllowed]) }
}

/// Runs a program to its end; it is killed when it takes longer than any sane run.
@discardableResult
func run(
    _ program: String, _ arguments: [String], seconds: Int = 60, input: String? = nil,
    environment: [String: String] = [:]
) throws -> Ran {
    let process = Process()
    if !environment.isEmpty {
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    }
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["timeout", "--kill-after=5", "\(seconds)", program] + arguments
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    if let input {
        let pipe = Pipe()
        process.standardInput = pipe
        try process.run()
        try? pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try? pipe.fileHandleForWriting.close()
    } else {
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }
    let collected = Collected()
    let reader = Thread { collected.set(errors.fileHandleForReading.readDataToEndOfFile()) }
    reader.start()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Ran(code: process.terminationStatus, output: text, errors: collected.text())
}

/// Bytes that another thread reads.
private final class Collected: @unchecked Sendable {
    // Guarded by the condition.
    private let condition = NSCondition()
    private var data: Data?

    func set(_ new: Data) {
        condition.lock()
        data = new
        condition.broadcast()
        condition.unlock()
    }

    func text() -> String {
        condition.lock()
        defer { condition.unlock() }
        while data == nil { condition.wait() }
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}

/// The lab program under test.
enum LabProgram {
    /// The repository.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static let path = ProcessInfo.processInfo.environment["LAB_BINARY"] ?? "\(root)/.build/programs/lab"

    @discardableResult
    static func run(
        _ arguments: [String], seconds: Int = 60, input: String? = nil, environment: [String: String] = [:]
    ) throws -> Ran {
        try LabTests.run(path, arguments, seconds: seconds, input: input, environment: environment)
    }

    /// True if the machine has a kubectl.
    static let hasKubectl = (try? LabTests.run("kubectl", ["version", "--client"]))?.code == 0

    /// Why labs cannot be tested here; nil if they can.
    static var missing: String? {
        if geteuid() != 0 { return "root" }
        if !FileManager.default.isExecutableFile(atPath: path) { return "the program \(path): scripts/build" }
        return nil
    }
}
