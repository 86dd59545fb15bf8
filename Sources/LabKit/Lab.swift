// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Kubernetes
internal import Linux
internal import Synchronization

/// A running lab, as a test drives it: its places, its objects, its traffic.
///
/// ```swift
/// try await Lab.with("Labs/hello-service.yaml") { lab in
///     let reply = try await lab.host.curl("http://hello-service.workload-reachability-example:8080/")
///     #expect(reply.status == 200)
/// }
/// ```
///
/// A lab is isolated unless told otherwise: nothing of it leaves its namespaces, and any number run side by side. It
/// takes root, or a user namespace that the program was started in (`lab run FILE -- swift test`).
public final class Lab: Sendable {
    /// Its name, as `lab list` shows it.
    public let name: String
    /// The kubeconfig for its API server, which in an isolated lab only programs on its host reach.
    public var kubeconfig: String { paths.kubeconfig }

    let paths: LabPaths
    let settings: LabSettings
    let client: TrafficClient
    let places: PlaceBook
    /// When the lab was there, on the machine's clock: the moments of replies count from here.
    let started = Program.milliseconds()
    /// What is recorded of it, if anything is.
    let recording = Mutex<StoryRecording?>(nil)
    private let state: Mutex<State>

    private struct State {
        /// Held open as long as the lab shall live.
        var leash: LineStream?
        var isDown = false
    }

    private init(_ name: String, _ settings: LabSettings, leash: LineStream) throws {
        self.name = name
        self.settings = settings
        paths = LabPaths(lab: name)
        client = try TrafficClient()
        places = PlaceBook()
        state = Mutex(State(leash: leash))
    }

    // MARK: Up and down

    /// Brings a lab up from manifests, and waits until all its Pods are ready.
    /// - Parameters:
    ///   - files: manifests, by their paths.
    ///   - name: the lab's; nil for one that no other lab has.
    /// - Throws: what the manifest's reader, or the machine, refused; then nothing is left.
    public static func up(_ files: String..., name: String? = nil) async throws -> Lab {
        var settings = LabSettings()
        settings.name = name
        return try await up(files: files, settings)
    }

    /// Brings a lab up from manifests.
    public static func up(files: [String], _ settings: LabSettings = LabSettings()) async throws -> Lab {
        let read = try await Blocking.run { try files.map { InputFile($0, try File.bytes($0)) } }
        return try await up(read, settings)
    }

    /// Brings a lab up from manifests that were read: their names, and their bytes.
    public static func up(_ files: [(name: String, bytes: [UInt8])], _ settings: LabSettings) async throws -> Lab {
        try await up(files.map { InputFile($0.name, $0.bytes) }, settings)
    }

    /// Brings a lab up from a manifest's text.
    public static func up(manifest: String, _ settings: LabSettings = LabSettings()) async throws -> Lab {
        try await up([InputFile("manifest", Array(manifest.utf8))], settings)
    }

    /// Brings a lab up, hands it to the body, and takes it down again, also when the body throws or its task is
    /// cancelled.
    public static func with<Result>(
        _ files: String..., settings: LabSettings = LabSettings(), _ body: (Lab) async throws -> Result
    ) async throws -> Result {
        let lab = try await up(files: files, settings)
        return try await lab.using(body)
    }

    /// Hands the lab to the body, and takes it down afterwards, however the body ends.
    public func using<Result>(_ body: (Lab) async throws -> Result) async throws -> Result {
        do {
            let result = try await body(self)
            try await down()
            return result
        } catch {
            try? await down()
            throw error
        }
    }

    /// Takes the lab down; the machine is as it was before. A lab that is down already is no error.
    public func down() async throws {
        let wasDown = state.withLock { state in
            defer { state.isDown = true }
            return state.isDown
        }
        guard !wasDown else { return }
        let paths = paths
        let leash = state.withLock { state in
            defer { state.leash = nil }
            return state.leash
        }
        // Cancelled tasks take their labs down, too: the thread does not ask.
        try await Blocking.run { try Demolition(paths).run() }
        withExtendedLifetime(leash) {}
    }

    /// Lets the lab live on when this program ends, as one that `lab up` brought up.
    public func letGo() {
        state.withLock { state in
            state.isDown = true
            try? state.leash?.writeLine(String(decoding: Daemon.letGo, as: UTF8.self))
            state.leash = nil
        }
    }

    static func up(_ files: [InputFile], _ settings: LabSettings) async throws -> Lab {
        var options = LabOptions()
        let name = settings.name ?? "kit-\(String(UInt32.random(in: 0 ... .max), radix: 36))"
        options.name = name
        options.nodes = settings.nodes
        options.isIsolated = settings.isIsolated
        options.waits = settings.waits
        options.timeout = settings.timeout
        options.overrides = settings.overrides
        options.isLeashed = settings.isLeashed
        options.seed = settings.seed
        options.owner = .current
        let request: Value = [
            "files": .array(
                files.map { ["name": .string($0.name), "text": .string(String(decoding: $0.bytes, as: UTF8.self))] }),
            "options": options.value,
        ]
        let launch = Launch(request, try settings.daemonProgram(), LabPaths(lab: name), settings.tell)
        let stream = try await withTaskCancellationHandler {
            try await Blocking.run { try launch.run() }
        } onCancel: {
            launch.cancel()
        }
        let lab = try Lab(name, settings, leash: stream)
        guard Task.isCancelled else { return lab }
        try await lab.down()
        throw CancellationError()
    }

    deinit {
        // Who has forgotten to take it down ends its stream, at which the daemon takes it away.
        state.withLock { $0.leash }?.end()
    }
}

/// The conversation with a daemon that is bringing a lab up; cancelled, it takes away what it has made.
private final class Launch: Sendable {
    private let request: Value
    private let program: String
    private let paths: LabPaths
    private let tell: (@Sendable (String) -> Void)?
    private let stream = Mutex<LineStream?>(nil)
    private let isCancelled = Mutex(false)

    init(_ request: Value, _ program: String, _ paths: LabPaths, _ tell: (@Sendable (String) -> Void)?) {
        self.tell = tell
        self.request = request
        self.program = program
        self.paths = paths
    }

    /// Ends the conversation wherever it is. A daemon that was not asked yet ends; one that was takes away what it makes.
    /// (A line of interruption that came before the request would be taken for it.)
    func cancel() {
        isCancelled.withLock { $0 = true }
        stream.withLock { $0 }?.end()
    }

    func run() throws -> LineStream {
        let (mine, daemons) = try LineStream.pair()
        let pid = try Program.startDetached(["daemon"], stream: daemons, log: "/dev/null", program: program)
        if let process = ChildProcess.find(pid: pid) {
            // A child that has ended is a zombie until somebody asks.
            try ShortThread.detach("daemon") { process.wait() }
        }
        stream.withLock { $0 = mine }
        if isCancelled.withLock({ $0 }) { cancel() }
        do {
            _ = try ControlClient(mine).ask(request) { reply in
                if let text = reply["say"]?.string { tell?(text) }
            }
            return mine
        } catch {
            // A lab that is not ready in time stays for people to look at; nobody looks at a test's.
            mine.end()
            try? Demolition(paths).run()
            guard let text = (error as? LabError)?.description else { throw error }
            throw LabFailure(
                String(text.firstRange(of: "\nthe lab stays up").map { text[..<$0.lowerBound] } ?? text[...]))
        }
    }
}
