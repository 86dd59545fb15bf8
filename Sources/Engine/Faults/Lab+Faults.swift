// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// Faults that are put into a running lab on purpose, and taken out again.
extension Lab {
    /// Carries out `{"verb": "fault", "kind", …}`; gives what it did: `{"done": text}`, `{"faults": [fault]}`.
    func fault(_ request: Value) async throws -> Value {
        switch request.text("kind") {
        case "list": break
        case "clear": try await clearFaults(request.text("id"))
        case "link":
            for target in try targets(request, "of", allows: .links) { try setLink(target, request) }
        case "freeze": for target in try targets(request, "of") { try freeze(target) }
        case "thaw": for target in try targets(request, "of") { try await end(target, "freeze") }
        case "kill": return try kill(request)
        case "node": try setNode(try node(request, "name"), isUp: try isOn(request, "up", "down"))
        case "flush": try flushRules(of: try node(request, "node"))
        case "proxy":
            let isRunning = try isOn(request, "running", "stopped")
            for node in try nodes(request) { try setProxy(node, isRunning: isRunning) }
        case "nameServer":
            let isRunning = try isOn(request, "running", "stopped")
            for pod in try nameServers(request.text("pod")) { setNameServer(pod, isRunning: isRunning) }
        case "conntrack": try await fillConntrack(try node(request, "node"), request["fill"]?.number ?? 100)
        case let kind:
            throw LabError(
                "\"\(kind)\" is no kind of fault; there are: link, freeze, thaw, kill, node, flush, proxy, nameServer, "
                    + "conntrack, daemon, list, clear")
        }
        return ["faults": .array(faults.all.map(\.value))]
    }

    // MARK: Beginnings and ends

    /// Notes that a fault began, or is another now; says so in an Event.
    func begin(_ kind: LabFault.Kind, _ target: FaultTarget) {
        var fault = LabFault(target: target, kind: kind, since: .now())
        if let known = faults.inForce[fault.id] {
            guard known.kind != kind || known.target != target else { return }
            if known.target == target { fault.since = known.since }
        }
        faults.set(fault.id, fault)
        keepFaults()
        tellStory(fault, isSet: true)
        tell(.warning, "FaultInjected", "On purpose, \(fault.text)", target)
    }

    /// Notes that a fault is over; says so in an Event.
    func forget(_ fault: LabFault, because reason: String = "") {
        guard faults.inForce[fault.id] != nil else { return }
        faults.set(fault.id, nil)
        keepFaults()
        tellStory(fault, isSet: false)
        tell(.normal, "FaultCleared", "It is over that \(fault.text)\(reason)", fault.target)
    }

    func tell(_ kind: EventNote.Kind, _ reason: String, _ message: String, _ target: FaultTarget) {
        log("\(reason): \(message)")
        cluster.record(EventNote(kind, reason, message, about: target.object, from: "lab"), now: .now())
        settle()
    }

    /// Ends the fault of an identifier; `all`, or none given, ends all of them.
    private func clearFaults(_ id: String) async throws {
        guard !["", "all"].contains(id) else {
            for fault in faults.all { try await end(fault) }
            return
        }
        // As long as only one is meant, its kind and the end of its name are enough.
        let found = faults.all.filter { $0.id == id || $0.id.hasSuffix("/\(id)") }
        guard !found.isEmpty else {
            let there = faults.all.map(\.id).joined(separator: ", ")
            throw LabError("no fault \(id) is in force; " + (there.isEmpty ? "there is none" : "there are: \(there)"))
        }
        for fault in found { try await end(fault) }
    }

    private func end(_ target: FaultTarget, _ kind: String) async throws {
        guard let fault = faults.inForce["\(kind)/\(target.text)"] else {
            throw LabError("no fault \(kind)/\(target.text) is in force")
        }
        try await end(fault)
    }

    private func end(_ fault: LabFault) async throws {
        switch fault.kind {
        case .link: try setLink(fault.target, inward: BadWire(), outward: BadWire())
        case .freeze: try thaw(fault)
        case .node: try setNode(fault.target.text, isUp: true)
        case .proxy: try setProxy(fault.target.text, isRunning: true)
        case .nameServer: if case .pod(let key, _) = fault.target { setNameServer(key, isRunning: true) }
        case .conntrack: try await fillConntrack(fault.target.text, 0)
        }
    }

    // MARK: Keeping

    /// Writes down the faults in force, for a daemon that comes after this one.
    private func keepFaults() {
        let text = Value.array(faults.all.map(\.value)).json()
        do throws(KernelError) {
            try File.write(paths.faults + ".new", text + "\n")
            try File.rename(paths.faults + ".new", to: paths.faults)
        } catch { log("the faults in force could not be written down: \(error)") }
    }

    /// The faults that a daemon before this one has left.
    private var leftFaults: [LabFault] {
        guard let bytes = try? File.bytes(paths.faults), let list = try? Value(json: bytes) else { return [] }
        return list.elements.compactMap(LabFault.init)
    }

    /// Leaves the rules of nodes alone that a daemon before this one left alone. Comes before rules are taken over.
    func holdLeftRules() {
        for fault in leftFaults {
            switch fault.kind {
            case .proxy: rules.hold(NamespaceName(fault.target.text))
            case .freeze: if case .node(let name) = fault.target { rules.hold(NamespaceName(name)) }
            default: break
            }
        }
    }

    /// Takes over the faults that a daemon before this one has left: what was its own part of them is made anew.
    func adoptFaults() {
        for fault in leftFaults {
            faults.set(fault.id, fault)
            do {
                switch fault.kind {
                case .link(let inward, let outward): try makeWires(fault.target, inward, outward)
                case .freeze: if case .node(let name) = fault.target { hold(name) }
                case .proxy: hold(fault.target.text)
                case .nameServer: if case .pod(let key, _) = fault.target { kernel.nameServers.silence(key) }
                case .node, .conntrack: break
                }
            } catch { log("\(fault.id) was not made anew: \(error)") }
        }
    }

    /// Ends faults of Pods that are gone, and has the others stay as they were meant.
    func inspectFaults() {
        for fault in faults.all {
            if case .pod(let key, let uid) = fault.target, pods[key]?.uid != uid {
                dropQueues(of: fault)
                forget(fault, because: ": the Pod is gone")
            } else if case .conntrack(let percent) = fault.kind {
                topUp(fault.target.text, percent)
            }
        }
    }
}
