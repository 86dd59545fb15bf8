// SPDX-License-Identifier: Apache-2.0
import Foundation
import LabKit
import Testing

/// The end of a program that a test ran.
struct Ended: Sendable, CustomStringConvertible {
    let code: Int32
    let output: String
    let errors: String
    var description: String { "exit code \(code)\n\(output.prefix(3000))\n\(errors.prefix(3000))" }
}

/// The program `lab`, and a folder for a test's files.
final class Bench: Sendable {
    static let program =
        ProcessInfo.processInfo.environment["LAB_BINARY"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent(".build/programs/lab").path

    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("labkit-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Writes a file; gives its path.
    func write(_ name: String, _ text: String) throws -> String {
        let path = "\(folder)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }

    /// Starts `lab` with its output in files.
    func start(_ arguments: [String], _ program: String = Bench.program) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // Programs that tests start have all signals blocked; python's own does not pass that on.
        let unblocked =
            "import os, signal, sys; signal.pthread_sigmask(signal.SIG_SETMASK, []); os.execvp(sys.argv[1], sys.argv[1:])"
        process.arguments =
            ["python3", "-c", unblocked, "timeout", "--foreground", "--kill-after=5", "90", program] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        for name in ["out", "errors"] { _ = try write(name, "") }
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(folder)/out"))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(folder)/errors"))
        try process.run()
        return process
    }

    /// Runs `lab` to its end.
    func lab(_ arguments: String...) throws -> Ended { try end(start(arguments)) }

    /// Runs any program to its end.
    func run(_ program: String, _ arguments: String...) throws -> Ended { try end(start(arguments, program)) }

    func end(_ process: Process) throws -> Ended {
        process.waitUntilExit()
        return Ended(code: process.terminationStatus, output: try text("out"), errors: try text("errors"))
    }

    /// Labs that are there, by the names of their folders and namespaces that begin so.
    static func remains(_ prefix: String) -> [String] {
        ["/run/lab", "/run/netns"].flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.contains(prefix) }
        }
    }

    /// Waits until something is so; false if it is not in time.
    static func eventually(seconds: Double = 20, _ condition: () throws -> Bool) rethrows -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if try condition() { return true }
            usleep(10_000)
        }
        return false
    }
}

/// All tests that bring labs up by the program `lab`.
@Suite(.serialized, .enabled(if: Lab.obstacle == nil)) struct LabPrograms {}

/// Two versions of an app, two Pods each, and a Service that chooses blue.
let twoVersions = """
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec:
      type: LoadBalancer
      selector: {app: web, version: blue}
      ports: [{name: http, port: 80, targetPort: 8080}, {name: echo, port: 7, targetPort: 8081, protocol: UDP}]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: nobody}
    spec: {selector: {app: nobody}, ports: [{port: 80}]}
    \(["blue", "green"].map { version in
        """
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(version)}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web, version: \(version)}}
          template:
            metadata: {labels: {app: web, version: \(version)}}
            spec:
              terminationGracePeriodSeconds: 1
              containers: [{name: web, image: web, ports: [{containerPort: 8080}, {containerPort: 8081, protocol: UDP}]}]
        """
    }.joined(separator: "\n"))
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: client}
    spec: {containers: [{name: client, image: client, command: [sleep, infinity]}]}

    """

/// A Scenario document with these steps, two blanks before each line.
func scenario(_ name: String, modes: String = "nftables", _ steps: String) -> String {
    let lines = steps.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n")
    return """
        ---
        apiVersion: lab/v1
        kind: Scenario
        metadata: {name: \(name)}
        spec:
          modes: [\(modes)]
          timeout: 30s
          lab: {nodes: 2}
          steps:
        \(lines)

        """
}
