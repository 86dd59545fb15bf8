// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux
internal import Synchronization

/// What the containers of all Pods write, and where those with `stdin` or `tty` read.
final class PodStreams: Sendable {
    /// The streams of one container.
    struct Streams: Sendable {
        /// What the present run writes, or the last one wrote.
        var log: ContainerLog
        /// What the run before wrote; nil before the first restart.
        var previous: ContainerLog?
        /// The variables of its process, which commands in it have, too.
        var environment: [String]
        /// What the daemon holds of the present run's streams; nil for most.
        var console: ContainerConsole?
    }

    private let watcher: FileWatcher
    private let streams = Mutex<[ObjectKey: [String: Streams]]>([:])

    init() throws(KernelError) { watcher = try FileWatcher() }

    /// Begins a run of a container: the log of the run before is kept, that of the one before it goes.
    func begin(
        _ key: ObjectKey, _ container: Container, log path: String, environment: [String]
    ) throws(KernelError) -> Streams {
        let before = self[key, container.name]
        if let before {
            before.log.end()
            try File.rename(path, to: path + ".1")
        }
        let log = try ContainerLog(path, watcher)
        let console = try ContainerConsole.of(
            container, log, user: ProcessOptions.Privileges.unprivileged.user)
        let begun = Streams(log: log, previous: before?.log, environment: environment, console: console)
        streams.withLock { $0[key, default: [:]][container.name] = begun }
        return begun
    }

    /// A run has ended, or never began.
    func end(_ key: ObjectKey, _ container: String) {
        guard let streams = self[key, container] else { return }
        // At a terminal the last words may not have been read; its reader ends the log.
        if streams.console?.isTerminal != true { streams.log.end() }
        self.streams.withLock { $0[key]?[container]?.console = nil }
    }

    /// The Pod and its files go.
    func remove(_ key: ObjectKey) {
        let gone = streams.withLock { $0.removeValue(forKey: key) }
        for streams in gone.map({ Array($0.values) }) ?? [] { streams.log.end() }
    }

    /// The streams of a container; nil before its first run.
    subscript(_ key: ObjectKey, _ container: String) -> Streams? { streams.withLock { $0[key]?[container] } }
}
