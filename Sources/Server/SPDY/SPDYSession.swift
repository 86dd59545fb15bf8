// SPDX-License-Identifier: Apache-2.0
internal import API
internal import NIOCore

/// A process's streams, each as a SPDY stream: `kubectl exec`, `attach` and `cp` of the versions before 1.31.
///
/// The session begins when the client has opened all the streams that it asked for.
final class SPDYSession: SPDYUser, SessionWire {
    private let pump: SessionPump
    private let expected: Set<SessionStream>
    /// The client knows a Status from a sentence.
    private let hasStatus: Bool
    private weak var connection: SPDYConnection?
    private var numbers: [SessionStream: UInt32] = [:]
    private var roles: [UInt32: SessionStream] = [:]
    private var sizes = WindowSizes()
    private var hasStarted = false
    private var timer: Scheduled<Void>?

    /// How long the client may take to open its streams.
    private static let patience = TimeAmount.seconds(30)

    init(_ pump: SessionPump, _ streams: API.Connection.Streams, hasStatus: Bool) {
        self.pump = pump
        self.hasStatus = hasStatus
        var expected: Set<SessionStream> = [.status]
        if streams.input { expected.insert(.input) }
        if streams.output { expected.insert(.output) }
        if streams.errors, !streams.terminal { expected.insert(.errors) }
        self.expected = expected
    }

    // MARK: The client's side

    func opened(_ connection: SPDYConnection) {
        self.connection = connection
        timer = connection.schedule(in: SPDYSession.patience) { [weak self] in
            self?.clientLeft()
            self?.connection?.close(isError: true)
        }
    }

    func opened(_ stream: UInt32, _ headers: [String: String]) -> Bool {
        guard let role = SPDYSession.role(headers["streamtype"]), numbers[role] == nil else { return false }
        (numbers[role], roles[stream]) = (stream, role)
        connection?.accept(stream)
        if !hasStarted, expected.isSubset(of: numbers.keys) {
            hasStarted = true
            timer?.cancel()
            pump.start(self)
        }
        return true
    }

    private static func role(_ name: String?) -> SessionStream? {
        switch name {
        case "stdin": .input
        case "stdout": .output
        case "stderr": .errors
        case "error": .status
        case "resize": .size
        default: nil
        }
    }

    func received(_ bytes: ByteBuffer, on stream: UInt32) {
        switch roles[stream] {
        case .input: pump.received(bytes)
        case .size: for size in sizes.read(bytes) { pump.resize(columns: size.columns, rows: size.rows) }
        case .output, .errors, .status, nil: break
        }
    }

    func ended(_ stream: UInt32, isReset: Bool) { if roles[stream] == .input { pump.inputEnded() } }

    var wantsMore: Bool { !hasStarted || pump.wantsInput }

    func writabilityChanged() { if isWritable { pump.resumeOutput() } }

    func clientLeft() {
        timer?.cancel()
        hasStarted ? pump.clientLeft() : pump.discard()
        hasStarted = true
    }

    // MARK: The process's side

    var isWritable: Bool { connection?.isWritable ?? false }

    func send(_ bytes: ByteBuffer, on stream: SessionStream) {
        if let number = numbers[stream] { connection?.send(bytes, on: number) }
    }

    func end(_ stream: SessionStream) {
        if let number = numbers[stream] { connection?.send(ByteBuffer(), on: number, isLast: true) }
    }

    func finish(_ end: SessionEnd) {
        for stream in [SessionStream.output, .errors] { self.end(stream) }
        if let number = numbers[.status] {
            connection?.send((hasStatus ? end.status : end.sentence) ?? ByteBuffer(), on: number, isLast: true)
        }
        connection?.close()
    }

    func resumeReading() { connection?.resumeReading() }
}
