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
        let call = Call(request, info, resource, user, now: now)
        var response: Response
        do throws(Status) {
            response = try answer(call, &cluster)
        } catch {
            response = .answer(Answer(error))
        }
        response.warn(call.deprecations)
        return response
    }
}

extension Call {
    /// What every answer about a kind says that Kubernetes would rather see forgotten.
    fileprivate var deprecations: [String] {
        guard resource.kind == "Endpoints", !resource.isCustom else { return [] }
        return Object(apiVersion: "v1", kind: "Endpoints", name: info.name).warnings()
    }
}

extension Response {
    /// Adds warnings to an answer that does not have them yet.
    fileprivate mutating func warn(_ warnings: [String]) {
        guard !warnings.isEmpty, case .answer(var answer) = self else { return }
        answer.warnings += warnings.filter { !answer.warnings.contains($0) }
        self = .answer(answer)
    }
}
