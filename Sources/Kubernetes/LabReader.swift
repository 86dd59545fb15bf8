// SPDX-License-Identifier: Apache-2.0

internal import Net

/// Reads the fields of a `Lab` document, and notes every one that is wrong.
struct LabReader {
    private(set) var problems: [Problem] = []

    mutating func read(_ object: Object) -> LabConfiguration {
        var lab = LabConfiguration()
        if object.apiVersion != "lab/v1" {
            add("apiVersion", .invalid, object.value["apiVersion"], "a Lab has apiVersion \"lab/v1\"")
        }
        known(object.value, "", ["apiVersion", "kind", "metadata", "spec"])
        known(object.value["metadata"], "metadata", ["name", "labels", "annotations"])
        let spec = object.value["spec"]
        known(
            spec, "spec",
            [
                "nodes", "ipFamilies", "ranges", "proxyMode", "iptables", "hostAccess", "loadBalancer", "images",
                "external", "egress", "dns",
            ])
        if !object.name.isEmpty {
            lab.name = object.name
            for detail in Names.label(object.name) { add("metadata.name", .invalid, .string(object.name), detail) }
        }
        if let nodes = spec?["nodes"], !nodes.isNull { lab.nodes = self.nodes(nodes) }
        lab.ranges = ranges(spec?["ranges"])
        lab.families = families(spec?["ipFamilies"], lab.ranges)
        lab.proxyMode = choice(spec?["proxyMode"], "spec.proxyMode") ?? lab.proxyMode
        lab.iptables = choice(spec?["iptables"], "spec.iptables")
        lab.hostAccess = choice(spec?["hostAccess"], "spec.hostAccess") ?? lab.hostAccess
        known(spec?["loadBalancer"], "spec.loadBalancer", ["provisioningDelay", "ipMode", "probePeriod"])
        lab.provisioningDelay = duration(
            spec?["loadBalancer"]?["provisioningDelay"], "spec.loadBalancer.provisioningDelay")
        lab.ipMode = choice(spec?["loadBalancer"]?["ipMode"], "spec.loadBalancer.ipMode") ?? lab.ipMode
        if let period = spec?["loadBalancer"]?["probePeriod"], !period.isNull {
            let path = "spec.loadBalancer.probePeriod"
            lab.probePeriod = duration(period, path)
            if lab.probePeriod < 100 { add(path, .invalid, period, "must be a time of at least 100ms, as \"1s\"") }
        }
        lab.images = images(spec?["images"])
        lab.dns = dns(spec?["dns"])
        lab.external = external(spec?["external"], lab)
        refuseOwnNames(lab)
        lab.egress = flag(spec?["egress"], "spec.egress") ?? lab.egress
        return lab
    }

    private mutating func images(_ value: Value?) -> [String: [String]] {
        guard let value, !value.isNull else { return [:] }
        guard case .object(let fields) = value else {
            add("spec.images", .typeInvalid, value, "must be an object, not \(value.article)")
            return [:]
        }
        var images: [String: [String]] = [:]
        for (name, image) in fields.sorted(by: { $0.key < $1.key }) {
            let path = "spec.images[\(name)]"
            known(image, path, ["command"])
            let command = image["command"]?.elements ?? []
            let words = command.compactMap(\.string)
            if words.isEmpty || words.count != command.count {
                add("\(path).command", .required, nil, "must be a list of strings: the program and its arguments")
            }
            images[name] = words
        }
        return images
    }

    private mutating func nodes(_ value: Value) -> [LabConfiguration.Node] {
        let limit = LabConfiguration.nodeLimit
        switch value {
        case .int(let count) where 1...Int64(limit) ~= count: return LabConfiguration.nodes(Int(count))
        case .int: add("spec.nodes", .invalid, value, "must be between 1 and \(limit), inclusive")
        case .array(let elements) where elements.isEmpty:
            add("spec.nodes", .required, nil, "a lab has at least one node")
        case .array(let elements) where elements.count > limit:
            add("spec.nodes", .tooMany, .int(Int64(elements.count)), "must have at most \(limit) items")
        case .array(let elements): return list(elements)
        default: add("spec.nodes", .typeInvalid, value, "must be a number or a list of nodes, not \(value.article)")
        }
        return []
    }

