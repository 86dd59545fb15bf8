// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The ReplicaSets of a Deployment: the one of its present template, if there is one yet, and the others, oldest first.
struct RolloutSets: Sendable {
    static let revision = "deployment.kubernetes.io/revision"
    private static let revisionHistory = "deployment.kubernetes.io/revision-history"
    static let hashLabel = "pod-template-hash"

    private(set) var new: Object?
    private(set) var old: [Object]

    init(_ all: [Object], template: Value) {
        let sorted = all.sorted { (RolloutSets.revision(of: $0), $0.name) < (RolloutSets.revision(of: $1), $1.name) }
        let wanted = RolloutSets.comparable(template)
        new = sorted.first { RolloutSets.comparable(ReplicaSet($0).template) == wanted }
        old = sorted.filter { [new] in $0.key != new?.key }
    }

    var all: [Object] { old + (new.map { [$0] } ?? []) }

    /// How many Pods are asked for in all.
    var total: Int { all.reduce(0) { $0 + ReplicaSet($1).replicas } }

    /// The sum of one count of the statuses.
    func sum(_ field: String) -> Int { all.reduce(0) { $0 + ($1.status[field]?.count ?? 0) } }

    private static func revision(of set: Object) -> Int {
        min(set.annotations[revision].flatMap { Int($0) } ?? 0, Int(Int32.max))
    }

    /// The template without the label that tells the ReplicaSets apart, and without the time that some clients write as
    /// null.
    private static func comparable(_ template: Value) -> Value {
        var template = template
        template["metadata", "labels", hashLabel] = nil
        if template["metadata"]?["creationTimestamp"] == .null { template["metadata", "creationTimestamp"] = nil }
        return template
    }

    /// What gives a ReplicaSet another size; nothing if it has that already.
    func scale(_ set: Object, to replicas: Int, _ deployment: Deployment) -> [Write] {
        let size = ReplicaSet(set).replicas
        guard size != replicas else { return [] }
        var scaled = set
        scaled.value["spec", "replicas"] = .int(Int64(replicas))
        scaled.annotateSize(of: deployment)
        return [.replace(scaled), RolloutSets.note(deployment, set.name, from: size, to: replicas)]
    }

    private static func note(_ deployment: Deployment, _ set: String, from size: Int, to replicas: Int) -> Write {
        let message = "Scaled \(replicas > size ? "up" : "down") replica set \(set) from \(size) to \(replicas)"
        return .record(
            EventNote(.normal, "ScalingReplicaSet", message, about: deployment.key, from: "deployment-controller"))
    }

    /// First what is not available anyway, then as much as availability allows, the oldest first.
    func scaleDownOld(_ deployment: Deployment, minAvailable: Int) -> [Write] {
        guard let new, old.contains(where: { ReplicaSet($0).replicas > 0 }) else { return [] }
        let newUnavailable = ReplicaSet(new).replicas - (new.status["availableReplicas"]?.count ?? 0)
        var room = total - minAvailable - newUnavailable
        guard room > 0 else { return [] }
        var sizes = old.map { ReplicaSet($0).replicas }
        let available = old.map { $0.status["availableReplicas"]?.count ?? 0 }
        for place in old.indices {
            let less = min(room, max(0, sizes[place] - available[place]))
            sizes[place] -= less
            room -= less
        }
        var spare = min(room, sum("availableReplicas") - minAvailable)
        for place in old.indices where spare > 0 {
            let less = min(spare, sizes[place])
            sizes[place] -= less
            spare -= less
        }
        return old.indices.flatMap { scale(old[$0], to: sizes[$0], deployment) }
    }

