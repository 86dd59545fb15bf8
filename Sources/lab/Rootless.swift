// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Linux

/// What makes a user who is not root the root of a session of their own, before the command does anything.
///
/// Afterwards no command needs to know who runs it. See docs/decisions/0023.
enum Rootless {
    /// Commands that make a session if the user has none; the others have nothing to say to one that is not there.
    private static let makers: Set<String> = ["test", "run", "doctor"]
    /// Commands that need none.
    private static let strangers: Set<String> = ["help", "schema", "--help", "-h", "--version"]

    /// Why `lab doctor` could not enter a session: a finding, not an error.
    @MainActor private(set) static var refusal: KernelError?

    /// Enters the user's session if they are not root. The first thing in the program, while it has one thread.
    @MainActor static func enterIfNeeded() {
        guard !Program.isRoot else { return UserSession.resume() }
        let words = CommandLine.arguments.dropFirst()
        guard let command = words.first, !strangers.contains(command), !meansRoots(words) else { return }
        UICommand.listenEarly(words)
        do throws(KernelError) {
            _ = try UserSession.own.enter(creating: makes(command, words))
        } catch {
            if command == "doctor" { return refusal = error }
            Terminal.note("Error: \(SessionObstacle.explain(error))")
            // What `lab test` says of a host that cannot is another number.
            Program.exit(command == "test" ? 3 : 2)
        }
    }

    private static func makes(_ command: String, _ words: ArraySlice<String>) -> Bool {
        guard !words.contains("--help"), !words.contains("-h") else { return false }
        return makers.contains(command) || command == "up" && words.contains("--isolated")
    }

    /// True for `lab kubectl` with a lab of root's, whose kubeconfig belongs to the user behind sudo.
    private static func meansRoots(_ words: ArraySlice<String>) -> Bool {
        guard words.first == "kubectl", !LabDirectory.all().isEmpty else { return false }
        guard let name = Kubectl.choice(words.dropFirst()).name else { return !UserSession.own.isThere }
        return LabDirectory.all().contains { $0.lab == name }
    }
}
