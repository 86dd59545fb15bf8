// SPDX-License-Identifier: Apache-2.0

/// The server: one thread, one loop, every socket watched at once.
final class Server {
    /// What a watched descriptor is.
    private enum Source {
        case listener(isProxied: Bool, port: UInt16)
        case datagrams(port: UInt16)
        case signals
        case connection(Connection)
    }

    /// How many connections are taken in one turn, so that the others get theirs.
    private static let acceptLimit = 128
    /// How long a connection that has just been opened is given to bring its first request, when the process ends.
    private static let youth: UInt64 = 100

    var circumstances: Circumstances
    var clock = WallClock()
    let log = RequestLog()
    let patience = Patience()
    /// One buffer for all that is read; only the part that is used ever becomes memory.
    var scratch: [UInt8]
    /// The time at the beginning of this turn of the loop, in milliseconds.
    var now = monotonicMilliseconds()
    /// What the process ends with, once something has said that it ends.
    var exitCode: Int32?

    private var readiness: Readiness
    /// By descriptor.
    private var sources: [Source?] = []
    private var listeners: [Int32] = []
    private var areListenersPaused = false
    private var nextSweep: UInt64 = .max
    private var events: UInt64 = 0
    /// When the process ends even though an answer is not sent whole.
    private var deadlineOfExit: UInt64?
    /// After SIGTERM: when serving may end.
    private var drainsUntil: UInt64?
    private let drainMilliseconds: UInt64
    private var tls: TLSProgram?

    init(_ options: Options) throws(SystemError) {
        circumstances = Circumstances(identity: Identity())
        drainMilliseconds =
            options.drainMilliseconds ?? environmentValue("LAB_DRAIN_MILLISECONDS").flatMap(UInt64.init) ?? 500
        circumstances.role = options.role
        circumstances.files = options.files
        circumstances.isOnlyFiles = options.isOnlyFiles
        circumstances.hasDatagrams = !options.udp.isEmpty
        scratch = uninitializedBuffer(count: 65_536)
        readiness = try Readiness()
        watch(try signalDescriptor(TheSignal.all), as: .signals)
        for port in options.http { listen(try openSocket(datagrams: false, port: port), port: port, isProxied: false) }
        for port in options.udp { watch(try openSocket(datagrams: true, port: port), as: .datagrams(port: port)) }
        if let program = options.tlsProgram, !options.tls.isEmpty {
            listen(try openSocket(path: options.tlsSocket), port: 0, isProxied: true)
            tls = TLSProgram(program, ports: options.tls, socket: options.tlsSocket, name: circumstances.identity.pod)
            try tls?.start()
        }
    }

    /// Serves until something says that the process ends. Returns what it ends with.
    func run() -> Int32 {
        var ready: [Int32] = []
        while true {
            readiness.wait(milliseconds: patienceOfLoop(), into: &ready)
            now = monotonicMilliseconds()
            for descriptor in ready { handle(descriptor) }
            if now >= nextSweep { sweep() }
            if let code = ending(isQuiet: ready.isEmpty) { return end(code) }
        }
    }

    /// Does what a request asked for beside its answer.
    func apply(_ effect: Answer.Effect) {
        switch effect {
        case .none: break
        case .setReadiness(let isReady): setReadiness(isReady)
        case .exit(let code): exitCode = exitCode ?? code
        }
    }

    private func setReadiness(_ isReady: Bool) {
        circumstances.isReady = isReady
        log.write(isReady ? "ready from now on" : "not ready from now on", at: clock.now())
    }

    // MARK: Descriptors

    private func watch(_ descriptor: Int32, as source: Source) {
        let index = Int(descriptor)
        while sources.count <= index { sources.append(nil) }
        sources[index] = source
        readiness.add(descriptor, for: Readiness.read)
    }

    private func listen(_ descriptor: Int32, port: UInt16, isProxied: Bool) {
        listeners.append(descriptor)
        watch(descriptor, as: .listener(isProxied: isProxied, port: port))
    }

    private func handle(_ descriptor: Int32) {
        switch sources[Int(descriptor)] {
        case .listener(let isProxied, let port): accept(on: descriptor, port: port, isProxied: isProxied)
        case .datagrams(let port): reply(on: descriptor, port: port)
        case .signals: while let signal = nextSignal(from: descriptor) { heed(signal) }
        case .connection(let connection): advanceAndWatch(connection)
        case nil: break
        }
    }

    private func accept(on listener: Int32, port: UInt16, isProxied: Bool) {
        for _ in 0..<Self.acceptLimit {
            switch responder.accept(from: listener) {
            case .connection(let descriptor, let client):
                let connection = Connection(descriptor, client: client, port: port, isProxied: isProxied, at: now)
                noteEvent(of: connection)
                watch(descriptor, as: .connection(connection))
                speakUnasked(on: connection)
            case .none: return
            case .full:
                if closeIdlest() { continue }
                // Nobody can make room: who waits in the queue is served when somebody has gone.
                for listener in listeners { readiness.change(listener, to: 0) }
                areListenersPaused = true
                return
            }
        }
    }

    /// Tells the host name to a client that has only connected, if that is this process's role.
    private func speakUnasked(on connection: Connection) {
        guard case .hostnameUnasked = circumstances.role else { return }
        connection.output = Array(hostName().utf8)
        connection.closesAfterOutput = true
        advanceAndWatch(connection)
    }

