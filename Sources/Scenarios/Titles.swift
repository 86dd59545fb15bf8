// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension Action {
    /// What is done, as a title for a step that has none: `Scale deployment/web to 3`.
    public var title: String {
        switch self {
        case .apply(let apply): apply.title
        case .patch(let patch): "Patch \(patch.object)\(patch.subresource.map { "/\($0)" } ?? "")"
        case .label(let label): "Label \(label.object): \(label.words)"
        case .scale(let scale): "Scale \(scale.object) to \(scale.replicas)"
        case .delete(let delete): "Delete \(delete.objects)"
        case .rollout(let rollout):
            rollout.verb == .status
                ? "Await the rollout of \(rollout.object)" : "\(rollout.verb.word) \(rollout.object)"
        case .exec(let exec): exec.title
        case .wait(let wait): "Wait until \(wait.objects) \(wait.goal)"
        case .request(let request): Traffic.request(request).title
        case .udp(let datagrams): Traffic.udp(datagrams).title
        case .dns(let lookup): Traffic.dns(lookup).title
        case .background(let background):
            "In the background, \(background.name): \(background.traffic.title.lowercasedFirst)"
        case .stop(let name): "Stop \(name)"
        case .sleep(let time): "Let \(time.words) pass"
        case .set(let mode): "Switch the proxy mode to \(mode.rawValue)"
        default: faultTitle
        }
    }

    private var faultTitle: String {
        switch self {
        case .kill(let kill): "Kill \(kill.pods) with SIG\(kill.signal)"
        case .freeze(let target): "Freeze \(target)"
        case .thaw(let target): "Thaw \(target)"
        case .node(let node): node.isUp ? "Bring \(node.name) back" : "Take \(node.name) off the network"
        case .link(let link): link.title
        case .flush(let node): "Flush the rules of \(node)"
        case .proxy(let proxy): "\(proxy.isRunning ? "Start" : "Stop") the proxy of \(proxy.node ?? "all nodes")"
        case .nameServer(let server):
            "\(server.isRunning ? "Start" : "Stop") \(server.pod.map { "the name server \($0)" } ?? "the name servers")"
        case .conntrack(let conntrack):
            conntrack.fill > 0
                ? "Fill conntrack of \(conntrack.node) to \(Numbers.text(conntrack.fill * 100)) %"
                : "Empty conntrack of \(conntrack.node)"
        case .daemon(let end): end == .kill ? "Kill the daemon" : "Restart the daemon"
        default: ""
        }
    }
}

extension Action.Apply {
    fileprivate var title: String {
        if let file { return "Apply \(file)" }
        let names = objects.map { "\($0.kind.lowercased())/\($0.name)" }
        return "Apply \(names.prefix(3).joined(separator: ", "))\(names.count > 3 ? ", …" : "")"
    }
}

extension Action.Label {
    fileprivate var words: String {
        labels.sorted { $0.key < $1.key }.map { key, value in value.map { "\(key)=\($0)" } ?? "no \(key)" }.joined(
            separator: ", ")
    }
}

extension Action.Rollout.Verb {
    fileprivate var word: String {
        switch self {
        case .restart: "Restart"
        case .undo: "Undo the last rollout of"
        case .pause: "Pause the rollout of"
        case .resume: "Resume the rollout of"
        case .status: "Await"
        }
    }
}

extension Action.Exec {
    var title: String {
        let words = command.starts(with: ["/bin/sh", "-c"]) ? Array(command.dropFirst(2)) : command
        let line = words.joined(separator: " ").split(separator: "\n").first.map(String.init) ?? ""
        return "Run in \(location): \(line.count > 60 ? line.prefix(60) + "…" : line)"
    }
}

extension Action.Wait.Goal: CustomStringConvertible {
    /// What is waited for: `is Ready`, `is gone`.
    public var description: String {
        switch self {
        case .condition(let type, let status):
            status.lowercased() == "true" ? "is \(type)" : "has \(type)=\(status)"
        case .value(let path, let expectation): "has \(path)\(expectation.map { " \($0)" } ?? "")"
        case .present: "is there"
        case .absent: "is gone"
        }
    }
}

extension Action.FaultTarget: CustomStringConvertible {
    /// `pod/web-1`, or `node-2`.
    public var description: String {
        switch self {
        case .pods(let pods): pods.description
        case .node(let name): name
        }
    }
}

extension Action.Link.End: CustomStringConvertible {
    /// `pod/web-1`, `node-2` or `outside/visitor`.
    public var description: String {
        switch self {
        case .pods(let pods): pods.description
        case .node(let name): name
        case .outside(let name): "outside/\(name)"
        }
    }
}

extension Action.Link {
    fileprivate var title: String {
        let way =
            switch direction {
            case .in: "what comes to \(end)"
            case .out: "what \(end) sends"
            case .both: "the link of \(end)"
            }
        if isHealed { return "Mend \(way)" }
        if isCut { return "Cut \(way)" }
        var parts: [String] = []
        if let delay { parts.append("delay \(delay.words)\(jitter.map { " ± \($0.words)" } ?? "")") }
        if let loss { parts.append("lose \(Numbers.text(loss * 100)) %") }
        return "On \(way): \(parts.joined(separator: ", "))"
    }
}

extension Traffic {
    /// What is sent, from where, how often.
    public var title: String {
        switch self {
        case .request(let request):
            "\(request.method == "GET" ? "Request" : request.method) \(request.url) from \(request.from)\(request.pace.words)"
        case .udp(let datagrams): "Send datagrams to \(datagrams.to) from \(datagrams.from)\(datagrams.pace.words)"
        case .dns(let lookup):
            "Look up \(lookup.name)\(lookup.type == "A" ? "" : " (\(lookup.type))") from \(lookup.from)\(lookup.pace.words)"
        }
    }
}

extension Pace {
    fileprivate var words: String {
        var parts: [String] = []
        if let count, count > 1 { parts.append("\(count) times") }
        if let rate { parts.append("\(Numbers.text(rate)) a second") }
        if let duration { parts.append("for \(duration.words)") }
        if concurrency > 1 { parts.append("\(concurrency) at once") }
        return parts.isEmpty ? "" : ", " + parts.joined(separator: ", ")
    }
}

extension String {
    var lowercasedFirst: String {
        // A method as POST stays as it is.
        guard let second = dropFirst().first, second.isLowercase else { return self }
        return prefix(1).lowercased() + dropFirst()
    }
}
