// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what this machine has and lacks for a lab, with the fix.",
        discussion:
            "EXAMPLES\n  lab doctor            what you can have\n  sudo lab doctor       what root can have, and whether others can\n\nNothing of the machine is changed. The exit code is 2 if a lab cannot run here."
    )
    @OptionGroup var output: OutputChoice

    func run() async throws {
        let findings = Examination.run(refusal: await Rootless.refusal)
        if output.output == .json {
            Terminal.print(Value.array(findings.map(\.value)).json(pretty: true))
        } else {
            for finding in findings {
                let sign =
                    switch finding.verdict {
                    case .present: Terminal.green("ok     ")
                    case .missing: Terminal.red("missing")
                    case .optional: "without"
                    }
                Terminal.print("\(sign)  \(finding.subject)\(finding.detail.isEmpty ? "" : ": \(finding.detail)")")
                if finding.verdict != .present, !finding.fix.isEmpty { Terminal.print("         → \(finding.fix)") }
            }
        }
        if findings.contains(where: { $0.verdict == .missing }) { throw ExitCode(2) }
    }
}
