// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Synchronization

/// What a person would ask for next.
extension ScenarioRunner {
    /// Everything that helps to understand why a step failed.
    func evidence(of result: StepResult) async -> [StepResult.Evidence] {
        let failed = recorder.lastFailed
        var evidence: [StepResult.Evidence] = []
        var pods: [String] = []
        if let failed {
            if let replies = ScenarioRunner.digest(failed.observation) {
                evidence.append(.init(title: "what came back", text: replies))
            }
            if let (from, to, transport) = await question(of: failed) {
                if let why = try? await lab.why(from: from, to: to, transport: transport) {
                    evidence.append(.init(title: "lab why \(from) \(to)", text: why.story))
                    pods = why.pods
                }
                let place = from.hasPrefix("pod/") ? String(from.dropFirst(4)) : from
                if let path = await recorder.write(place, step: result.number) {
                    evidence.append(.init(title: "the packets at \(place)", text: path))
                }
                if from.hasPrefix("pod/") { pods.append(place) }
            }
        }
        if let status = try? await lab.status() {
            let pending = (status["pending"]?.elements ?? []).compactMap(\.string)
            if !pending.isEmpty {
                evidence.append(.init(title: "not ready", text: pending.prefix(10).joined(separator: "\n")))
            }
        }
        if let events = try? await recentEvents(), !events.isEmpty {
            evidence.append(.init(title: "the last Events", text: events))
        }
        for pod in pods.prefix(3) {
            guard let log = await tail(of: pod), !log.isEmpty else { continue }
            evidence.append(.init(title: "the end of the log of \(pod)", text: log))
        }
        return evidence
    }

    /// What `lab why` is to be asked about.
    private func question(
        of failed: Recorder.Failed
    ) async -> (from: String, to: String, transport: String?)? {
        if case .why(let walk) = failed.check.subject {
            return await question(walk.from, walk.to, walk.transport)
        }
        let traffic: Traffic? =
            switch (failed.check.subject, failed.action) {
            case (.traffic(let traffic), _): traffic
            case (.background(let name), _): background.withLock { $0[name] }?.traffic
            case (.action, .request(let request)): .request(request)
            case (.action, .udp(let datagrams)): .udp(datagrams)
            default: nil
            }
        switch traffic {
        case .request(let request): return await question(request.from, request.url, nil)
        case .udp(let datagrams): return await question(datagrams.from, datagrams.to, "udp")
        case .dns, nil: return nil
        }
    }

    private func question(
        _ from: Location, _ to: String, _ transport: String?
    ) async -> (from: String, to: String, transport: String?)? {
        guard let name = try? await lab.name(of: from), let to = try? await lab.substitute(to, inURL: true) else {
            return nil
        }
        let isPod = name.contains("/") && !name.hasPrefix("outside/")
        return (isPod ? "pod/\(name)" : name, to, transport)
    }

    /// How many replies came how, and the first failure in full.
    private static func digest(_ observation: Observation) -> String? {
        guard case .replies(let replies) = observation, !replies.isEmpty else { return nil }
        var counts: [String: Int] = [:]
        for reply in replies {
            let status = reply.status.map { " \($0)" } ?? ""
            let who = reply.answeredBy.map { " by \($0)" } ?? ""
            counts["\(reply.outcome)\(status)\(who)", default: 0] += 1
        }
        let lines = counts.sorted { $0.value > $1.value }.prefix(8).map { "\($0.value) × \($0.key)" }
        guard let bad = replies.first(where: \.isFailure) else { return lines.joined(separator: "\n") }
        let way = [bad.client.map { "from \($0)" }, bad.target.map { "to \($0)" }].compactMap { $0 }
        let words = ["the first failure:", "\(bad.outcome)"] + way + ["after \(bad.latency.short)", bad.detail]
        return (lines + [words.filter { !$0.isEmpty }.joined(separator: " ")]).joined(separator: "\n")
    }

    private func recentEvents() async throws -> String {
        let list = try await lab.api("GET", "/api/v1/events").get()
        // The lab's own parts come up in every lab; what went wrong with them is worth a line.
        let events = (list["items"]?.elements ?? []).filter {
            $0["metadata", "namespace"]?.string != "kube-system" || $0["type"]?.string != "Normal"
        }.sorted { ScenarioRunner.version($0) < ScenarioRunner.version($1) }
        return events.suffix(10).map { event in
            let about = event["involvedObject"] ?? .null
            let name = "\(about["kind"]?.string ?? "")/\(about["name"]?.string ?? "")"
            return "\(event["lastTimestamp"]?.string ?? "") \(event["reason"]?.string ?? "") \(name): "
                + (event["message"]?.string ?? "")
        }.joined(separator: "\n")
    }

    private static func version(_ event: Value) -> Int {
        Int(event["metadata", "resourceVersion"]?.string ?? "") ?? 0
    }

    private func tail(of pod: String) async -> String? {
        let parts = pod.split(separator: "/").map(String.init)
        guard parts.count == 2 else { return nil }
        let path = "/api/v1/namespaces/\(parts[0])/pods/\(parts[1])/log?tailLines=8"
        guard let answer = try? await lab.api("GET", path), answer.status == 200 else { return nil }
        return answer.body.string?.split(separator: "\n").joined(separator: "\n")
    }
}

extension Journeys {
    /// In lines: the sentence, the remarks, and for each way that connections end one journey, rule by rule.
    var story: String {
        var lines = [headline]
        for remark in value["remarks"]?.elements ?? [] {
            // The first is the sentence once more.
            if let text = remark["text"]?.string, !headline.contains(text) { lines.append("  \(text)") }
        }
        for outcome in (value["outcomes"]?.elements ?? []).prefix(3) {
            let journey = outcome["journey"] ?? .null
            lines.append("\(outcome["probability"]?.string ?? "") of all connections:")
            for line in (journey["lines"]?.elements ?? []).prefix(40) {
                let place = [line["namespace"]?.string ?? "", line["interface"]?.string ?? ""].filter { !$0.isEmpty }
                lines.append("  \(place.joined(separator: " ")): \(line["text"]?.string ?? "")")
            }
        }
        return lines.joined(separator: "\n")
    }
}
