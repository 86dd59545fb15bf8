// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux

/// The examination by someone who is not root, started by root: whether users of this machine can have labs.
enum OtherUser {
    /// `nobody`, who owns nothing.
    private static let user: UInt32 = 65534

    /// Runs this program's own examination as that user.
    static func examine() -> Examination.Finding {
        let subject = Examination.rootless
        let findings: [Examination.Finding]
        do { findings = try ask() } catch {
            return Examination.Finding(subject, .optional, "\(error)", fix: "try it as that user: lab doctor")
        }
        guard let found = findings.first(where: { $0.subject == subject }) else {
            return Examination.Finding(subject, .optional, "it could not be tried", fix: "as a user: lab doctor")
        }
        guard found.verdict == .missing else { return Examination.Finding(subject, .present, "tried as user \(user)") }
        let fixes = findings.filter { $0.verdict == .missing && !$0.fix.isEmpty }.map(\.fix)
        return Examination.Finding(
            subject, .optional, "tried as user \(user): \(found.detail)", fix: fixes.joined(separator: "; "))
    }

    private static func ask() throws -> [Examination.Finding] {
        let (process, output) = try start()
        guard process.hasEnded(within: 20_000) else {
            try process.signal(Program.kill)
            process.wait()
            throw LabError("its examination did not end")
        }
        process.wait()
        // The text is small: the pipe has room for all of it.
        return try Value(json: try File.bytes(output.raw, "the examination")).elements.map { Examination.Finding($0) }
    }

    /// Starts it, and gives the end of the pipe that its findings come from: the only one left.
    private static func start() throws(KernelError) -> (ChildProcess, SharedDescriptor) {
        let program = SharedDescriptor(try Descriptor.openPath("/proc/self/exe"))
        let pipe = try Pipe()
        var options = ProcessOptions(.file(program, name: "lab"))
        options.arguments = ["doctor", "-o", "json"]
        options.environment = Program.environment.filter { !$0.hasPrefix("SUDO_") }
        options.streams = .pipes(input: nil, output: pipe.writing, errors: try LogFile.open("/dev/null"))
        options.privileges = .none(user: user)
        options.directory = "/"
        return (try ContainerProcess.spawn(options), pipe.reading)
    }
}
