// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Cluster
internal import DNS
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// One running lab: the cluster as a value, and the effects that follow from its changes.
///
/// Commands write to the cluster; `settle` lets the controllers run and carries out what they found: tables at once
/// and in place, Pods on worker threads, whose events come back through the inbox.
public actor Lab {
    let name: String
    let paths: LabPaths
    let options: LabOptions
    var cluster: Cluster
    let kernel: LabKernel
    var rules: RuleKeeper
    var health: HealthState
    var pods: [ObjectKey: RunningPod] = [:]
    /// The namespaces that were made with the nodes: among them those of Pods whose manifest names their node.
    var madeWithNodes: Set<NamespaceName> = []
    /// What is to be done once the rules that wait are sent.
    var afterRules = AfterRules()
    /// True until the iptables rules that another daemon made were read.
    var areRulesUnknown = false
    /// Since when changes of endpoints wait to be sent, and since when those have that are being sent, in the milliseconds
    /// of the machine's clock.
    var waitingSince: (next: Double?, now: Double?) = (nil, nil)
    /// True for a while after rules were sent, so that there is time for other work.
    var isResting = false
    /// Why a Pod is not as it should be, in the words of the last report.
    var reasons: [ObjectKey: String] = [:]
    var volumeUsers = VolumeUsers()
    /// What is broken on purpose.
    var faults = FaultState()
    /// What is counted while somebody looks.
    var counting = CountingState()
    /// Those who trace connections, and what they asked.
    var tracers: [TraceSession] = []
    var traceQuestions: [Int: Value] = [:]
    /// Names outside the cluster of which an Event tells.
    var toldNames: Set<DomainName> = []
    /// The responders of the systems beyond the edge, by name.
    var outside: [String: OutsideProgram] = [:]
    /// Images for which it was said that the responder stands in.
    private var announcedImages: Set<String> = []
    let api: KubernetesAPI
    /// The Lab document of the manifest, if there is one.
    let document: Value?
    /// What the manifests say that were applied.
    var texts: ManifestTexts
    /// The counters that listeners to the story were told of, and the task that tells them of more.
    var storyCounters = StoryCounters()
    var storyCounting: Task<Void, Never>?
    /// The web page's server, once somebody wants it.
    var page: Task<PageFront, any Error>?
    /// The open watches of the API's clients, and where their events go.
    var watches = WatchHub()
    var sinks: [Int: @Sendable ([UInt8]?) -> Void] = [:]
    /// How far the wall clock is ahead of the machine's own, in milliseconds, as last seen.
    var clockOffset = Lab.presentClockOffset
    /// Until this moment of the machine's clock, rules that are not the plan's are nobody's doing: the lab was just taken over.
    var adoptionEnd = 0.0
    private var waiters: [Int: Waiter] = [:]
    private var lastWaiter = 0
    /// Before this moment progress is not looked at again: it costs time, and must not cost much of it.
    private var nextProgress = 0.0

    /// A command that waits until all is ready.
    private struct Waiter {
        var continuation: CheckedContinuation<Bool, Never>
        var report: @Sendable (Progress) -> Void
    }
    /// When the cluster is to be settled even if nothing happens, in the milliseconds of the machine's clock.
    private var nextWake: Double?

    /// Tables are inspected so often, in milliseconds: what someone else changed is back within a second (D56).
    private static let inspectionPause = 400
    /// So long after its start a lab's nodes serve their health ports at the latest, in milliseconds.
    private static let healthPause = 1000

    init(
        _ name: String, _ paths: LabPaths, _ options: LabOptions, _ cluster: Cluster, _ kernel: LabKernel,
        _ api: KubernetesAPI, _ document: Value?, iptables: IPTablesVariant? = nil,
        texts: ManifestTexts = ManifestTexts()
    ) {
        self.texts = texts
        self.name = name
        self.paths = paths
        self.options = options
        self.cluster = cluster
        self.kernel = kernel
        self.api = api
        self.document = document
        rules = RuleKeeper(kernel.edge, kernel.health, iptables)
        health = HealthState(board: kernel.health, servers: kernel.healthServers)
    }

    // MARK: Life

    /// Makes the nodes and their tables, then what was applied.
    func start() throws(KernelError) {
        kernel.inbox.connect { [weak self] in Task { await self?.drain() } }
        let steps = cluster.plan.difference(from: Plan())
        try kernel.edge.record(cluster.plan.namespaces.keys.sorted())
        try kernel.edge.run(steps)
        madeWithNodes = Set(cluster.plan.namespaces.keys)
        try installRules()
        beginSabotage()
        try startOutside()
        try writeResolvers()
        settle()
        kernel.state.keep([KeptSetup.isMade])
        scheduleInspection()
        kernel.later(Lab.healthPause, .beginHealth)
        sendBookmarks()
    }

    /// Takes in a manifest; all or nothing.
    func apply(_ documents: [Document]) throws(Refusal) -> [Applied] {
        let applied = try cluster.apply(documents, now: .now())
        settle()
        return applied
    }

    /// Deletes objects; gives the keys of what was there.
    func delete(_ keys: [ObjectKey]) -> [ObjectKey] {
        let deleted = cluster.delete(keys, now: .now())
        settle()
        return deleted
    }

    /// Edits one object; false if there is none, or nothing changes.
    func update(_ key: ObjectKey, _ body: @Sendable (inout Object) -> Void) -> Bool {
        let changed = cluster.update(key, now: .now(), body)
        settle()
        return changed
    }

    // MARK: Events

    /// Takes all events that wait, then settles once for all of them.
    func drain() {
        for _ in 0..<1000 {
            let events = kernel.inbox.take()
            if events.isEmpty { return }
            var touched: Set<ObjectKey> = []
            for event in events { handle(event, &touched) }
            for key in touched { writeStatus(key) }
            settle()
        }
        // Events keep coming: let other callers of the actor have their turn.
        Task { self.drain() }
    }

    private func handle(_ event: LabEvent, _ touched: inout Set<ObjectKey>) {
        switch event {
        case .pod(let key, let uid, let event):
            guard pods[key]?.uid == uid else { return }
            touched.insert(key)
            perform(key, event)
        case .process(let key, let uid, let container, let process):
            guard pods[key]?.uid == uid else {
                try? process.signal(Program.kill)
                return
            }
            pods[key]?.processes[container] = process
        case .sandboxRemoved(let key, let uid):
            guard pods[key]?.uid == uid else { return }
            pods[key] = nil
            reasons[key] = nil
            kernel.probeTimes.forget(key)
            cluster.podRemoved(key, now: .now())
            inspectFaults()
        case .loadBalancerReady(let key): cluster.publishLoadBalancer(key, now: .now())
        case .wake: nextWake = nil
        case .waitedEnough(let number): stopWaiting(number)
        case .inspectTables:
            inspectRules()
            inspectNodes()
            inspectFaults()
            inspectBindings()
            inspectClock()
            tellUnknownNames()
            scheduleInspection()
        case .rulesSent(let round, let next, let milliseconds):
            rulesSent(round, next, milliseconds: milliseconds)
        case .rulesRead(let different): rulesRead(different: different)
        case .flushRules:
            isResting = false
            flushRules()
        case .beginHealth: beginHealth()
        case .healthServed(let ports): healthIsServed(at: ports)
        case .healthUnserved(let node, let check, let reason): tellUnserved(node, check, reason)
        case .probeNodes: probeNodes()
        case .loadBalancerProbed(let probe, let succeeded, let isLast):
            probed(probe, succeeded: succeeded, isLast: isLast)
        case .sendBookmarks: sendBookmarks()
        case .outsideEnded(let name, let how): endedOutside(name, how)
        case .startOutside(let name): restartOutside(name)
        case .toppedUp: faults.isToppingUp = false
        case .expireWatchers:
            counting.isExpiring = false
            expireWatchers()
        case .stateKept(let problem): tellStateKept(problem)
        case .note(let text): log(text)
        }
    }

    // MARK: Settling

    /// Runs the controllers and carries out what they found, until nothing more comes of it.
    func settle() {
        for _ in 0..<100 {
            let started = Program.milliseconds()
            let changes = cluster.settle(now: .now())
            keep(changes)
            kernel.names.apply(changes.names)
            tellStory(changes.events)
            commit(changes, since: started)
            let published = follow(changes)
            if !published, changes.events.isEmpty { break }
        }
        reportProgress()
    }

    /// Hands over what a later daemon has to know.
    func keep(_ changes: Changes) {
        guard !changes.events.isEmpty || !changes.kept.isEmpty else { return }
        kernel.state.keep(changes.events, changes.kept + [cluster.store.keptRevision])
        // A Pod that was told to stop must not be taken for one that serves.
        if !changes.podsToStop.isEmpty { kernel.state.write() }
    }

    /// Carries out what changed beside the rules.
    /// - Returns: true if there is more to settle because of it.
    func follow(_ changes: Changes) -> Bool {
        refreshHealth(changes)
        noteAddresses(changes.events)
        publish(changes.events)
        refreshVolumes(changes.events)
        startPods(changes.podsToStart)
        for key in changes.podsToStop { stopPod(key) }
        if let milliseconds = changes.wakeAfter { wake(after: milliseconds) }
        return programmed(changes.loadBalancers)
    }

    /// True if an address was published at once, so that there is more to settle.
    private func programmed(_ services: [ObjectKey]) -> Bool {
        let delay = cluster.configuration.provisioningDelay
        for key in services {
            if delay == 0 {
                cluster.publishLoadBalancer(key, now: .now())
            } else {
                kernel.later(delay, .loadBalancerReady(key))
            }
        }
        return delay == 0 && !services.isEmpty
    }

    private func wake(after milliseconds: Int) {
        let moment = Program.milliseconds() + Double(max(milliseconds, 1))
        if let nextWake, nextWake <= moment { return }
        nextWake = moment
        kernel.later(max(milliseconds, 1), .wake)
    }

    func scheduleInspection() { kernel.later(Lab.inspectionPause, .inspectTables) }

    // MARK: Waiting

    /// Waits until all that was applied is ready, reporting each step on the way.
    /// - Returns: false if the time, in seconds, was over before.
    func waitUntilReady(seconds: Int, _ report: @escaping @Sendable (Progress) -> Void) async -> Bool {
        let progress = Progress(cluster)
        report(progress)
        guard !isReady(progress) else { return true }
        lastWaiter += 1
        let number = lastWaiter
        kernel.later(seconds * 1000, .waitedEnough(number))
        return await withCheckedContinuation { waiters[number] = Waiter(continuation: $0, report: report) }
    }

    /// Rules that the kernel refused to change are not ready, whatever the objects say.
    private func isReady(_ progress: Progress) -> Bool { progress.isReady && !rules.isBehind }

    private func reportProgress() {
        guard !waiters.isEmpty else { return }
        let started = Program.milliseconds()
        guard started >= nextProgress else { return wake(after: 5) }
        let progress = Progress(cluster)
        nextProgress = Program.milliseconds() + 10 * (Program.milliseconds() - started)
        for waiter in waiters.values { waiter.report(progress) }
        guard isReady(progress) else { return }
        for waiter in waiters.values { waiter.continuation.resume(returning: true) }
        waiters = [:]
    }

    private func stopWaiting(_ number: Int) {
        waiters.removeValue(forKey: number)?.continuation.resume(returning: false)
    }

    // MARK: Words

    func log(_ text: String) { kernel.log(text) }

    /// True the first time that it is asked for an image.
    func announce(_ image: String) -> Bool { announcedImages.insert(image).inserted }
}

extension Timestamp {
    /// The present moment of the machine's clock.
    static func now() -> Timestamp {
        let time = Program.wallClock()
        return Timestamp(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }
}
