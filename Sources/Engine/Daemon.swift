// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Cluster
internal import Dataplane
internal import Kubernetes
public import Linux
internal import Net

/// The program that keeps one lab: started by `lab up`, ended by `lab down`.
///
/// Its first conversation, with `lab up`, comes over an inherited stream. As long as that has not ended well, the end of
/// the stream (the command was interrupted or killed) means: take everything away again.
public final class Daemon: Sendable {
    private let stream: LineStream
    private let reply: ControlReply

    private init(_ stream: LineStream) throws(KernelError) {
        self.stream = stream
        reply = try ControlReply(stream)
    }

    /// Runs the daemon on the stream that `lab up` gave it; never returns.
    public static func run(_ stream: LineStream) async -> Never {
        // A lab has two dozen threads, of which two work at a time as a rule.
        Program.shareMemory(pools: 2)
        Program.ignoreBrokenPipes()
        Program.raiseDescriptorLimit()
        guard let daemon = try? Daemon(stream) else { Program.exit(2) }
        await daemon.begin()
        // What the manifest took while it was read is free by now.
        Program.giveBackMemory()
        while true { try? await Task.sleep(for: .seconds(3600)) }
    }

    /// Reads what `lab up` wants, and does it.
    private func begin() async {
        guard let line = try? stream.readLine(), let request = try? Value(json: line) else { Program.exit(2) }
        let started = Program.milliseconds()
        if let name = request["adopt"]?.string { return await adopt(LabPaths(lab: name), started) }
        do {
            let setup = try LabSetup(InputFile.all(in: request), LabOptions(request["options"] ?? .null))
            await bringUp(setup, LabOptions(request["options"] ?? .null), started)
        } catch {
            reply.fail("\(error)")
            reply.flush()
            Program.exit(1)
        }
    }

    private func bringUp(_ setup: LabSetup, _ options: LabOptions, _ started: Double) async {
        let stages = Stages(started)
        do {
            let plans = try establish(setup, options)
            stages.mark("manifest")
            do { try await start(setup, options, plans, stages) } catch {
                reply.fail("\(error)")
                reply.flush()
                Daemon.demolish(setup.paths, stream)
            }
        } catch {
            reply.fail("\(error)")
            reply.flush()
            Program.exit(1)
        }
    }

    /// Decides, then makes the lab's folder and cgroup, under the lock of all labs.
    private func establish(_ setup: LabSetup, _ options: LabOptions) throws -> LabSetup.Plans {
        // An isolated lab chooses nothing that another could choose as well: many are planned side by side.
        let early = options.isIsolated ? try plan(setup, options) : nil
        return try File.locked(LabPaths.lock) { () throws in
            defer { LabFolders.removeRootIfEmpty() }
            try setup.requireFreeName()
            let plans = try early ?? plan(setup, options)
            do {
                try setup.establish(plans.cluster)
                try joinCgroup(setup.paths)
            } catch {
                try? Demolition(setup.paths).runLocked(sparesDaemon: true)
                throw error
            }
            return plans
        }
    }

    private func plan(_ setup: LabSetup, _ options: LabOptions) throws -> LabSetup.Plans {
        let drawn = UInt64(Program.milliseconds() * 1e6) ^ UInt64(Program.pid) << 40
        return try setup.plan(now: .now(), seed: options.seed ?? drawn)
    }

    /// Moves the daemon to the lab's cgroup, where there is one: a user may have one that it may not move there.
    private func joinCgroup(_ paths: LabPaths) throws(KernelError) {
        do throws(KernelError) {
            try Cgroup.create("\(paths.cgroup)/daemon")?.join()
        } catch  where UserSession.isEntered {
            try Cgroup.find(paths.cgroup)?.remove()
        }
    }

