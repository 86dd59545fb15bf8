// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Goes through the steps in order, and notes what does not fit together: traffic that is stopped and never began, checks
/// of what was not asked, references to what is nowhere.
///
/// It reads what the shapes' check may have refused, and says nothing about what it cannot read.
struct StepFlow {
    private(set) var problems: [Problem] = []
    private let source: Source
    let known: KnownObjects?
    /// Whether objects may be there that no document of the input has.
    var isOpen: Bool
    /// Background traffic: where it began, and whether it goes on.
    var backgrounds: [String: (kind: TrafficKind, path: String, isRunning: Bool)] = [:]

    /// What a check looks at, for what can be asked of it.
    enum TrafficKind: String {
        case request
        case udp
        case dns
        case exec
        /// An action that has no outcome to check.
        case none

        /// What can be asked of it.
        var tests: Set<String> {
            switch self {
            case .request:
                ["status", "body", "header", "latency", "answeredBy", "source", "outcome", "failures", "count"]
            case .udp: ["body", "latency", "answeredBy", "source", "outcome", "failures", "count"]
            case .dns: ["answers", "code", "latency", "outcome", "failures", "count"]
            case .exec: ["output", "errorOutput", "exitCode"]
            case .none: []
            }
        }
    }

    /// - Parameter hasFiles: whether there are files that were not read here.
    init(_ source: Source, _ known: KnownObjects?, hasFiles: Bool) {
        self.source = source
        self.known = known
        isOpen = hasFiles
    }

    mutating func read(_ step: Value, at path: String) {
        guard case .object = step else { return }
        let actions = ShapeTable.actionNames.filter { step[$0] != nil }
        refuseIdleTimes(step, actions, path)
        // Of two actions, one is a mistake: what they say together is nobody's meaning.
        for action in actions where actions.count == 1 || action == "background" {
            if let value = step[action] { read(action, value, at: "\(path).\(action)") }
        }
        let kind = actions.first.flatMap(TrafficKind.init(rawValue:)) ?? .none
        for (index, check) in (step["expect"]?.elements ?? []).enumerated() {
            read(check: check, of: actions.isEmpty ? nil : (actions[0], kind), at: "\(path).expect[\(index)]")
        }
    }

    /// `within` and `for` without anything that they could be about.
    private mutating func refuseIdleTimes(_ step: Value, _ actions: [String], _ path: String) {
        guard step["expect"] == nil, !actions.isEmpty else { return }
        if step["within"] != nil, !["wait", "rollout"].contains(actions[0]) {
            add("\(path).within", .forbidden, "is of use only with expect, or for wait and rollout")
        }
        if step["for"] != nil { add("\(path).for", .forbidden, "is of use only with expect") }
    }

    mutating func add(_ path: String, _ reason: Problem.Reason, _ detail: String) {
        problems.append(Problem(path, reason, detail))
    }

    mutating func add(_ path: String, _ value: String, _ detail: String) {
        problems.append(Problem(path, .invalid, value: value.quoted, detail))
    }

    // MARK: Actions

    private mutating func read(_ action: String, _ value: Value, at path: String) {
        switch action {
        case "apply": readApplied(value, path)
        case "exec": isOpen = true
        case "background": start(value, path)
        case "stop": stop(value.string, path)
        case "patch": checkPatch(value, path)
        case "rollout": checkWorkload(value, path, ["Deployment", "DaemonSet", "StatefulSet"], "rolled out")
        case "scale": checkWorkload(value, path, ["Deployment", "ReplicaSet", "StatefulSet"], "scaled")
        case "link": checkLink(value, path)
        default: break
        }
        checkReferences(value, path)
        checkPlaces(value, action, path)
    }

    private mutating func readApplied(_ value: Value, _ path: String) {
        // From here on there may be more than the files have.
        isOpen = true
        guard let text = value.string, !text.isEmpty else { return }
        do throws(Refusal) {
            let documents = try Manifest.read(Array(text.utf8), file: "the text")
            if documents.isEmpty { add(path, .required, "the text has no object in it") }
        } catch {
            for fault in error.faults { add(path, .invalid, "\(fault)") }
        }
    }

    private mutating func start(_ value: Value, _ path: String) {
        guard let name = value["name"]?.string else { return }
        let kind = ["request", "udp", "dns"].first { value[$0] != nil }.flatMap(TrafficKind.init(rawValue:))
        if let earlier = backgrounds[name], earlier.isRunning {
            let place = source.position(of: earlier.path)
            add("\(path).name", name, "background traffic of this name began at \(place), and was not stopped")
        }
        backgrounds[name] = (kind ?? .none, "\(path).name", true)
    }

    private mutating func stop(_ name: String?, _ path: String) {
        guard let name, TextForm.name.problem(of: name) == nil else { return }
        guard let background = backgrounds[name] else {
            add(path, name, "no background traffic of this name began before\(hint(name))")
            return
        }
        if !background.isRunning { add(path, name, "the background traffic was stopped already") }
        backgrounds[name]?.isRunning = false
    }

    func hint(_ name: String) -> String {
        if let close = Suggestion.closest(to: name, among: backgrounds.keys.sorted()) {
            return "; did you mean \(close.quoted)?"
        }
        return backgrounds.isEmpty ? "" : "; there are \(backgrounds.keys.sorted().joined(separator: ", "))"
    }

    private mutating func checkPatch(_ value: Value, _ path: String) {
        guard let patch = value["patch"] else { return }
        let isList = if case .array = patch { true } else { false }
        if value["type"] == "json", !isList {
            add(
                "\(path).patch", .invalid,
                "a patch of type json is a list of operations, as [{op: replace, path: /spec/replicas, value: 2}]")
        }
        if value["type"] != "json", isList {
            add("\(path).patch", .invalid, "a list of operations is a patch of type json; add type: json")
        }
    }

    private mutating func checkWorkload(_ value: Value, _ path: String, _ kinds: [String], _ done: String) {
        guard let reference = value.reference("object"), let resource = reference.resource,
            !kinds.contains(resource.kind)
        else { return }
        add("\(path).object", reference.description, "only \(kinds.joined(separator: ", ")) can be \(done)")
    }

    private mutating func checkLink(_ value: Value, _ path: String) {
        guard let end = value["of"]?.string, ["host", "edge"].contains(end) else { return }
        add("\(path).of", end, "is where many links meet; name a node, a Pod or a system outside")
    }
}
