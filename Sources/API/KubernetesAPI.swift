// SPDX-License-Identifier: Apache-2.0
public import Cluster
public import Kubernetes

/// The Kubernetes API as a function: a request and a cluster give a response and, for writes, a changed cluster.
///
/// Nothing here does input or output: `Server` brings the requests, `Engine` settles the cluster after each.
public struct KubernetesAPI: Sendable {
    let tokens: TokenKeeper
    let metrics: @Sendable () -> [Metric]

    /// The API of a cluster.
    /// - Parameters:
    ///   - tokens: makes and knows the tokens of ServiceAccounts.
    ///   - metrics: what is counted outside, for `/metrics`.
    public init(tokens: TokenKeeper = .none, metrics: @escaping @Sendable () -> [Metric] = { [] }) {
        self.tokens = tokens
        self.metrics = metrics
    }

    /// Answers one request. What is wrong with it is answered with a Status; nothing is thrown, and nothing traps.
    public func respond(to request: Request, _ cluster: inout Cluster, now: Timestamp) -> Response {
        do throws(Status) {
            return try route(request, &cluster, now: now)
        } catch {
            return .answer(Answer(error))
        }
    }

    private func route(
        _ request: Request, _ cluster: inout Cluster, now: Timestamp
    ) throws(Status) -> Response {
        let path = try RequestPath(request.path)
        if let answer = openAnswer(request, path) { return .answer(answer) }
        guard request.user != nil else { throw Status(.unauthorized, "Unauthorized") }
        let user = try impersonated(request, cluster.store)
        guard let info = RequestInfo(request, path) else {
            return .answer(try nonResourceAnswer(request, path, user, cluster))
        }
        let resource = try allowed(request, info, user, cluster)
        return try answer(Call(request, info, resource, user, now: now), &cluster)
    }
}
