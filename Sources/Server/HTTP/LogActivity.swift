// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOHTTP1

/// A container's log on its way to the client: a piece is asked for when the one before it has been sent.
final class LogActivity: Activity {
    private let pieces: AsyncThrowingStream<[UInt8], any Error>
    private let connection: HTTPConnection
    private let loop: any EventLoop
    private var task: Task<Void, Never>?

    init(_ pieces: AsyncThrowingStream<[UInt8], any Error>, _ connection: HTTPConnection, _ loop: any EventLoop) {
        self.pieces = pieces
        self.connection = connection
        self.loop = loop
    }

    func begin() {
        connection.begin(connection.head(.ok, contentType: "text/plain"))
        connection.flush()
        let me = NIOLoopBound(self, eventLoop: loop)
        let (pieces, loop) = (pieces, loop)
        task = Task {
            do {
                for try await piece in pieces {
                    try await loop.flatSubmit { me.value.send(piece) }.get()
                }
                loop.execute { me.value.finish(isWhole: true) }
            } catch {
                loop.execute { me.value.finish(isWhole: false) }
            }
        }
    }

    func clientLeft() {
        task?.cancel()
        task = nil
    }

    private func send(_ piece: [UInt8]) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        if task == nil {
            promise.fail(ChannelError.ioOnClosedChannel)
        } else {
            connection.write(ByteBuffer(bytes: piece), promise: promise)
            connection.flush()
        }
        return promise.futureResult
    }

    private func finish(isWhole: Bool) {
        guard task != nil else { return }
        task = nil
        isWhole ? connection.end() : connection.abort()
    }
}
