// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
public import Linux

/// What `lab doctor` finds: each thing is tried, in a namespace of its own that ends with the trial.
///
/// First comes what can be had here (labs, isolated ones, without root), then what they need, then what some need.
public enum Examination {
    /// One thing that a lab needs, or can do without.
    public struct Finding: Sendable {
        /// How it stands with it.
        public enum Verdict: String, Sendable { case present, missing, optional }
        /// What was looked at.
        public var subject: String
        /// How it stands.
        public var verdict: Verdict
        /// What was found, or what the kernel said.
        public var detail: String
        /// What to do about it.
        public var fix: String

        init(_ subject: String, _ verdict: Verdict, _ detail: String = "", fix: String = "") {
            self.subject = subject
            self.verdict = verdict
            self.detail = detail
            self.fix = fix
        }

        init(_ value: Value) {
            self.init(
                value["subject"]?.string ?? "", Verdict(rawValue: value["verdict"]?.string ?? "") ?? .missing,
                value["detail"]?.string ?? "", fix: value["fix"]?.string ?? "")
        }

        /// As JSON.
        public var value: Value {
            [
                "subject": .string(subject), "verdict": .string(verdict.rawValue), "detail": .string(detail),
                "fix": .string(fix),
            ]
        }
    }

    /// The subjects of the first findings: what can be had.
    static let (joined, isolated, rootless) =
        ("labs that this machine reaches", "isolated labs", "isolated labs without root")

    /// Tries everything; changes nothing that stays.
    /// - Parameters:
    ///   - refusal: why a user who is not root could not enter a session; nil if they are root, or did.
    ///   - asUser: false leaves out whether others can have labs.
    public static func run(refusal: KernelError? = nil, asUser: Bool = true) -> [Finding] {
        guard refusal == nil, Program.isRoot else { return refused(refusal) + Trials.tools() }
        let needed = Trials.needed()
        let lacking = needed.filter { $0.verdict == .missing }
        return summary(lacking, asUser: asUser) + needed + Trials.wanted() + Trials.tools()
    }

    /// What can be had here.
    private static func summary(_ lacking: [Finding], asUser: Bool) -> [Finding] {
        let names = lacking.map(\.subject).joined(separator: ", ")
        let verdict = lacking.isEmpty ? Finding.Verdict.present : .missing
        let detail = names.isEmpty ? "" : "this is missing: \(names)"
        guard !UserSession.isEntered else {
            return [
                Finding(joined, .optional, "only root has them", fix: "sudo lab up FILE"),
                Finding(isolated, verdict, detail), Finding(rootless, verdict, detail), Trials.users(),
            ]
        }
        return [Finding(joined, verdict, detail), Finding(isolated, verdict, detail)]
            + (asUser ? [OtherUser.examine()] : [])
    }

    /// For a user who can have no session here.
    private static func refused(_ refusal: KernelError?) -> [Finding] {
        let found = SessionObstacle.all()
        let settings = found.map(\.setting).joined(separator: ", ")
        let fix =
            found.isEmpty
            ? "sudo lab doctor says whether root can have labs" : found.map(\.remedy).joined(separator: "; ")
        let detail = refusal.map(\.description) ?? "no session was entered"
        return [
            Finding(joined, .optional, "only root has them", fix: "sudo lab up FILE"),
            Finding(rootless, .missing, settings.isEmpty ? detail : "\(detail) (\(settings))", fix: fix),
        ]
    }
}
