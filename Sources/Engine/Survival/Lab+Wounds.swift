// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux

/// What happens to a lab from outside, and is mended and said.
extension Lab {
    /// The lab itself, in Events: whoever looks at the cluster's own namespace finds them.
    private static let subject = ObjectKey("Namespace", "", "kube-system")
    /// A clock that is set moves by more than this against the machine's own, in milliseconds.
    private static let clockTolerance = 1000.0

    /// Says that the lab's state cannot be kept, or can again.
    func tellStateKept(_ problem: String?) {
        let message =
            problem.map { "The lab's state cannot be kept; should its daemon end now, what changed is lost: \($0)" }
            ?? "The lab's state is kept again, with all that had changed"
        log(message)
        let reason = problem == nil ? "StateKept" : "StateNotKept"
        cluster.record(
            EventNote(problem == nil ? .normal : .warning, reason, message, about: Lab.subject, from: "lab"),
            now: .now())
    }

    /// Gives namespaces the names again that someone has taken from them: their processes and links are there.
    func inspectBindings() {
        kernel.state.retry()
        for name in kernel.edge.names.sorted() {
            do throws(KernelError) {
                guard try kernel.edge.bindAgain(name) else { continue }
            } catch {
                log("\(name): \(error)")
                continue
            }
            log("someone removed the name of the namespace \(name); it has it again")
            let parts = name.text.split(separator: "/").map(String.init)
            let about = parts.count == 2 ? ObjectKey("Pod", parts[0], parts[1]) : ObjectKey("Node", "", name.text)
            let message = "Someone removed the name of the namespace \(paths.binding(name)); it has it again"
            cluster.record(
                EventNote(.warning, "NamespaceRestored", message, about: about, from: "lab"), now: .now())
        }
    }

    /// How far the wall clock is ahead of the machine's own, in milliseconds.
    static var presentClockOffset: Double { Double(Timestamp.now().milliseconds) - Program.milliseconds() }

    /// What waits for a moment waits as long as it would have, when someone sets the clock.
    func inspectClock() {
        let offset = Lab.presentClockOffset
        let step = offset - clockOffset
        guard abs(step) > Lab.clockTolerance else { return }
        clockOffset = offset
        cluster.moveAlarms(milliseconds: Int64(step))
        let seconds = Int((step / 1000).rounded())
        let message = "The machine's clock was set by \(seconds) s; what waits for a moment waits as long as before"
        log(message)
        cluster.record(EventNote(.warning, "ClockSet", message, about: Lab.subject, from: "lab"), now: .now())
        settle()
    }
}
