// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

/// What can be done to a Pod besides writing it.
extension KubernetesAPI {
    /// `POST …/pods/NAME/binding`: the Pod goes to a node.
    func bind(_ call: Call, _ cluster: inout Cluster) throws(Status) -> Answer {
        guard call.info.verb == .create else { throw .methodNotAllowed }
        return try bind(call, try BodyReader(call).object(as: "Binding", "v1"), &cluster)
    }

    /// A binding, sent to a Pod or to the collection of bindings.
    func bind(_ call: Call, _ binding: Object, _ cluster: inout Cluster) throws(Status) -> Answer {
        let options = try WriteOptions(call, "CreateOptions")
        let name = call.info.name.isEmpty ? binding.name : call.info.name
        let key = ObjectKey("Pod", call.namespace, name)
        _ = try cluster.replace(key, binding, .binding, options, now: call.now)
        return try call.answer(201, Self.success)
    }

    /// `POST …/pods/NAME/eviction`: a deletion that a PodDisruptionBudget may forbid for now.
    func evict(_ call: Call, _ cluster: inout Cluster) throws(Status) -> Answer {
        guard call.info.verb == .create else { throw .methodNotAllowed }
        let eviction = try BodyReader(call).object(as: "Eviction", "policy/v1")
        let options = try WriteOptions(call, "CreateOptions")
        _ = try cluster.replace(call.key, eviction, .eviction, options, now: call.now)
        return try call.answer(201, Self.success)
    }

    private static let success: Value = [
        "kind": "Status", "apiVersion": "v1", "metadata": .object([:]), "status": "Success", "code": 201,
    ]
}
