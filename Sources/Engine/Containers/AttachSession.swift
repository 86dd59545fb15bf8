// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Linux
internal import Server
internal import Synchronization

/// The streams of a container's own process, joined by a client. The corresponding request is `pods/attach`.
///
/// Output and errors come together, from the log: processes write there themselves, in one order.
final class AttachSession: Session {
    let input: Int32?
    let output: Int32?
    let errors: Int32? = nil
    private let console: ContainerConsole?
    private let log: ContainerLog
    private let ending = Ending()
    private let wakeUps: Semaphore
    private let hasLeft = Atomic<Bool>(false)

    private static let chunk = 1 << 14

    /// Joins the streams that the client wants.
    /// - Parameter begin: from where in the log the client reads.
    init(
        _ log: ContainerLog, from begin: Int, _ console: ContainerConsole?, _ wanted: API.Connection.Streams
    ) throws(KernelError) {
        self.log = log
        self.console = console
        wakeUps = try Semaphore()
        let pipe = wanted.output || wanted.terminal ? try Pipe() : nil
        try pipe?.reading.stopBlocking()
        output = try pipe?.reading.duplicate()
        input = wanted.input ? try console?.takeInput() : nil
        // The thread has the writing end alone: when the client has closed the other one, writing fails and does not wait.
        try ShortThread.detach("attach") { [self, writing = pipe?.writing] in
            copy(from: begin, to: writing)
            ending.tell(.exited(0))
        }
    }

    /// Copies what is written, until the container ends or the client goes.
    private func copy(from begin: Int, to output: SharedDescriptor?) {
        var offset = begin
        while !hasLeft.load(ordering: .acquiring) {
            let isOver = log.isOver
            let bytes = (try? log.bytes(from: offset, limit: AttachSession.chunk)) ?? []
            offset += bytes.count
            if let output, !bytes.isEmpty {
                guard (try? File.writeAll(output.raw, bytes, "a client")) != nil else { return }
            }
            guard bytes.isEmpty else { continue }
            if isOver { return }
            let waiter = log.whenBeyond(offset) { [wakeUps] in wakeUps.signal() }
            wakeUps.wait()
            log.forget(waiter)
        }
    }

    func resize(columns: Int, rows: Int) { console?.resize(columns: columns, rows: rows) }

    func end() async -> SessionEnd { await ending.wait() }

    func hangUp() {
        hasLeft.store(true, ordering: .releasing)
        wakeUps.signal()
    }
}