    /// What makes the ReplicaSet of the present template.
    func makeNew(_ deployment: Deployment, replicas: Int, _ store: Store) -> [Write] {
        var template = deployment.template
        var salt = UInt32(clamping: deployment.object.status["collisionCount"]?.count ?? 0)
        let limit = salt + 100
        var hash = TemplateHash.text(of: template, salt: salt)
        // A hash that another template has already: try the next.
        while store[ObjectKey("ReplicaSet", deployment.namespace, "\(deployment.name)-\(hash)")] != nil, salt < limit {
            salt += 1
            hash = TemplateHash.text(of: template, salt: salt)
        }
        template["metadata", "labels", RolloutSets.hashLabel] = .string(hash)
        var selector = deployment.object.spec["selector"] ?? .object([:])
        selector["matchLabels", RolloutSets.hashLabel] = .string(hash)
        var set = Object(
            apiVersion: "apps/v1", kind: "ReplicaSet", namespace: deployment.namespace,
            name: "\(deployment.name)-\(hash)")
        set.labels = template["metadata", "labels"]?.strings ?? [:]
        set.annotations = deployment.annotations.filter { !RolloutSets.ownAnnotations.contains($0.key) }
        set.annotations[RolloutSets.revision] = String((old.map(RolloutSets.revision).max() ?? 0) + 1)
        set.owners = [OwnerReference(controller: deployment.object)]
        set.spec = ["replicas": .int(Int64(replicas)), "selector": selector, "template": template]
        if deployment.minReadySeconds > 0 {
            set.value["spec", "minReadySeconds"] = .int(Int64(deployment.minReadySeconds))
        }
        set.annotateSize(of: deployment)
        let made = Write.create(set.defaulted())
        return replicas == 0 ? [made] : [made, RolloutSets.note(deployment, set.name, from: 0, to: replicas)]
    }

    /// With how many hashes of the template the new ReplicaSet could not be named.
    func collisions(of made: Object, _ deployment: Deployment) -> Int {
        guard made.kind == "ReplicaSet" else { return 0 }
        let hash = made.labels[RolloutSets.hashLabel] ?? ""
        let before = deployment.object.status["collisionCount"]?.count ?? 0
        return (before..<(before + 100)).first {
            TemplateHash.text(of: deployment.template, salt: UInt32(clamping: $0)) == hash
        } ?? before
    }

    /// What a ReplicaSet does not have from its Deployment's annotations.
    private static let ownAnnotations: Set<String> = [
        revision, revisionHistory, desiredReplicas, maxReplicas, LastApplied.annotation,
    ]

    /// Gives the present ReplicaSet the latest revision, which it lacks after a rollback, and the Deployment's own
    /// annotations and `minReadySeconds`.
    func stampRevision(of deployment: Deployment) -> [Write] {
        guard var set = new else { return [] }
        let latest = old.map(RolloutSets.revision).max() ?? 0
        let own = RolloutSets.revision(of: set)
        if own <= latest, latest < Int(Int32.max) {
            set.annotations[RolloutSets.revision] = String(latest + 1)
            let past = set.annotations[RolloutSets.revisionHistory].map { [$0] } ?? []
            if own > 0 { set.annotations[RolloutSets.revisionHistory] = (past + [String(own)]).joined(separator: ",") }
        }
        let given = deployment.annotations.filter { !RolloutSets.ownAnnotations.contains($0.key) }
        if given.contains(where: { set.annotations[$0.key] != $0.value }) {
            set.annotations = set.annotations.merging(given) { $1 }
        }
        let seconds = deployment.minReadySeconds
        if ReplicaSet(set).minReadySeconds != seconds {
            set.value["spec", "minReadySeconds"] = seconds == 0 ? nil : .int(Int64(seconds))
        }
        return set == new ? [] : [.replace(set)]
    }
}

extension Object {
    mutating func annotateSize(of deployment: Deployment) {
        let most = deployment.replicas + RolloutBounds(of: deployment).surge
        annotations[RolloutSets.desiredReplicas] = String(deployment.replicas)
        annotations[RolloutSets.maxReplicas] = String(most)
    }
}

/// The text that tells a Deployment's ReplicaSets apart: a 32-bit FNV-1a of the template, in safe characters.
enum TemplateHash {
    static func text(of template: Value, salt: UInt32) -> String {
        var hash: UInt32 = 2_166_136_261
        for byte in template.json().utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        if salt > 0 { for byte in String(salt).utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 } }
        return SafeAlphabet.encode(hash)
    }
}
