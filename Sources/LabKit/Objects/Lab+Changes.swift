// SPDX-License-Identifier: Apache-2.0
internal import Engine
public import Kubernetes

extension Lab {
    /// Applies manifests, as `lab apply` does: all of them, or nothing.
    /// - Parameters:
    ///   - yaml: one or several documents.
    ///   - waits: whether to wait until all Pods are ready.
    public func apply(_ yaml: String, file: String = "manifest", waits: Bool = true, timeout: Int = 60) async throws {
        _ = try await ask([
            "verb": "apply", "files": [["name": .string(file), "text": .string(yaml)]], "wait": .bool(waits),
            "timeout": .int(Int64(timeout)),
        ])
    }

    /// Changes an object as `kubectl patch -p` does: `lab.patch("service/web", #"{"spec": {"type": "NodePort"}}"#)`.
    /// - Parameter json: the patch as JSON.
    @discardableResult
    public func patch(_ object: String, _ json: String, _ kind: Action.Patch.Kind = .strategic) async throws -> Object {
        guard let patch = try? Value(json: Array(json.utf8)) else { throw LabFailure("the patch is no JSON: \(json)") }
        return try await self.patch(try ObjectReference(named: object), patch, kind)
    }

    /// Changes an object: `lab.patch("service/web", ["spec": ["selector": ["version": "green"]]])`.
    @discardableResult
    public func patch(
        _ object: String, _ patch: Value, _ kind: Action.Patch.Kind = .strategic, subresource: String? = nil
    ) async throws -> Object {
        try await self.patch(try ObjectReference(named: object), patch, kind, subresource: subresource)
    }

    func patch(
        _ reference: ObjectReference, _ patch: Value, _ kind: Action.Patch.Kind, subresource: String? = nil
    ) async throws -> Object {
        let path = try await path(of: reference) + (subresource.map { "/\($0)" } ?? "")
        var answer = try await api("PATCH", path, body: patch, contentType: kind.contentType)
        // Custom objects know no strategic merge: kubectl takes the other there, too.
        if answer.status == 415, kind == .strategic {
            answer = try await api("PATCH", path, body: patch, contentType: Action.Patch.Kind.merge.contentType)
        }
        return Object(try answer.get())
    }

    /// Sets labels, and removes those that are nil.
    public func label(_ object: String, _ labels: [String: String?]) async throws {
        try await label(try ObjectReference(named: object), labels)
    }

    func label(_ reference: ObjectReference, _ labels: [String: String?]) async throws {
        let changes = Value.object(Fields(labels.mapValues { $0.map { Value.string($0) } ?? .null }))
        _ = try await patch(reference, ["metadata": ["labels": changes]], .merge)
    }

    /// Sets how many Pods a Deployment, ReplicaSet or StatefulSet has.
    public func scale(_ object: String, _ replicas: Int) async throws {
        try await scale(try ObjectReference(named: object), replicas)
    }

    func scale(_ reference: ObjectReference, _ replicas: Int) async throws {
        _ = try await patch(reference, ["spec": ["replicas": .int(Int64(replicas))]], .merge, subresource: "scale")
    }

    /// Deletes an object, and does not wait until it is gone.
    public func delete(_ object: String, gracePeriod: Duration? = nil) async throws {
        try await delete(try ObjectReference(named: object), gracePeriod)
    }

    func delete(_ reference: ObjectReference, _ gracePeriod: Duration?) async throws {
        let query = gracePeriod.map { "?gracePeriodSeconds=\(Int(($0.milliseconds / 1000).rounded(.up)))" } ?? ""
        let path = try await path(of: reference) + query
        _ = try await api("DELETE", path).get()
    }

    /// Deletes objects; at least one must be there.
    func delete(_ selection: ObjectSelection, _ gracePeriod: Duration?) async throws {
        switch selection {
        case .object(let reference): try await delete(reference, gracePeriod)
        case .all(let kind, let namespace, _):
            let found = try await objects(selection)
            guard !found.isEmpty else { throw LabFailure("there are no \(selection)") }
            for object in found {
                let place = object.namespace.isEmpty ? namespace : object.namespace
                try await delete(ObjectReference(kind: kind, namespace: place, name: object.name), gracePeriod)
            }
        }
    }

    /// Waits until something is true of an object, asking again and again.
    /// - Parameter what: for the error: `service/web has an address`.
    public func wait(
        _ object: String, within time: Duration = .seconds(30), for what: String = "what was waited for",
        _ condition: @Sendable (Object) -> Bool
    ) async throws {
        let reference = try ObjectReference(named: object)
        try await eventually("\(reference): \(what)", within: time) {
            try await self.find(reference).map(condition) ?? false
        }
    }

    /// Waits until an object's condition is true, as `kubectl wait --for=condition=Ready`.
    public func wait(_ object: String, condition: String, within time: Duration = .seconds(30)) async throws {
        try await wait(object, within: time, for: "condition \(condition)") { object in
            (object.value["status", "conditions"]?.elements ?? []).contains {
                $0["type"]?.string == condition && $0["status"]?.string == "True"
            }
        }
    }

    /// Asks again and again until something is so; throws with these words if it is not within the time.
    public func eventually(
        _ what: String, within time: Duration = .seconds(30), _ condition: () async throws -> Bool
    ) async throws {
        let deadline = now + time
        repeat {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(25))
        } while now < deadline
        throw LabFailure("not within \(time): \(what)")
    }
}
