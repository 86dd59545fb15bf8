// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension Action {
    /// The action of a step; nil if it has none.
    init?(step: Value) {
        for name in ShapeTable.actionNames {
            guard let value = step[name] else { continue }
            guard let action = Action.object(name, value) ?? Action.traffic(name, value) ?? Action.fault(name, value)
            else { return nil }
            self = action
            return
        }
        return nil
    }

    private static func object(_ name: String, _ value: Value) -> Action? {
        switch name {
        case "apply": .apply(Apply(value))
        case "patch":
            value.reference("object").map {
                .patch(
                    Patch(
                        object: $0, kind: value.choice("type") ?? .strategic, patch: value["patch"] ?? [:],
                        subresource: value.text("subresource")))
            }
        case "label": value.reference("object").map { .label(Label(object: $0, labels: labels(value["labels"]))) }
        case "scale":
            value.reference("object").map { .scale(Scale(object: $0, replicas: value["replicas"]?.int ?? 0)) }
        case "delete":
            value.selection.map { .delete(Delete(objects: $0, gracePeriod: value.duration("gracePeriod"))) }
        case "rollout":
            value.reference("object").map { .rollout(Rollout(object: $0, verb: value.choice("action") ?? .status)) }
        case "wait": wait(value)
        case "set": value.choice("proxyMode").map { .set($0) }
        default: nil
        }
    }

    /// As kubectl has it, a key with a dash at its end is removed, too.
    private static func labels(_ value: Value?) -> [String: String?] {
        var labels: [String: String?] = [:]
        for (key, label) in value?.fields ?? [:] {
            if label.isNull, key.hasSuffix("-") {
                labels.updateValue(nil, forKey: String(key.dropLast()))
            } else {
                labels.updateValue(label.string, forKey: key)
            }
        }
        return labels
    }

    private static func wait(_ value: Value) -> Action? {
        guard let objects = value.selection else { return nil }
        if let text = value.text("condition") {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            return .wait(
                Wait(objects: objects, goal: .condition(parts[0], status: parts.count > 1 ? parts[1] : "True")))
        }
        if let text = value.text("jsonPath"), let path = try? JSONPath(text) {
            return .wait(Wait(objects: objects, goal: .value(path, value.expected("value"))))
        }
        return .wait(Wait(objects: objects, goal: value["state"] == "absent" ? .absent : .present))
    }

    private static func traffic(_ name: String, _ value: Value) -> Action? {
        switch name {
        case "exec": Exec(value).map { .exec($0) }
        case "request": WebRequest(value).map { .request($0) }
        case "udp": Datagrams(value).map { .udp($0) }
        case "dns": Lookup(value).map { .dns($0) }
        case "background":
            Traffic(value, isEndless: true).map { .background(Background(name: value.text("name") ?? "", traffic: $0)) }
        case "stop": value.string.map { .stop($0) }
        case "sleep": value.string.flatMap(TextForm.duration).map { .sleep($0) }
        default: nil
        }
    }

    private static func fault(_ name: String, _ value: Value) -> Action? {
        let node = value.text("node")
        let isRunning = value["state"] == "running"
        return switch name {
        case "kill":
            value.pods.map {
                .kill(Kill(pods: $0, container: value.text("container"), signal: value.text("signal") ?? "KILL"))
            }
        case "freeze": faultTarget(value).map { .freeze($0) }
        case "thaw": faultTarget(value).map { .thaw($0) }
        case "node": .node(NodeState(name: value.text("name") ?? "", isUp: value["state"] == "up"))
        case "link": Link(value).map { .link($0) }
        case "flush": .flush(node: node ?? "")
        case "proxy": .proxy(Proxy(node: node, isRunning: isRunning))
        case "nameServer": .nameServer(NameServer(pod: value.text("pod"), isRunning: isRunning))
        case "conntrack": .conntrack(Conntrack(node: node ?? "", fill: value.share("fill") ?? 0))
        case "daemon": value.string.flatMap(DaemonEnd.init(rawValue:)).map { .daemon($0) }
        default: nil
        }
    }

    private static func faultTarget(_ value: Value) -> FaultTarget? {
        if let node = value.text("node") { return .node(node) }
        return value.pods.map { .pods($0) }
    }
}

extension Action.Apply {
    /// - Parameter value: an object, a list of them, a text of YAML, or `{file: …}`.
    init(_ value: Value) {
        switch value {
        case .string(let text):
            let documents = try? Manifest.read(Array(text.utf8), file: "apply")
            objects = (documents ?? []).map(\.object)
        case .array(let elements): objects = elements.map(Object.init)
        default:
            file = value.text("file")
            if file == nil { objects = [Object(value)] }
        }
    }
}

extension Action.Exec {
    init?(_ value: Value) {
        guard let location = value.location("in"), let command = value["command"] else { return nil }
        self.init(location: location, command: command.elements.compactMap(\.string))
        if let text = command.string { self.command = ["/bin/sh", "-c", text] }
        container = value.text("container")
        input = value.text("input") ?? ""
        timeout = value.duration("timeout")
    }
}

extension Action.Link {
    init?(_ value: Value) {
        switch value.location("of") {
        case .node(let name): self.init(end: .node(name))
        case .outside(let name): self.init(end: .outside(name))
        case .pod(let name, let namespace): self.init(end: .pods(.named(name, namespace: namespace)))
        case .selected(let selector, let namespace): self.init(end: .pods(.selected(selector, namespace: namespace)))
        case .host, .edge, nil: return nil
        }
        direction = value.choice("direction") ?? .both
        isCut = value["state"] == "cut"
        delay = value.duration("delay")
        jitter = value.duration("jitter")
        loss = value.share("loss")
    }
}
