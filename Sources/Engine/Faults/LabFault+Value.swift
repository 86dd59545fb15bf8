// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Net

extension LabFault {
    /// As commands get it, and as it is kept for a daemon that comes after this one.
    var value: Value {
        var value: Value = [
            "id": .string(id), "kind": .string(kind.word), "of": target.value, "text": .string(text),
            "since": .string("\(since)"), "sinceMilliseconds": .int(since.milliseconds),
        ]
        switch kind {
        case .link(let inward, let outward):
            value["in"] = inward.value
            value["out"] = outward.value
        case .conntrack(let percent): value["fill"] = .double(percent)
        case .freeze, .node, .proxy, .nameServer: break
        }
        return value
    }

    /// Reads what was kept; nil for what another version wrote.
    init?(_ value: Value) {
        guard let target = value["of"].flatMap(FaultTarget.init) else { return nil }
        switch value.text("kind") {
        case "link":
            kind = .link(inward: BadWire(value["in"] ?? .null), outward: BadWire(value["out"] ?? .null))
        case "freeze": kind = .freeze
        case "node": kind = .node
        case "proxy": kind = .proxy
        case "nameServer": kind = .nameServer
        case "conntrack": kind = .conntrack(percent: value["fill"]?.number ?? 0)
        default: return nil
        }
        self.target = target
        since = Timestamp(milliseconds: Int64(value["sinceMilliseconds"]?.int ?? 0))
    }
}

extension FaultTarget {
    var value: Value {
        switch self {
        case .node(let name): ["node": .string(name)]
        case .place(let name): ["place": .string(name)]
        case .pod(let key, let uid):
            ["namespace": .string(key.namespace), "pod": .string(key.name), "uid": .string(uid)]
        }
    }

    init?(_ value: Value) {
        if let name = value["node"]?.string {
            self = .node(name)
        } else if let name = value["place"]?.string {
            self = .place(name)
        } else if let name = value["pod"]?.string {
            self = .pod(ObjectKey("Pod", value.text("namespace"), name), uid: value.text("uid"))
        } else {
            return nil
        }
    }
}

extension BadWire {
    var value: Value {
        var value: Value = .object([:])
        if isCut { value["cut"] = true }
        if delay > 0 { value["delayMilliseconds"] = .double(delay) }
        if jitter > 0 { value["jitterMilliseconds"] = .double(jitter) }
        if loss > 0 { value["loss"] = .double(loss) }
        if let bitsPerSecond { value["bitsPerSecond"] = .int(Int64(bitsPerSecond)) }
        return value
    }

    init(_ value: Value) {
        isCut = value["cut"]?.bool ?? false
        delay = value["delayMilliseconds"]?.number ?? 0
        jitter = value["jitterMilliseconds"]?.number ?? 0
        loss = value["loss"]?.number ?? 0
        bitsPerSecond = value["bitsPerSecond"]?.int
    }
}

extension Value {
    /// The number, whole or not, if it is one.
    var number: Double? {
        switch self {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    /// A field's text; empty if there is none.
    func text(_ field: String) -> String { self[field]?.string ?? "" }
}
