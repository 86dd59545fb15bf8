// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Foundation
import Kubernetes
import Net
import Testing

/// An API before a cluster of its own, in memory.
struct APIFixture {
    var cluster: Cluster
    var api: KubernetesAPI
    var now = Timestamp(seconds: 1_800_000_000)
    /// Who asks.
    var user: User? = .admin

    init(nodes count: Int = 2, services: String = "10.96.0.0/12", api: KubernetesAPI = KubernetesAPI()) throws {
        let nodes = (0..<count).map { NodeConfiguration("node-\($0 + 1)", zone: "zone-\($0)") }
        let configuration = Configuration(
            name: "test", nodes: nodes,
            ranges: [
                Configuration.Ranges(
                    nodes: try #require(Prefix("172.18.0.0/24")), pods: try #require(Prefix("10.244.0.0/16")),
                    services: try #require(Prefix(services)), loadBalancers: try #require(Prefix("203.0.113.0/24")))
            ])
        cluster = Cluster(configuration, seed: 1, now: now)
        self.api = api
        _ = cluster.settle(now: now)
    }

    /// The response to a request, after which the controllers have run.
    mutating func respond(to request: Request) -> Response {
        let response = api.respond(to: request, &cluster, now: now)
        _ = cluster.settle(now: now)
        return response
    }

    /// Sends a request; the path may have a query.
    mutating func send(
        _ method: Request.Method, _ url: String, _ body: Value? = nil, type: String = "application/json",
        headers: [String: String] = [:]
    ) -> Response {
        send(method, url, text: body?.json(), type: type, headers: headers)
    }

    /// Sends a request with a body that is text.
    mutating func send(
        _ method: Request.Method, _ url: String, text: String?, type: String = "application/json",
        headers: [String: String] = [:]
    ) -> Response {
        respond(to: Self.request(method, url, text: text, type: type, headers: headers, user: user))
    }

    static func request(
        _ method: Request.Method, _ url: String, text: String?, type: String?, headers: [String: String] = [:],
        user: User?
    ) -> Request {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let pairs = parts.count < 2 ? [] : parts[1].split(separator: "&")
        let query = pairs.map { pair -> Request.Parameter in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                String($0).removingPercentEncoding ?? String($0)
            }
            return Request.Parameter(sides[0], sides.count > 1 ? sides[1] : "")
        }
        var headers = headers
        if text != nil, let type { headers["content-type"] = type }
        return Request(
            method, String(parts[0]), query: query, headers: headers, body: Array((text ?? "").utf8), user: user)
    }

    /// The answer to a request that is not to be a watch or a connection.
    mutating func answer(
        _ method: Request.Method, _ url: String, _ body: Value? = nil, type: String = "application/json",
        headers: [String: String] = [:]
    ) throws -> Answer {
        guard case .answer(let answer) = send(method, url, body, type: type, headers: headers) else {
            throw Unexpected(what: "\(method) \(url) is no answer")
        }
        return answer
    }

    /// The body of an answer that must have a status.
    @discardableResult
    mutating func value(
        _ method: Request.Method, _ url: String, _ body: Value? = nil, type: String = "application/json",
        headers: [String: String] = [:], status: Int = 200
    ) throws -> Value {
        let answer = try answer(method, url, body, type: type, headers: headers)
        #expect(answer.status == status, "\(method) \(url): \(answer.text)")
        return try Value(json: answer.body())
    }

    /// Makes an object of YAML.
    @discardableResult
    mutating func make(_ url: String, _ yaml: String) throws -> Object {
        guard case .answer(let answer) = send(.post, url, text: yaml, type: "application/yaml") else {
            throw Unexpected(what: "no answer")
        }
        #expect(answer.status == 201, "\(answer.text)")
        return Object(try Value(json: answer.body()))
    }

    /// The watch that a request opens.
    mutating func watch(_ url: String, headers: [String: String] = [:]) throws -> Watch {
        guard case .watch(let watch) = send(.get, url, nil, headers: headers) else {
            throw Unexpected(what: "\(url) is no watch")
        }
        return watch
    }

    struct Unexpected: Error {
        let what: String
    }

    /// A Service of one port.
    static func service(_ name: String, labels: String = "app: web") -> String {
        "{apiVersion: v1, kind: Service, metadata: {name: \(name), labels: {\(labels)}}, spec: {ports: [{port: 80}], selector: {app: web}}}"
    }

    static let services = "/api/v1/namespaces/default/services"
}

extension Answer {
    /// The body as text.
    var text: String { String(decoding: body(), as: UTF8.self) }
}

extension Watch {
    /// The events of the opening: their types and the names of their objects.
    var told: [String] { opening.map(Watch.summary) }

    static func summary(_ line: [UInt8]) -> String {
        guard let value = try? Value(json: line) else { return "no JSON" }
        return "\(value["type"]?.string ?? "") \(value["object"]?["metadata"]?["name"]?.string ?? "")"
    }
}
