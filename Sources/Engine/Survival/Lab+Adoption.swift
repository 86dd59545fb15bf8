// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// Taking over a lab that another daemon had: what is there stays as it is, what is missing is made, what is left over goes.
extension Lab {
    /// How the takeover went.
    private struct Findings {
        var running = 0
        var ended = 0
        var remade = 0

        var value: Value {
            ["running": .int(Int64(running)), "ended": .int(Int64(ended)), "sandboxes": .int(Int64(remade))]
        }
    }

    /// Takes over the namespaces, the rules and the processes, and goes on from there.
    func adopt() throws -> Value {
        kernel.inbox.connect { [weak self] in Task { await self?.drain() } }
        try adoptNamespaces()
        holdLeftRules()
        beginSabotage()
        var found = FoundContainers(containerPIDs)
        var findings = Findings()
        let effects = restorePods(&found, &findings)
        // So that the plan is what is there.
        for table in RuleKeeper.formerTables(kernel.edge, cluster.plan) {
            cluster.setFormerTable(table.former, of: table.namespace, table.family)
        }
        let changes = cluster.settle(now: .now())
        cluster.forgetFormerTables()
        keep(changes)
        kernel.names.apply(changes.names)
        adoptRules()
        followRules(AfterRules(flows: heldBack(changes.datagramFlows)))
        for (key, effects) in effects { for effect in effects { carryOut(effect, key) } }
        _ = follow(changes)
        try adoptOutside(&found)
        end(found)
        for key in pods.keys.sorted() { writeStatus(key) }
        removeStrays()
        adoptFaults()
        scheduleInspection()
        beginHealth()
        sendBookmarks()
        tellAdopted(findings)
        settle()
        return findings.value
    }

    private func tellAdopted(_ findings: Findings) {
        let message =
            "The lab's daemon was gone, and another one took the lab over: \(findings.running) containers ran on, "
            + "\(findings.ended) had ended, \(findings.remade) sandboxes are made anew"
        log(message)
        let note = EventNote(
            .normal, "LabAdopted", message, about: ObjectKey("Namespace", "", "kube-system"), from: "lab")
        cluster.record(note, now: .now())
    }

    // MARK: Namespaces and rules

    /// So long after a takeover iptables rules are brought up to date, in milliseconds.
    private static let adoptionTime = 3000.0

    private func adoptNamespaces() throws {
        let missing = kernel.edge.adopt(cluster.plan.namespaces.keys.sorted())
        let pods = Set(cluster.placedPods.map(\.assignment).filter { $0.interface != nil }.map(\.namespace))
        let lost = missing.subtracting(pods).sorted()
        guard lost.isEmpty else {
            throw LabError("these namespaces are gone: \(lost.map(\.text).joined(separator: ", "))")
        }
    }

    /// Tables that are as the plan has them are left alone; the others are replaced at one stroke each.
    private func adoptRules() {
        CounterReader.clear(cluster.configuration, kernel.edge)
        let different = rules.adopt(cluster.plan)
        adoptionEnd = Program.milliseconds() + Lab.adoptionTime
        readRules()
        guard !different.isEmpty else { return }
        log("the rules of \(different.map(\.text).joined(separator: ", ")) are brought up to date")
        tell(rules.install(different, of: cluster.plan))
    }

    /// Has the nodes' iptables rules read, which takes a program each, while the lab goes on. What follows rules waits for it.
    private func readRules() {
        guard let reading = rules.chains.reading(cluster.plan) else { return }
        areRulesUnknown = true
        let (inbox, group) = (kernel.inbox, Cgroup.find("\(paths.cgroup)/daemon"))
        kernel.ruleWriter.submit {
            Lab.waitForPrograms(in: group)
            inbox.post(.rulesRead(different: reading.run()))
        }
    }

    /// A program that the daemon before this one started may still be writing rules.
    private static func waitForPrograms(in group: Cgroup?) {
        let deadline = Program.milliseconds() + adoptionTime
        while let others = try? group?.processes(), others.contains(where: { $0 != Program.pid }),
            Program.milliseconds() < deadline
        {
            Program.sleep(milliseconds: 2)
        }
    }

    /// Brings up to date what is not as the plan has it, and goes on with what waited.
    func rulesRead(different: [NamespaceName]) {
        if !different.isEmpty {
            log("the rules of \(different.map(\.text).joined(separator: ", ")) are brought up to date")
            tell(rules.install(different, of: cluster.plan))
        }
        areRulesUnknown = false
        flushRules()
        finishAfterRules()
    }

    /// The names below `/run/netns` that the daemon before this one had not come to remove.
    private func removeStrays() {
        let wanted = Set(cluster.plan.namespaces.keys.map(paths.binding))
        let present = Set(BindingFolder.standard.names())
        for name in Journal(paths).names(.binding) where present.contains(name) && !wanted.contains(name) {
            log("\(name) is left over, and is removed")
            LabFolders.unlinkResolver(name)
            do throws(KernelError) { try BindingFolder.standard.unbind(name) } catch { log("\(error)") }
        }
    }

    // MARK: Processes

