// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Kubernetes
internal import NIOCore
internal import NIOHTTP1

/// What the server does about a request, now that the lab has been asked.
enum Reaction: Sendable {
    /// Sends an answer, whose body is made and, if that is said, compressed.
    case answer(Answer, body: [UInt8], isCompressed: Bool)
    /// Sends events as they come.
    case watch(Watch)
    /// Sends a log as it comes.
    case log(AsyncThrowingStream<[UInt8], any Error>)
    /// Carries a process's streams.
    case session(any Session, API.Connection.Streams, Upgrade)
    /// Carries TCP connections.
    case portForward(ObjectKey, [UInt16], Upgrade)
    /// Hands the request on to a server behind this socket.
    case proxy(API.Connection.Proxy, socket: Int32)

    /// A failure.
    static func refusal(_ status: Status) -> Reaction { finished(Answer(status), acceptsGzip: false, limit: .max) }

    /// Asks the lab. This is where a request spends its time, away from the event loop.
    static func to(
        _ head: HTTPRequestHead, _ body: ByteBuffer, from channel: any Channel, _ surroundings: Surroundings
    ) async -> Reaction {
        let backend = surroundings.backend
        do {
            var request = try Request(head, body: body)
            if let token = Credentials.token(head.headers) {
                guard let user = await backend.user(ofToken: token) else {
                    throw Status(.unauthorized, "Unauthorized")
                }
                request.user = user
                surroundings.connections.know(channel)
            }
            switch await backend.respond(to: request) {
            case .answer(let answer):
                let acceptsGzip = head.headers[canonicalForm: "Accept-Encoding"].contains { $0.hasPrefix("gzip") }
                return finished(answer, acceptsGzip: acceptsGzip, limit: surroundings.limits.compressedBytes)
            case .watch(let watch): return .watch(watch)
            case .connect(let connection): return try await connect(connection, head, backend)
            }
        } catch let status as Status {
            return refusal(status)
        } catch {
            return refusal(Status(.internalError, "Internal error occurred: \(error)"))
        }
    }

    private static func connect(
        _ connection: API.Connection, _ head: HTTPRequestHead, _ backend: any Backend
    ) async throws -> Reaction {
        switch connection.purpose {
        case .exec(_, let streams), .attach(let streams):
            let upgrade = try Upgrade(head, spdy: Upgrade.sessionProtocols, webSocket: WebSocketProtocol.names)
            return .session(try await backend.session(connection), streams, upgrade)
        case .portForward(let ports):
            let upgrade = try Upgrade(head, spdy: [Upgrade.portForward], webSocket: [Upgrade.tunnelledPortForward])
            return .portForward(connection.key, ports, upgrade)
        case .log: return .log(try await backend.log(connection))
        case .proxy(let proxy):
            do {
                return .proxy(proxy, socket: try await backend.dial(connection.key, port: proxy.port))
            } catch let status as Status {
                throw status
            } catch {
                throw Status(.serviceUnavailable, "error trying to reach service: \(error)")
            }
        }
    }

    private static func finished(_ answer: Answer, acceptsGzip: Bool, limit: Int) -> Reaction {
        let body = answer.body()
        if acceptsGzip, body.count > limit, let compressed = Gzip.compressed(body) {
            return .answer(answer, body: compressed, isCompressed: true)
        }
        return .answer(answer, body: body, isCompressed: false)
    }
}