    private func start(
        _ setup: LabSetup, _ options: LabOptions, _ plans: LabSetup.Plans, _ stages: Stages
    ) async throws {
        let state = DaemonState()
        let reply = reply
        try watchForInterruption(setup.paths, state, isLeashed: options.isLeashed)
        let voice = Voice { text in if !state.isUp { reply.say(text) } }
        for notice in plans.notices { voice.say(notice) }
        for kept in plans.applied where kept.isKept { voice.say("\(kept.key) is kept; a lab does not act on it") }
        for line in Limits.warnings(plans.applied, plans.cluster.store) { voice.say(line) }
        let kernel = try LabKernel(
            setup.paths, plans.cluster.configuration, isIsolated: options.isIsolated, voice: voice)
        kernel.runner.tokens = plans.access.keeper
        kernel.runner.images = setup.images
        kernel.state.keep([
            KeptSetup.change(setup.document, options, plans.cluster.configuration, plans.access, port: nil)
        ])
        stages.mark("programs")
        let api = KubernetesAPI(tokens: plans.access.keeper, metrics: { kernel.metrics.all })
        let lab = Lab(
            setup.name, setup.paths, options, plans.cluster, kernel, api, setup.document, iptables: setup.iptables,
            texts: setup.texts)
        try await lab.start()
        stages.mark("nodes")
        let front = try APIFront(plans.access, lab)
        let port = try await front.open(kernel.edge, setup.paths, plans.cluster.configuration, options.owner)
        kernel.state.keep([
            KeptSetup.change(setup.document, options, plans.cluster.configuration, plans.access, port: port)
        ])
        stages.mark("API")
        let commands = CommandHandler(lab)
        try ControlServer(setup.paths).run { request, reply in await commands.handle(request, reply) }
        if options.waits {
            let isReady = await commands.wait(seconds: options.timeout) { progress in
                reply.progress(progress)
                stages.note(progress)
            }
            await lab.beginHealth()
            guard isReady else {
                state.isUp = true
                reply.fail(await commands.timeoutText(options.timeout))
                end(options)
                return
            }
        }
        stages.mark("ready")
        var result = await lab.report()
        result["stages"] = stages.value
        state.isUp = true
        reply.done(result)
        end(options)
    }

    /// Takes a lab over whose daemon is gone; if that cannot be, the lab stays as it is.
    private func adopt(_ paths: LabPaths, _ started: Double) async {
        do {
            try Program.redirectOutput(to: paths.daemonLog)
            var result = try await AdoptedLab(paths).start()
            result["milliseconds"] = .double(Program.milliseconds() - started)
            reply.done(result)
            end(LabOptions())
            // To join takes a while, and nobody has to wait for it.
            try? Cgroup.find("\(paths.cgroup)/daemon")?.join()
        } catch {
            Program.write(2, "\(Timestamp.now()) \(error)\n")
            reply.fail("\(error)")
            reply.flush()
            Program.exit(1)
        }
    }

    /// Ends the conversation with `lab up`; the stream of a lab on a leash stays open.
    private func end(_ options: LabOptions) {
        reply.flush()
        reply.end()
        if !options.isLeashed { stream.end() }
    }

    /// What whoever brought a lab up writes to let it live on without a leash.
    public static let letGo = Array("stay".utf8)

    /// Takes the lab away when `lab up` ends before the lab is up; one on a leash also later.
    private func watchForInterruption(
        _ paths: LabPaths, _ state: DaemonState, isLeashed: Bool
    ) throws(KernelError) {
        let stream = stream
        try ShortThread.detach("up") {
            let line = try? stream.readLine()
            if isLeashed, line == Daemon.letGo { return }
            guard state.interrupt() || isLeashed else { return }
            Program.write(2, "\(Timestamp.now()) whoever brought the lab up has ended: taking the lab away\n")
            Daemon.demolish(paths, stream)
        }
    }

    /// Takes the lab away with everything that this program is still making: it becomes `lab down`, so that all its
    /// other threads end at once. The stream stays open until that is done, for `lab up` waits for its end.
    private static func demolish(_ paths: LabPaths, _ stream: LineStream) -> Never {
        if let root = Cgroup.root { try? File.write("\(root)/cgroup.procs", "\(Program.pid)") }
        let error = Program.become(["down", paths.lab], keeping: stream)
        Program.write(2, "\(Timestamp.now()) \(error)\n")
        Program.exit(1)
    }
}
