// SPDX-License-Identifier: Apache-2.0
import Net
import Scenarios

/// Replies as tests need them.
enum Replies {
    static let client = SocketAddress(Address(198, 51, 100, 70), 40000)

    /// A reply with status 200 from a Pod.
    static func from(_ name: String, status: Int = 200, ms: Int = 1) -> Reply {
        var reply = Reply(.delivered, latency: .milliseconds(ms))
        reply.status = status
        reply.answeredBy = name
        reply.client = client
        reply.seenSource = client.address
        reply.body = "Hello from \(name)!\n"
        reply.headers = ["content-type": "text/plain"]
        return reply
    }

    /// So many of each.
    static func from(_ counts: [(String, Int)]) -> [Reply] {
        counts.flatMap { name, count in (0..<count).map { _ in from(name) } }
    }

    /// A lab of three Pods of two versions.
    static let systems = KnownSystems(
        pods: [
            KnownSystems.Pod("web-1", labels: ["app": "web", "version": "blue"], addresses: [Address(10, 244, 0, 1)]),
            KnownSystems.Pod("web-2", labels: ["app": "web", "version": "blue"], addresses: [Address(10, 244, 1, 1)]),
            KnownSystems.Pod("web-3", labels: ["app": "web", "version": "green"], addresses: [Address(10, 244, 1, 2)]),
            KnownSystems.Pod("old", labels: ["app": "web", "version": "blue"], isReady: false),
        ],
        nodes: ["node-1": [Address(172, 18, 0, 2)], "node-2": [Address(172, 18, 0, 3)]],
        others: ["outside/visitor": [client.address], "host": [Address(172, 18, 0, 100)]])

    /// What fails of an entry of `expect`.
    static func failures(_ entry: String, _ replies: [Reply]) throws -> [String] {
        try Reading.checks(entry).flatMap { $0.evaluate(.replies(replies), in: systems) }.map(\.description)
    }
}
