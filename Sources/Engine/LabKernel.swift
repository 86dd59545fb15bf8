// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// A lab's threads and everything through which it reaches the kernel.
final class LabKernel: Sendable {
    let edge: KernelEdge
    let runner: PodRunner
    let workers: Workers
    /// Those who connect to Pods for clients: nobody else waits while a Pod does not answer.
    let callers: Workers
    let prober: Prober
    let probeTimes = ProbeTimes()
    let metrics = MetricBoard()
    let monitor: ProcessMonitor
    let inbox = Inbox<LabEvent>()
    let health = HealthBoard()
    let healthServers: HealthServers
    let cleaner: DatagramCleaner
    let connections: ConnectionCleaner
    let names: NameBoard
    let nameServers: NameServers
    let state: StateKeeper
    /// Who listens to what happens.
    let story = StoryFeed()
    /// The one who starts the programs that write rules.
    let ruleWriter: Workers
    /// Words for whoever waits for `up`, and the log.
    private let voice: Voice

    init(
        _ paths: LabPaths, _ configuration: Configuration, isIsolated: Bool, keeping image: StateImage = StateImage(),
        voice: Voice
    ) throws(KernelError) {
        self.voice = voice
        edge = KernelEdge(paths, isIsolated: isIsolated)
        runner = try PodRunner(
            paths, edge, try RootTemplate.create(), try ResponderPrograms(), Resolver(configuration),
            // None where the daemon could not have one.
            Cgroup.find(paths.cgroup) == nil ? nil : try Cgroup.create(paths.podsCgroup))
        workers = try Workers(count: 2)
        callers = try Workers(count: 8)
        prober = try Prober()
        monitor = try ProcessMonitor()
        let inbox = inbox
        state = try StateKeeper(paths.state, image) { inbox.post(.stateKept(problem: $0)) }
        ruleWriter = try Workers(count: 1)
        cleaner = try DatagramCleaner(edge, prober) { voice.log($0) }
        connections = try ConnectionCleaner(edge, prober) { voice.log($0) }
        names = NameBoard(configuration)
        nameServers = NameServers(names, edge) { inbox.post(.note($0)) }
        healthServers = try HealthServers(health, edge) { inbox.post(.healthUnserved($0, $1, $2)) }
    }

    /// Posts the event after so many milliseconds.
    func later(_ milliseconds: Int, _ event: LabEvent) {
        let inbox = inbox
        prober.delay(milliseconds: milliseconds) { inbox.post(event) }
    }

    func log(_ text: String) { voice.log(text) }
    func say(_ text: String) { voice.say(text) }
}

/// Where a lab's words go: its log, and whoever listens.
final class Voice: Sendable {
    private let listener: @Sendable (String) -> Void

    /// The listener hears what is said while `up` runs.
    init(_ listener: @escaping @Sendable (String) -> Void) { self.listener = listener }

    /// Writes one line into the daemon's log, which is its standard error.
    func log(_ text: String) { Program.write(2, "\(Timestamp.now()) \(text)\n") }

    /// Logs, and tells the listener.
    func say(_ text: String) {
        log(text)
        listener(text)
    }
}
