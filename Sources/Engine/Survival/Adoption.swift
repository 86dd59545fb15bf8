// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
internal import Linux

/// Labs whose daemon is gone, and the start of another one that takes them over.
public enum Adoption {
    /// Makes sure that a lab has a daemon that takes commands, if it can be had.
    public static func ensure(_ paths: LabPaths, hear: (String) -> Void = { _ in }) throws {
        if case .none = ControlClient.greeting(of: paths) { try adopt(paths, hear: hear) }
    }

    /// Has a new daemon take over a lab whose own is gone; nothing if it is there, or another command was first.
    /// - Parameter hear: gets the sentence that says so.
    /// - Returns: what the new daemon found; nil if there was nothing to do.
    @discardableResult
    public static func adopt(_ paths: LabPaths, hear: (String) -> Void = { _ in }) throws -> Value? {
        let started = Program.milliseconds()
        waitForEnd(paths)
        // As long as somebody takes a lab over, nobody else does, and nobody takes it away.
        let found = try File.locked(LabPaths.lock) { () throws -> Value? in
            guard File.exists(paths.directory) else { throw LabError("no lab named \(paths.lab) is up") }
            guard LabDirectory.life(paths) == .wreck else { return nil }
            guard File.exists(paths.state) else { throw neverUp(paths) }
            return try start(paths)
        }
        guard var found else { return nil }
        let milliseconds = Program.milliseconds() - started
        found["milliseconds"] = .double(milliseconds)
        hear("the lab's daemon was gone: adopted in \(Int(milliseconds.rounded())) ms")
        return found
    }

    /// A daemon that was just killed takes a moment to be gone, and one that takes a lab over takes a moment to listen.
    private static func waitForEnd(_ paths: LabPaths) {
        let deadline = Program.milliseconds() + patience
        while LabDirectory.life(paths) == .starting, Program.milliseconds() < deadline {
            guard let daemon = LabDirectory.daemon(paths), !daemon.hasEnded(within: 5) else { return }
        }
    }

    /// In milliseconds.
    private static let patience = 2000.0

    private static func neverUp(_ paths: LabPaths) -> LabError {
        LabError(
            "the lab \(paths.lab) was never up, and its daemon is gone; take its remains away: lab down \(paths.lab)")
    }

    private static func start(_ paths: LabPaths) throws -> Value {
        let client = try daemon()
        do { return try client.ask(["adopt": .string(paths.lab)]) } catch {
            throw LabError(
                "the lab \(paths.lab) could not be taken over: \(error); to take its remains away: lab down \(paths.lab)"
            )
        }
    }

    /// A new daemon, at the other end of a stream of which it has its own end alone.
    private static func daemon() throws(KernelError) -> ControlClient {
        let (mine, daemons) = try LineStream.pair()
        _ = try Program.startDetached(["daemon"], stream: daemons, log: "/dev/null")
        return ControlClient(mine)
    }
}