    private mutating func list(_ elements: [Value]) -> [LabConfiguration.Node] {
        var seen: Set<String> = []
        return elements.enumerated().map { index, element in
            let path = "spec.nodes[\(index)]"
            known(element, path, ["name", "labels", "zone"])
            let name = text(element["name"], "\(path).name") ?? "node-\(index + 1)"
            for detail in Names.label(name) { add("\(path).name", .invalid, .string(name), detail) }
            if !seen.insert(name).inserted { add("\(path).name", .duplicate, .string(name), "") }
            if ["edge", "host", "control-plane"].contains(name) {
                add("\(path).name", .invalid, .string(name), "the lab's own namespaces have this name")
            }
            return LabConfiguration.Node(
                name, labels: labels(element["labels"], "\(path).labels"), zone: text(element["zone"], "\(path).zone"))
        }
    }

    private mutating func labels(_ value: Value?, _ path: String) -> [String: String] {
        guard let value, !value.isNull else { return [:] }
        guard case .object(let fields) = value else {
            add(path, .typeInvalid, value, "must be an object, not \(value.article)")
            return [:]
        }
        for (key, label) in fields.sorted(by: { $0.key < $1.key }) where label.string == nil {
            add("\(path)[\(key)]", .typeInvalid, label, "must be a string, not \(label.article)")
        }
        problems += Names.labels(value.strings, path)
        return value.strings
    }

    /// A time as `5s`, `500ms`, `1m30s`, in milliseconds.
    private mutating func duration(_ value: Value?, _ path: String) -> Int {
        guard let text = text(value, path) else { return 0 }
        guard let milliseconds = Duration.milliseconds(text), milliseconds <= 3_600_000 else {
            add(path, .invalid, value, "must be a time of at most an hour, as \"5s\" or \"500ms\"")
            return 0
        }
        return milliseconds
    }

    private mutating func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ value: Value?, _ path: String
    ) -> Choice? {
        guard let text = text(value, path) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let all = Choice.allCases.map(\.rawValue.quoted).joined(separator: ", ")
        add(path, .notSupported, value, "supported values: \(all)")
        return nil
    }

    mutating func text(_ value: Value?, _ path: String) -> String? {
        guard let value, !value.isNull else { return nil }
        guard let text = value.string else {
            add(path, .typeInvalid, value, "must be a string, not \(value.article)")
            return nil
        }
        return text
    }

    mutating func known(_ value: Value?, _ path: String, _ names: [String]) {
        guard let value, !value.isNull else { return }
        guard case .object(let fields) = value else {
            add(path, .typeInvalid, value, "must be an object, not \(value.article)")
            return
        }
        for name in fields.keys.sorted() where !names.contains(name) {
            problems.append(Problem.unknownField(FieldPath.join(path, name), name, among: names))
        }
    }

    mutating func add(_ path: String, _ reason: Problem.Reason, _ value: Value?, _ detail: String) {
        problems.append(Problem(path, reason, value: value?.json(), detail))
    }
}

extension Duration {
    /// The milliseconds of a text as `1h`, `1m30s`, `1.5s`, `500ms` or `0`; nil for any other. The corresponding Go
    /// function is `time.ParseDuration`.
    static func milliseconds(_ text: String) -> Int? {
        if text == "0" { return 0 }
        let units: [String: Double] = ["h": 3_600_000, "m": 60000, "s": 1000, "ms": 1, "us": 0.001]
        var rest = text[...]
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest[digits.endIndex...]
            let unit = rest.prefix { !($0.isNumber || $0 == ".") }
            rest = rest[unit.endIndex...]
            guard let number = Double(digits), let factor = units[String(unit)] else { return nil }
            total += number * factor
        }
        guard total < 1e12 else { return nil }
        return Int(total.rounded())
    }
}