    /// The processes that may be containers': all of the lab's group, or, without one, of its namespaces.
    private var containerPIDs: [Int32] {
        if let group = kernel.runner.cgroup, let pids = try? group.processes() { return pids }
        let inodes = kernel.edge.names.filter { $0 != .host }.compactMap { name in
            (try? kernel.edge.place(name)).map { ProcessTable.inode(of: $0.namespace) }
        }
        return ProcessTable.processes(inNetworkNamespaces: Set(inodes))
    }

    /// Ends what belongs to nobody: processes of Pods that are gone, and commands whose callers are.
    private func end(_ found: FoundContainers) {
        for process in found.containers.values.flatMap(\.values).map(\.process) + found.orphans {
            try? process.signal(Program.kill)
        }
    }

    /// Finds the Pods as they are.
    /// - Returns: what is to be done for each.
    private func restorePods(_ found: inout FoundContainers, _ findings: inout Findings) -> [(ObjectKey, [PodEffect])] {
        var effects: [(ObjectKey, [PodEffect])] = []
        for (uid, assignment) in cluster.placedPods {
            let living = found.take(uid)
            if let object = cluster.store[assignment.key], object.uid == uid {
                effects.append((assignment.key, restore(Pod(object), assignment, living, &findings)))
            } else {
                // Its object is gone: what is left of it goes, and makes room for a later one of the name.
                for process in living.values.map(\.process) { try? process.signal(Program.kill) }
                let stub = Pod(
                    Object(
                        apiVersion: "v1", kind: "Pod", namespace: assignment.key.namespace, name: assignment.key.name))
                let running = RunningPod(
                    uid: uid, assignment: assignment, nodeAddresses: [], lifecycle: PodLifecycle(stub))
                _ = running.request.begin()
                pods[assignment.key] = running
                removeSandbox(running)
            }
        }
        return effects
    }

    private func restore(
        _ pod: Pod, _ assignment: PodAssignment, _ living: [String: FoundContainers.Found], _ findings: inout Findings
    ) -> [PodEffect] {
        let key = assignment.key
        let now = Timestamp.now()
        // A Pod whose status does not tell of its sandbox is at its beginning, whatever the daemon before had come to do.
        let hasSandbox = hasSandbox(assignment) && pod.object.value["status"]?["podIP"] != nil
        let containers = pod.initContainers + pod.containers
        var runs: [Int: Int] = [:]
        if hasSandbox {
            for (index, container) in containers.enumerated() { runs[index] = living[container.name]?.run }
        } else {
            for process in living.values.map(\.process) { try? process.signal(Program.kill) }
        }
        var running = RunningPod(
            uid: pod.object.uid, assignment: assignment,
            nodeAddresses: cluster.store[ObjectKey("Node", "", assignment.node.text)].map { Node($0).internalAddresses }
                ?? [],
            lifecycle: PodLifecycle(restoring: pod, living: runs, hasSandbox: hasSandbox, now: now))
        _ = running.request.begin()
        let lost = running.lifecycle.containers.indices.count {
            running.lifecycle.containers[$0].isRunning && runs[$0] == nil
        }
        findings.running += runs.count
        findings.ended += lost
        let effects = running.lifecycle.resume(living: runs, now: now)
        for (index, container) in containers.enumerated() where runs[index] != nil {
            running.processes[index] = living[container.name]?.process
        }
        pods[key] = running
        guard hasSandbox else {
            findings.remade += running.lifecycle.wantsSandbox ? 1 : 0
            return running.lifecycle.wantsSandbox ? [.makeSandbox] : effects
        }
        do throws(KernelError) { try kernel.runner.adopt(pod, assignment, living) } catch { log("\(key): \(error)") }
        restoreVolumes(running)
        for (index, container) in containers.enumerated() {
            if let process = running.processes[index] { watch(process, of: index, container, running) }
        }
        return running.lifecycle.wantsSandbox ? [.makeSandbox] : effects
    }

    /// True if the Pod's namespace, its link and its files are there.
    private func hasSandbox(_ assignment: PodAssignment) -> Bool {
        guard File.exists("\(paths.pod(assignment.key.namespace, assignment.key.name))/hosts") else { return false }
        guard let interface = assignment.interface else { return true }
        return (try? kernel.edge.place(assignment.namespace))?.indexes[interface.name] != nil
    }

    private func watch(_ process: ChildProcess, of index: Int, _ container: Container, _ running: RunningPod) {
        let (key, uid, assignment, kernel) = (running.assignment.key, running.uid, running.assignment, kernel)
        Lab.watch(process, of: index, container, key, uid: uid, kernel)
        guard ContainerProgram.answersNames(container) else { return }
        kernel.workers.submit {
            if !kernel.nameServers.open(assignment, container.name) { try? process.signal(Program.kill) }
        }
    }

    /// Notes what the Pod's volumes are made of, and brings them up to date.
    private func restoreVolumes(_ running: RunningPod) {
        guard let volumes = volumes(running), !volumes.isEmpty else { return }
        let (kernel, key, revision) = (kernel, running.assignment.key, cluster.store.revision)
        let token = token(running.lifecycle.pod)
        kernel.workers.submit {
            do throws(KernelError) { try kernel.runner.refresh(key, volumes, at: revision, token: token) } catch {
                kernel.inbox.post(.note("\(key): \(error)"))
            }
        }
    }
}
