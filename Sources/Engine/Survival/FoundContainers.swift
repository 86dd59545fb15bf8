// SPDX-License-Identifier: Apache-2.0
internal import Linux

/// The processes that a daemon before this one started, found again by what their environments say.
///
/// Each container's first process has `LAB_CONTAINER=UID/NAME/RUN`, put there by the lab after all that a manifest says. It is
/// the first of a PID namespace, as none of its own children is.
struct FoundContainers {
    /// A container's process.
    struct Found: Sendable {
        var run: Int
        var process: ChildProcess
        var environment: [String]
    }

    /// What an outside system has in the place of a Pod's uid.
    static let outside = "outside"
    private static let variable = "LAB_CONTAINER"

    /// By the Pod's uid and the container's name.
    private(set) var containers: [String: [String: Found]] = [:]
    /// Commands that were being run in containers for somebody who is gone.
    private(set) var orphans: [ChildProcess] = []

    /// What marks a container's process.
    static func mark(_ uid: String, _ container: String, _ run: Int) -> String {
        "\(variable)=\(uid)/\(container)/\(run)"
    }

    /// Looks at processes.
    init(_ pids: [Int32]) {
        for pid in pids {
            // Held first: what is read then is of no other process that gets the number.
            guard let process = ChildProcess.find(pid: pid), let seen = ProcessTable.appearance(of: pid),
                process.isRunning, let mark = seen.value(FoundContainers.variable)
            else { continue }
            let parts = mark.split(separator: "/").map(String.init)
            guard parts.count == 3, let run = Int(parts[2]) else { continue }
            if seen.isFirst {
                let found = Found(run: run, process: process, environment: seen.environment)
                containers[parts[0], default: [:]][parts[1]] = found
            } else if seen.parent <= 1 {
                // Who waited for it is gone; a command of the user's that runs there has its parent.
                orphans.append(process)
            }
        }
    }

    /// Takes out the processes of a Pod, by container.
    mutating func take(_ uid: String) -> [String: Found] { containers.removeValue(forKey: uid) ?? [:] }
}
