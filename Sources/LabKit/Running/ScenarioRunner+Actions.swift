// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Synchronization

extension ScenarioRunner {
    /// Does what an action says; gives what came of it, if that can be looked at.
    func perform(_ action: Action, within: Duration?, until deadline: Duration) async throws -> Observation? {
        switch action {
        case .request(let request): return try await send(.request(request))
        case .udp(let datagrams): return try await send(.udp(datagrams))
        case .dns(let lookup): return try await send(.dns(lookup))
        case .exec(let exec): return .execution(try await run(exec))
        case .background(let action):
            await recorder.watch(lab, action.traffic.from)
            let traffic = try await lab.background(action.traffic)
            let old = background.withLock { $0.updateValue(traffic, forKey: action.name) }
            await old?.stop()
            await traffic.isUnderWay()
        case .stop(let name):
            guard let traffic = background.withLock({ $0[name] }) else {
                throw LabFailure("no traffic is named \(name)")
            }
            await traffic.stop()
        case .sleep(let time): try await Task.sleep(for: min(time, deadline - lab.now))
        case .wait(let wait): try await self.wait(wait, within: within ?? .seconds(30), until: deadline)
        case .rollout(let rollout):
            try await lab.rollout(
                rollout.object, rollout.verb, within: min(within ?? .seconds(60), deadline - lab.now))
        default: try await change(action)
        }
        return nil
    }

    /// Requests, datagrams or questions, and what came of them.
    func send(_ traffic: Traffic) async throws -> Observation {
        await recorder.watch(lab, traffic.from)
        switch traffic {
        case .request(let request): return .replies(try await lab.send(request))
        case .udp(let datagrams): return .replies(try await lab.send(datagrams))
        case .dns(let lookup): return .lookups(try await lab.send(lookup))
        }
    }

    func run(_ exec: Action.Exec) async throws -> Observation.Execution {
        var command: [String] = []
        for word in exec.command { command.append(try await lab.substitute(word, inURL: false)) }
        return try await lab.run(
            ProgramCall(
                exec.location, container: exec.container, command,
                input: try await lab.substitute(exec.input, inURL: false), timeout: exec.timeout ?? scenario.timeout))
    }

    /// What background traffic of a name has seen since a moment: something, if it still goes on.
    func background(_ name: String, since moment: Duration) async throws -> Observation {
        guard let traffic = background.withLock({ $0[name] }) else { throw LabFailure("no traffic is named \(name)") }
        let limit = lab.now + .seconds(3)
        while true {
            let seen: Observation
            if case .dns = traffic.traffic {
                seen = .lookups(await traffic.lookups(since: moment))
            } else {
                seen = .replies(await traffic.replies(since: moment))
            }
            // A step that is over at once says nothing of traffic that had no turn yet.
            let isEmpty = seen == .replies([]) || seen == .lookups([])
            guard isEmpty, !traffic.isStopped, lab.now < limit, !Task.isCancelled else { return seen }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    // MARK: Objects

    private func change(_ action: Action) async throws {
        switch action {
        case .apply(let apply): try await self.apply(apply)
        case .patch(let patch):
            _ = try await lab.patch(patch.object, patch.patch, patch.kind, subresource: patch.subresource)
        case .label(let label): try await lab.label(label.object, label.labels)
        case .scale(let scale): try await lab.scale(scale.object, scale.replicas)
        case .delete(let delete): try await lab.delete(delete.objects, delete.gracePeriod)
        default: try await fault(action)
        }
    }

    private func apply(_ apply: Action.Apply) async throws {
        if let file = apply.file { return try await lab.apply(try read(file), file: file, waits: false) }
        let documents = apply.objects.map { $0.value.json() }
        try await lab.apply(documents.joined(separator: "\n---\n"), file: scenario.place.file, waits: false)
    }

    private func wait(_ wait: Action.Wait, within: Duration, until deadline: Duration) async throws {
        let limit = min(lab.now + within, deadline)
        while true {
            let objects = try await lab.objects(wait.objects)
            guard let lacking = wait.pending(objects) else { return }
            guard lab.now < limit else { throw LabFailure("not within \(within.short): \(lacking)") }
            try await Task.sleep(for: .milliseconds(25))
        }
    }

    // MARK: Faults

    private func fault(_ action: Action) async throws {
        switch action {
        case .kill(let kill):
            var fields = kill.pods.fields("pod")
            fields["signal"] = .string(kill.signal)
            fields["container"] = kill.container.map { .string($0) }
            try await lab.fault("kill", fields)
        case .freeze(let target): try await lab.fault("freeze", target.fields)
        case .thaw(let target): try await lab.fault("thaw", target.fields)
        case .node(let node):
            try await lab.fault("node", ["name": .string(node.name), "state": node.isUp ? "up" : "down"])
        case .link(let link): try await lab.fault("link", link.fields)
        case .flush(let node): try await lab.fault("flush", ["node": .string(node)])
        case .proxy(let proxy):
            var fields: Fields = ["state": proxy.isRunning ? "running" : "stopped"]
            fields["node"] = proxy.node.map { .string($0) }
            try await lab.fault("proxy", fields)
        case .nameServer(let server):
            var fields: Fields = ["state": server.isRunning ? "running" : "stopped"]
            fields["pod"] = server.pod.map { .string($0) }
            try await lab.fault("nameServer", fields)
        case .conntrack(let table):
            try await lab.fault("conntrack", ["node": .string(table.node), "fill": .double(table.fill * 100)])
        case .daemon(let end): try await lab.endDaemon(restarts: end == .restart)
        case .set(let mode): _ = try await lab.ask(["verb": "set", "proxyMode": .string(mode.rawValue)])
        default: throw LabFailure("nothing here does that")
        }
    }
}
