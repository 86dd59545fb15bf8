// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Kubernetes
internal import Server

extension CommandHandler {
    /// Answers `{"verb": "api", "method", "path", "contentType", "body"}` as the API server would answer the lab's
    /// administrator: `{"status", "body"}`, the body as JSON where it is, as text where not. A path may have a query.
    func api(_ request: Value) async throws -> Value {
        guard let method = Request.Method(rawValue: request["method"]?.string ?? "GET") else {
            throw LabError("\"\(request["method"]?.string ?? "")\" is no method of HTTP that the API knows")
        }
        var asked = Request(method, target: request["path"]?.string ?? "/")
        asked.user = .admin
        switch request["body"] {
        case nil, .null?: break
        case .string(let text)?: asked.body = Array(text.utf8)
        case let value?: asked.body = value.jsonBytes()
        }
        asked.headers["content-type"] =
            request["contentType"]?.string ?? (asked.body.isEmpty ? nil : "application/json")
        asked.headers["accept"] = "application/json"
        asked.headers["user-agent"] = "lab"
        let response = await lab.respond(to: asked)
        if method != .get { lab.kernel.state.write() }
        switch response {
        case .answer(let answer): return CommandHandler.value(answer)
        case .watch: throw LabError("\(asked.path): the verb api watches nothing; ask again, or use the API server")
        case .connect(let connection): return try await log(connection)
        }
    }

    /// A log as far as it goes; everything else that takes a running Pod has commands of its own.
    private func log(_ connection: API.Connection) async throws -> Value {
        guard case .log(let options) = connection.purpose, !options.follows else {
            throw LabError("\(connection.key): the verb api reads logs, and does nothing else in a Pod; see lab exec")
        }
        do {
            var bytes: [UInt8] = []
            for try await piece in try await lab.log(connection) {
                bytes += piece
                if bytes.count > CommandHandler.logLimit { break }
            }
            return ["status": 200, "body": .string(String(decoding: bytes, as: UTF8.self))]
        } catch let status as Status {
            return CommandHandler.value(Answer(status))
        }
    }

    /// As much of a log as fits a conversation, in bytes.
    private static let logLimit = 1 << 20

    private static func value(_ answer: Answer) -> Value {
        let bytes = answer.body()
        let body = (try? Value(json: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
        return ["status": .int(Int64(answer.status)), "body": body]
    }
}
