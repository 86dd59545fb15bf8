// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension KubernetesAPI {
    /// `POST …/serviceaccounts/NAME/token`: `kubectl create token`.
    func issueToken(_ call: Call, _ cluster: Cluster) throws(Status) -> Answer {
        guard call.info.verb == .create else { throw .methodNotAllowed }
        let account = try call.object(cluster.store)
        var request = try BodyReader(call).object(as: "TokenRequest", "authentication.k8s.io/v1")
        let seconds = request.spec["expirationSeconds"]?.int ?? 3600
        guard seconds >= 600, seconds <= 1 << 32 else {
            let rule =
                seconds < 600
                ? "may not specify a duration less than 10 minutes"
                : "may not specify a duration larger than 2^32 seconds"
            let problem = Problem("spec.expirationSeconds", .invalid, value: String(seconds), rule)
            request.name = ""
            throw .invalid(request, [problem])
        }
        let end = Timestamp(seconds: call.now.seconds + Int64(seconds))
        let claims = TokenKeeper.Claims(
            namespace: account.namespace, name: account.name, uid: account.uid, issued: call.now, expires: end)
        guard let token = tokens.issue(claims) else { throw .nothingThere }
        request.name = account.name
        request.namespace = account.namespace
        request.creationTimestamp = call.now.description
        request.value["spec", "expirationSeconds"] = .int(Int64(seconds))
        request.status = ["token": .string(token), "expirationTimestamp": .string(end.description)]
        return try call.answer(201, request.value)
    }
}
