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
        /// The pipe through which it writes; nil if it writes into the log itself.
        var collection: PipeCollector.Collection?
    }

    private let watcher: FileWatcher
    private let collector: PipeCollector
    private let streams = Mutex<[ObjectKey: [String: Streams]]>([:])

    init() throws(KernelError) {
        watcher = try FileWatcher()
        collector = try PipeCollector()
    }

    /// Begins a run of a container: the log of the run before is kept, that of the one before it goes.
    /// - Parameter isOurs: whether it runs the lab's own program, which writes into the log itself. Any other may open
    ///   `/dev/stderr` by its name, which must add to what it wrote and not begin it anew, as with a file it would.
    /// - Returns: its streams, and what its process writes to, of which no end may stay open here.
    func begin(
        _ key: ObjectKey, _ container: Container, log path: String, environment: [String], isOurs: Bool
    ) throws(KernelError) -> (Streams, output: SharedDescriptor) {
        let before = self[key, container.name]
        if let before {
            before.collection?.drain()
            before.log.end()
            try File.rename(path, to: path + ".1")
        }
        let log = try ContainerLog(path, watcher)
        let user = ProcessOptions.Privileges.unprivileged.user
        var begun = Streams(log: log, previous: before?.log, environment: environment)
        var output = log.file
        if !isOurs, !container.usesTTY {
            let collected = try collect(log, user)
            begun.collection = collected.collection
            output = collected.output
        }
        begun.console = try ContainerConsole.of(container, log, output: output, user: user)
        streams.withLock { [begun] in $0[key, default: [:]][container.name] = begun }
        return (begun, output)
    }

    /// Takes over the streams of a container that another daemon started: its log, that of the run before, and the pipe of
    /// a program that writes into one.
    /// - Parameter process: nil if the container has ended.
    func adopt(
        _ key: ObjectKey, _ container: Container, log path: String, _ process: ChildProcess?, environment: [String]
    ) throws(KernelError) {
        let log = try ContainerLog(path, watcher)
        log.begin(asOf: path)
        var adopted = Streams(log: log, environment: environment)
        let before = path + ".1"
        if File.exists(before) {
            let previous = try ContainerLog(before, watcher)
            previous.begin(asOf: before)
            previous.end()
            adopted.previous = previous
        }
        if let pipe = process?.outputPipe { adopted.collection = try collect(pipe, into: log) }
        if process == nil { log.end() }
        streams.withLock { [adopted] in $0[key, default: [:]][container.name] = adopted }
    }

    /// A pipe into a log.
    private func collect(
        _ log: ContainerLog, _ user: UInt32?
    ) throws(KernelError) -> (collection: PipeCollector.Collection, output: SharedDescriptor) {
        let pipe = try Pipe(user: user)
        return (try collect(pipe.reading, into: log), try pipe.lastingWriting())
    }

    private func collect(
        _ pipe: SharedDescriptor, into log: ContainerLog
    ) throws(KernelError) -> PipeCollector.Collection {
        try collector.collect(pipe) { bytes in
            // A log that cannot be written to any more is no reason to hold up who writes.
            try? File.writeAll(log.file.raw, bytes, "the log")
        }
    }

    /// A run has ended, or never began.
    func end(_ key: ObjectKey, _ container: String) {
        guard let streams = self[key, container] else { return }
        streams.collection?.drain()
        // At a terminal the last words may not have been read; its reader ends the log.
        if streams.console?.isTerminal != true { streams.log.end() }
        self.streams.withLock { all in
            all[key]?[container]?.console = nil
            all[key]?[container]?.collection = nil
        }
    }

    /// The Pod and its files go.
    func remove(_ key: ObjectKey) {
        let gone = streams.withLock { $0.removeValue(forKey: key) }
        for streams in gone.map({ Array($0.values) }) ?? [] { streams.log.end() }
    }

    /// The streams of a container; nil before its first run.
    subscript(_ key: ObjectKey, _ container: String) -> Streams? { streams.withLock { $0[key]?[container] } }
}
