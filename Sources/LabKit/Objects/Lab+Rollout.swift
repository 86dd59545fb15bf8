// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux

extension Lab {
    /// What `kubectl rollout` does with a Deployment, a DaemonSet or a StatefulSet.
    /// - Parameter time: how long `.status` may take.
    public func rollout(
        _ reference: ObjectReference, _ verb: Action.Rollout.Verb, within time: Duration = .seconds(60)
    ) async throws {
        switch verb {
        case .restart:
            let moment = Value.string(Timestamp(seconds: Program.wallClock().seconds).description)
            let annotations: Value = ["kubectl.kubernetes.io/restartedAt": moment]
            _ = try await patch(
                reference, ["spec": ["template": ["metadata": ["annotations": annotations]]]], .strategic)
        case .pause: _ = try await patch(reference, ["spec": ["paused": true]], .merge)
        case .resume: _ = try await patch(reference, ["spec": ["paused": .null]], .merge)
        case .undo: try await undo(reference)
        case .status:
            try await eventually("the rollout of \(reference) is complete", within: time) {
                guard let object = try await self.find(reference) else {
                    throw LabFailure("there is no \(reference)")
                }
                return Lab.isRolledOut(object)
            }
        }
    }

    /// Whether the controller has done all that the object says.
    static func isRolledOut(_ object: Object) -> Bool {
        let status = { (field: String) in object.value["status", field]?.int ?? 0 }
        let generation = object.value["metadata", "generation"]?.int ?? 0
        guard status("observedGeneration") >= generation else { return false }
        if object.kind == "DaemonSet" {
            let wanted = status("desiredNumberScheduled")
            return status("updatedNumberScheduled") == wanted && status("numberAvailable") == wanted
        }
        let wanted = object.value["spec", "replicas"]?.int ?? 1
        if object.kind == "StatefulSet" {
            return status("updatedReplicas") == wanted && status("readyReplicas") == wanted
                && status("currentReplicas") == wanted
        }
        return status("updatedReplicas") == wanted && status("replicas") == wanted
            && status("availableReplicas") == wanted
    }

    /// Goes back to the template before the newest.
    private func undo(_ reference: ObjectReference) async throws {
        guard let object = try await find(reference) else { throw LabFailure("there is no \(reference)") }
        let kind = object.kind == "Deployment" ? "replicaset" : "controllerrevision"
        let owned = try await objects(.all(kind: kind, namespace: reference.namespace, selector: LabelSelector()))
            .filter {
                ($0.value["metadata", "ownerReferences"]?.elements ?? []).contains { $0["uid"]?.string == object.uid }
            }
        let byAge = owned.sorted { Lab.revision($0) < Lab.revision($1) }
        guard byAge.count > 1 else { throw LabFailure("\(reference) has no rollout before this one") }
        let previous = byAge[byAge.count - 2]
        guard var template = previous.value["spec", "template"] ?? previous.value["data", "spec", "template"] else {
            throw LabFailure("\(previous.key) has no template")
        }
        template["metadata", "labels", "pod-template-hash"] = nil
        template["$patch"] = nil
        let operation: Value = ["op": "replace", "path": "/spec/template", "value": template]
        _ = try await patch(reference, .array([operation]), .json)
    }

    private static func revision(_ object: Object) -> Int {
        object.value["revision"]?.int
            ?? object.value["metadata", "annotations", "deployment.kubernetes.io/revision"]?.string.flatMap { Int($0) }
            ?? 0
    }
}
