// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What a table says of a Pod's containers in one word and three numbers.
struct PodSummary: Sendable {
    /// The column `Status`: a container's reason if it has one, else the Pod's own, else the phase.
    private(set) var word: String
    /// How many containers are ready, sidecars among them.
    private(set) var readyContainers = 0
    /// How many containers are to be ready, sidecars among them.
    private(set) var totalContainers: Int
    /// How often containers were started again: init containers while they run, all others after that.
    private(set) var restarts = 0
    /// When the last of these runs ended.
    private(set) var lastRestart: Timestamp?

    private let subject: TableSubject
    private let sidecars: Set<String>

    init(_ subject: TableSubject) {
        self.subject = subject
        let inits = subject.spec["initContainers"].list
        sidecars = Set(inits.filter { $0["restartPolicy"]?.string == "Always" }.compactMap { $0["name"]?.string })
        totalContainers = subject.spec["containers"].list.count + sidecars.count
        let phase = subject.status["phase"].text ?? "Pending"
        word = subject.status["reason"].text ?? phase
        if subject.condition("PodScheduled")?["reason"]?.string == "SchedulingGated" { word = "SchedulingGated" }
        let isInitializing = readInitContainers(of: inits.count)
        if !isInitializing || subject.has("Initialized") { readContainers() }
        guard subject.object.isTerminating else { return }
        if subject.status["reason"]?.string == "NodeLost" {
            word = "Unknown"
        } else if phase != "Succeeded" && phase != "Failed" {
            word = "Terminating"
        }
    }

    /// The column `Restarts`.
    var restartsText: String {
        guard restarts > 0, let lastRestart else { return String(restarts) }
        return "\(restarts) (\(HumanDuration.text(from: lastRestart, to: subject.now)) ago)"
    }

    /// Goes through the init containers as far as they have come.
    /// - Returns: whether one of them still stands before the Pod's containers.
    private mutating func readInitContainers(of total: Int) -> Bool {
        for (index, status) in subject.status["initContainerStatuses"].list.enumerated() {
            countRestarts(status)
            let terminated = status["state"]?["terminated"]
            if terminated?["exitCode"]?.int == 0 { continue }
            if isSidecar(status), status["started"]?.bool == true {
                if status["ready"]?.bool == true { readyContainers += 1 }
                continue
            }
            let waiting = status["state"]?["waiting"]?["reason"].text
            if let terminated {
                word = "Init:" + reason(of: terminated)
            } else if let waiting, waiting != "PodInitializing" {
                word = "Init:" + waiting
            } else {
                word = "Init:\(index)/\(total)"
            }
            return true
        }
        return false
    }

    /// Goes through the containers, the last first: so the first that has something to say has the last word.
    private mutating func readContainers() {
        forgetInitContainers()
        var isAnyRunning = false
        for status in subject.status["containerStatuses"].list.reversed() {
            countRestarts(status)
            let state = status["state"]
            if let waiting = state?["waiting"]?["reason"].text {
                word = waiting
            } else if let terminated = state?["terminated"] {
                word = reason(of: terminated)
            } else if status["ready"]?.bool == true, state?["running"] != nil {
                isAnyRunning = true
                readyContainers += 1
            }
        }
        if word == "Completed", isAnyRunning { word = subject.has("Ready") ? "Running" : "NotReady" }
    }

    /// Of the init containers only the restarts of sidecars count once the containers run.
    private mutating func forgetInitContainers() {
        restarts = 0
        lastRestart = nil
        for status in subject.status["initContainerStatuses"].list where isSidecar(status) { countRestarts(status) }
    }

    private mutating func countRestarts(_ status: Value) {
        restarts += status["restartCount"]?.int ?? 0
        guard let end = status["lastState"]?["terminated"]?["finishedAt"].timestamp else { return }
        lastRestart = lastRestart.map { max($0, end) } ?? end
    }

    private func isSidecar(_ status: Value) -> Bool {
        !sidecars.isEmpty && sidecars.contains(status["name"]?.string ?? "")
    }

    private func reason(of terminated: Value) -> String {
        if let reason = terminated["reason"].text { return reason }
        if let signal = terminated["signal"]?.int, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(terminated["exitCode"]?.int ?? 0)"
    }
}
