// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

/// Someone who is not root, without an account, a group or a home, who runs the program under test.
final class UnprivilegedUser: Sendable {
    let number: UInt32
    /// A folder of the user's own.
    let home: String
    /// Where everybody can reach the programs.
    private let programs: String
    /// What is before each command: how it comes to run as the user.
    private let before: [String]

    /// Each user is another, so that nobody finds another's session.
    init(number: UInt32 = .random(in: 200_000..<2_000_000_000), before: [String] = []) throws {
        self.number = number
        home = "/tmp/lab-test-user-\(number)"
        programs = "\(home)/programs"
        self.before = before
        let files = FileManager.default
        try files.createDirectory(atPath: programs, withIntermediateDirectories: true)
        let environment = ProcessInfo.processInfo.environment
        let folder = URL(fileURLWithPath: LabProgram.path).deletingLastPathComponent().path
        for (name, variable) in [
            ("lab", "LAB_BINARY"), ("lab-responder", "LAB_RESPONDER"), ("lab-responder-tls", "LAB_RESPONDER_TLS"),
        ] {
            // A hard link costs nothing, where the file system is the same and everybody may read the file.
            try files.copyItem(atPath: environment[variable] ?? "\(folder)/\(name)", toPath: "\(programs)/\(name)")
            chmod("\(programs)/\(name)", 0o755)
        }
        chmod(programs, 0o755)
        chmod(home, 0o755)
        chown(home, number, number)
    }

    deinit { try? FileManager.default.removeItem(atPath: home) }

    /// Runs any program as the user.
    @discardableResult
    func run(_ words: [String], seconds: Int = 60, input: String? = nil) throws -> Ran {
        let identity = ["setpriv", "--reuid", "\(number)", "--regid", "\(number)", "--clear-groups", "env"]
        let environment = [
            "HOME=\(home)", "LAB_RESPONDER=\(programs)/lab-responder",
            "LAB_RESPONDER_TLS=\(programs)/lab-responder-tls",
        ]
        let all = before + identity + environment + words
        return try LabTests.run(all[0], Array(all.dropFirst()), seconds: seconds, input: input)
    }

    /// Runs `lab`.
    @discardableResult
    func lab(_ arguments: String..., seconds: Int = 60, input: String? = nil) throws -> Ran {
        try run(["\(programs)/lab"] + arguments, seconds: seconds, input: input)
    }

    /// The same, which must succeed.
    func text(_ arguments: String..., input: String? = nil) throws -> String {
        let ran = try run(["\(programs)/lab"] + arguments, input: input)
        guard ran.code == 0 else {
            throw LabUnderTest.Failure(description: "lab \(arguments.joined(separator: " ")): \(ran)")
        }
        return ran.output
    }

    /// `lab status`.
    func status(_ lab: String) throws -> [String: Any] {
        let text = try text("status", "--lab", lab, "-o", "json")
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// Everything that a session leaves on the machine while it is there; waits a moment for init to reap.
    func remains() throws -> String {
        var found = ""
        for _ in 0..<40 {
            let processes = try LabTests.run("ps", ["-o", "pid=,stat=,args=", "-u", "\(number)"]).lines.filter {
                !$0.contains("<defunct>")
            }
            let folder = try LabTests.run("sh", ["-c", "ls -d /tmp/lab-\(number) 2>/dev/null || true"]).lines
            found = (processes + folder).joined(separator: "\n")
            if found.isEmpty { return "" }
            usleep(25_000)
        }
        return found
    }

    /// Why no user can have a session here; nil if they can.
    static let missing: String? = {
        guard
            let ran = try? LabTests.run(
                "setpriv",
                [
                    "--reuid", "65534", "--regid", "65534", "--clear-groups", "unshare", "--user", "--map-root-user",
                    "true",
                ])
        else { return "setpriv" }
        return ran.code == 0 ? nil : "user namespaces for users: \(ran.errors)"
    }()
}
