// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// Carries out what commands ask of a running lab.
struct CommandHandler: Sendable {
    let lab: Lab

    init(_ lab: Lab) { self.lab = lab }

    func handle(_ request: Value, _ reply: ControlReply) async {
        do {
            switch request["verb"]?.string {
            case "apply": try await apply(request, reply)
            case "delete": try await delete(request, reply)
            case "label": try await label(request, reply)
            case "scale": try await scale(request, reply)
            case "status": reply.done(await lab.report())
            case "top": reply.done(try await lab.top(request))
            case "locate": reply.done(try await lab.locate(request["what"]?.string ?? ""))
            case "urls":
                let key = try await lab.resolve(try await key("service/\(request["service"]?.string ?? "")"))
                reply.done(.array(try await lab.urls(of: key).map { .string($0) }))
            case "node":
                let name = request["name"]?.string ?? ""
                let state: Value = request["up"]?.bool ?? true ? "up" : "down"
                _ = try await lab.fault(["kind": "node", "name": .string(name), "state": state])
                reply.done(["name": .string(name)])
            case "fault":
                if request["kind"] == "daemon" { return end(request, reply) }
                reply.done(try await lab.fault(request))
            case "set":
                guard let mode = Configuration.ProxyMode(rawValue: request["proxyMode"]?.string ?? "") else {
                    throw LabError("the proxy mode is nftables, iptables or none")
                }
                try await lab.setProxyMode(mode)
                reply.done(["proxyMode": .string(mode.rawValue)])
            case "api": reply.done(try await api(request))
            case "ui": reply.done(try await lab.openPage())
            case "why": reply.done(await lab.why(request))
            case "trace":
                reply.done(try await lab.trace(request, hear: { reply.tell($0) }, isOver: { reply.hasClientEnded }))
            case "dns": reply.done(await lab.lookUp(request))
            case "walk": reply.done(try await lab.walk(request))
            case "rules": reply.done(try await lab.rules(request))
            case "graph": reply.done(try await lab.graph(request))
            case "diff": try await compare(request, reply)
            case "observe": reply.done(try await lab.compareRules())
            case "measure": reply.done(try await lab.measureTables(changes: request["changes"]?.int ?? 500))
            default: reply.fail("this lab's daemon does not know the request; was it started by another version?")
            }
        } catch { reply.fail("\(error)") }
    }

    /// Ends this program at once, as a fault: the lab goes on without it.
    private func end(_ request: Value, _ reply: ControlReply) {
        reply.done(["faults": []])
        reply.flush()
        Program.endAtOnce()
    }

    // MARK: Requests

    func documents(_ request: Value) throws -> (labs: [Place], rest: [Document], texts: ManifestTexts) {
        var (documents, texts): ([Document], ManifestTexts) = ([], ManifestTexts())
        for file in InputFile.all(in: request) {
            let read = try Manifest.read(file.bytes, file: file.name)
            texts.keep(file, read)
            documents += read
        }
        try Refusal.unlessEmpty(Manifest.duplicates(documents))
        // A lab's own settings are fixed once it is up; the rest of its file applies as any other.
        let read = try LabConfiguration.read(documents)
        return (read.lab.place.map { [$0] } ?? [], read.rest, texts)
    }

    private func apply(_ request: Value, _ reply: ControlReply) async throws {
        let files = try documents(request)
        for lab in files.labs { reply.say("warning: \(lab): a lab's own settings are fixed once it is up") }
        let applied = try await lab.apply(files.rest)
        await lab.keep(files.texts)
        if applied.count > 1000 { Program.giveBackMemory() }
        for item in applied where item.isKept { reply.say("\(item.key) is kept; a lab does not act on it") }
        for line in await lab.warnings(applied) { reply.say(line) }
        if request["wait"]?.bool ?? true {
            let seconds = request["timeout"]?.int ?? 60
            guard await wait(seconds: seconds, { reply.progress($0) }) else {
                return reply.fail(await timeoutText(seconds))
            }
        }
        lab.kernel.state.write()
        reply.done(.array(applied.map { ["key": .string("\($0.key)"), "verb": .string($0.verb.rawValue)] }))
    }

    private func delete(_ request: Value, _ reply: ControlReply) async throws {
        var keys: [ObjectKey] = []
        for document in try documents(request).rest {
            var key = document.object.key
            if key.namespace.isEmpty, await lab.isNamespaced(key) { key.namespace = "default" }
            keys.append(key)
        }
        for text in request["objects"]?.elements.compactMap(\.string) ?? [] {
            keys.append(try await lab.resolve(try await key(text)))
        }
        for key in keys { try refuseNeeded(key) }
        let deleted = await lab.delete(keys)
        lab.kernel.state.write()
        reply.done(.array(deleted.map { ["key": .string("\($0)"), "verb": "deleted"] }))
    }

    /// What a cluster cannot be without, and a real one would not let go or would make again.
    private func refuseNeeded(_ key: ObjectKey) throws {
        let isNeeded =
            switch key.kind {
            case "Node": true
            case "Namespace": ["default", "kube-system", "kube-public", "kube-node-lease"].contains(key.name)
            case "Service": key.namespace == "default" && key.name == "kubernetes"
            default: false
            }
        if isNeeded { throw LabError("\(key) cannot be deleted: the lab needs it") }
    }

    private func label(_ request: Value, _ reply: ControlReply) async throws {
        let key = try await lab.resolve(try await key(request["object"]?.string ?? ""))
        let changes = request["labels"]?.fields ?? [:]
        let changed = try await lab.relabel(key, changes.mapValues(\.string))
        lab.kernel.state.write()
        reply.done(["key": .string("\(key)"), "verb": .string(changed ? "labeled" : "unchanged")])
    }

    private func scale(_ request: Value, _ reply: ControlReply) async throws {
        let key = try await lab.resolve(try await key(request["object"]?.string ?? ""))
        try await lab.scale(key, to: request["replicas"]?.int ?? 0)
        lab.kernel.state.write()
        reply.done(["key": .string("\(key)"), "verb": "scaled"])
    }

    /// The key that `pod/NAME` or `KIND/NAMESPACE/NAME` means; the namespace may be left out where the name is unique.
    private func key(_ text: String) async throws -> ObjectKey {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 || parts.count == 3, let resource = await lab.resource(named: parts[0]) else {
            throw LabError("\"\(text)\" names no object: write KIND/NAME or KIND/NAMESPACE/NAME, as pod/web-1")
        }
        return ObjectKey(
            resource.keyKind, parts.count == 3 ? parts[1] : resource.isNamespaced ? "*" : "", parts[parts.count - 1])
    }

    // MARK: Waiting

    /// Waits until all is ready; false when the time was over before.
    func wait(seconds: Int, _ report: @escaping @Sendable (Value) -> Void) async -> Bool {
        await lab.waitUntilReady(seconds: seconds) { report($0.value) }
    }

    func timeoutText(_ seconds: Int) async -> String {
        let pending = await lab.pendingText()
        return "after \(seconds) s this is not ready:\n  " + pending.joined(separator: "\n  ")
            + "\nthe lab stays up for you to look: lab status; lab logs POD; \(UserSession.outsidePath(lab.paths.daemonLog)); lab down"
    }
}

extension Progress {
    /// As it goes to a command.
    var value: Value {
        [
            "readyPods": .int(Int64(readyPods)), "wantedPods": .int(Int64(wantedPods)),
            "pending": .array(pending.prefix(20).map { .string($0) }),
        ]
    }
}