    private func reply(on descriptor: Int32, port: UInt16) {
        let role = circumstances.role
        for _ in 0..<Self.acceptLimit {
            let found = answerDatagram(on: descriptor, scratch: &scratch) { datagram, client in
                role.reply(to: datagram, from: client, port: port)
            }
            guard let (length, client) = found else { return }
            log.write(datagram: length, from: client, at: clock.now())
        }
    }

    private func advanceAndWatch(_ connection: Connection) {
        switch advance(connection) {
        case .read: change(connection, to: Readiness.read)
        case .write: change(connection, to: Readiness.write)
        case .close: close(connection)
        }
        if connection.deadline != 0 { nextSweep = min(nextSweep, now + min(1000, patience.request / 4)) }
    }

    private func change(_ connection: Connection, to interest: UInt32) {
        guard connection.interest != interest else { return }
        connection.interest = interest
        readiness.change(connection.descriptor, to: interest)
    }

    private func close(_ connection: Connection) {
        sources[Int(connection.descriptor)] = nil
        closeDescriptor(connection.descriptor)
        guard areListenersPaused else { return }
        areListenersPaused = false
        for listener in listeners { readiness.change(listener, to: Readiness.read) }
    }

    private var connections: some Sequence<Connection> {
        sources.lazy.compactMap { source in
            if case .connection(let connection) = source { connection } else { nil }
        }
    }

    /// Notes that a connection was opened or brought something; times alone would not tell which came last.
    func noteEvent(of connection: Connection) {
        events += 1
        connection.lastEvent = events
    }

    /// Makes room by closing the connection that has been idle the longest. Returns whether there was one.
    private func closeIdlest() -> Bool {
        guard let idlest = connections.filter(\.isIdle).min(by: { $0.lastEvent < $1.lastEvent }) else { return false }
        close(idlest)
        return true
    }

    /// Gives up the connections that have taken too long over something.
    private func sweep() {
        nextSweep = .max
        for connection in Array(connections) where connection.deadline != 0 {
            if connection.deadline <= now { giveUp(connection) }
            if connection.deadline != 0 { nextSweep = min(nextSweep, max(connection.deadline, now + 10)) }
        }
    }

    private func giveUp(_ connection: Connection) {
        switch connection.stage {
        case .head, .body:
            guard connection.output.isEmpty else { return close(connection) }
            connection.deadline = 0
            refuse(connection, Refusal(408, "the request took too long"))
            advanceAndWatch(connection)
        case .preamble, .lingering:
            connection.deadline = 0
            close(connection)
        }
    }
}

// MARK: - Signals and the end

/// The signals that this process heeds. As process 1 it would get none that it does not ask for.
private enum TheSignal {
    static let interrupt: Int32 = 2
    static let becomeReady: Int32 = 10
    static let becomeUnready: Int32 = 12
    static let terminate: Int32 = 15
    static let childEnded: Int32 = 17
    static let all = [interrupt, becomeReady, becomeUnready, terminate, childEnded]
}

extension Server {
    private func heed(_ signal: Int32) {
        switch signal {
        case TheSignal.becomeReady: setReadiness(true)
        case TheSignal.becomeUnready: setReadiness(false)
        case TheSignal.childEnded: reapChildren()
        case TheSignal.terminate, TheSignal.interrupt:
            if let code = circumstances.role.exitCode(onInterrupt: signal == TheSignal.interrupt) {
                exitCode = exitCode ?? code
                return
            }
            guard signal == TheSignal.terminate, drainsUntil == nil else {
                exitCode = exitCode ?? 0
                return
            }
            circumstances.isShuttingDown = true
            drainsUntil = now + drainMilliseconds
            log.write("shutting down: serving \(drainMilliseconds) ms more", at: clock.now())
        default: exitCode = exitCode ?? 0
        }
    }

    private func reapChildren() {
        while let child = nextEndedChild() {
            guard child == tls?.process, exitCode == nil else { continue }
            log.write("the TLS program ended", at: clock.now())
            do throws(SystemError) {
                if try tls?.restart() != true { exitCode = 1 }
            } catch {
                log.write(error.text, at: clock.now())
                exitCode = 1
            }
        }
    }

    /// How long the loop may wait for something to happen, in milliseconds.
    private func patienceOfLoop() -> Int32 {
        if exitCode != nil { return 10 }
        var until = nextSweep
        if let drainsUntil { until = min(until, now < drainsUntil ? drainsUntil : isBusy ? now + 10 : now) }
        if until == .max { return -1 }
        return Int32(clamping: until > now ? until - now : 0)
    }

    private var isBusy: Bool {
        connections.contains { connection in
            if case .lingering = connection.stage { return false }
            return !connection.isIdle || (!connection.hasAnswered && now < connection.lastActive + Self.youth)
        }
    }

    /// What the process ends with, if this is the moment: no answer is cut off, no request is left unanswered.
    private func ending(isQuiet: Bool) -> Int32? {
        if let exitCode {
            if deadlineOfExit == nil { deadlineOfExit = now + 1000 }
            return now >= deadlineOfExit ?? 0 || !connections.contains { !$0.output.isEmpty } ? exitCode : nil
        }
        guard let drainsUntil, now >= drainsUntil, !isBusy else { return nil }
        return isQuiet || now >= drainsUntil + 1000 ? 0 : nil
    }

    private func end(_ code: Int32) -> Int32 {
        for listener in listeners { closeDescriptor(listener) }
        for connection in Array(connections) { close(connection) }
        if let tls {
            removeFile(tls.socket)
            self.tls?.stop()
        }
        return code
    }
}
