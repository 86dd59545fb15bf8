// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The ReplicaSets of a Deployment: the one of its present template, if there is one yet, and the others, oldest first.
struct RolloutSets: Sendable {
    static let revision = "deployment.kubernetes.io/revision"
    static let hashLabel = "pod-template-hash"

    private(set) var new: Object?
    private(set) var old: [Object]

    init(_ all: [Object], template: Value) {
        let sorted = all.sorted { (RolloutSets.revision(of: $0), $0.name) < (RolloutSets.revision(of: $1), $1.name) }
        new = sorted.first { RolloutSets.template(of: $0) == template }
        old = sorted.filter { [new] in $0.key != new?.key }
    }

    var all: [Object] { old + (new.map { [$0] } ?? []) }

    /// How many Pods are asked for in all.
    var total: Int { all.reduce(0) { $0 + ReplicaSet($1).replicas } }

    /// The sum of one count of the statuses.
    func sum(_ field: String) -> Int { all.reduce(0) { $0 + ($1.status[field]?.int ?? 0) } }

    private static func revision(of set: Object) -> Int { set.annotations[revision].flatMap { Int($0) } ?? 0 }

    /// The template as the Deployment has it, without the label that tells the ReplicaSets apart.
    private static func template(of set: Object) -> Value {
        var template = ReplicaSet(set).template
        template["metadata", "labels", hashLabel] = nil
        return template
    }

    /// A write that gives a ReplicaSet another size; none if it has that already.
    func scale(_ set: Object, to replicas: Int, _ deployment: Deployment) -> [Write] {
        guard ReplicaSet(set).replicas != replicas else { return [] }
        var scaled = set
        scaled.value["spec", "replicas"] = .int(Int64(replicas))
        scaled.annotateSize(of: deployment)
        return [.replace(scaled)]
    }

    /// First what is not available anyway, then as much as availability allows, the oldest first.
    func scaleDownOld(_ deployment: Deployment, minAvailable: Int) -> [Write] {
        guard let new, old.contains(where: { ReplicaSet($0).replicas > 0 }) else { return [] }
        let newUnavailable = ReplicaSet(new).replicas - (new.status["availableReplicas"]?.int ?? 0)
        var room = total - minAvailable - newUnavailable
        guard room > 0 else { return [] }
        var sizes = old.map { ReplicaSet($0).replicas }
        let available = old.map { $0.status["availableReplicas"]?.int ?? 0 }
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

    /// A write that makes the ReplicaSet of the present template.
    func makeNew(_ deployment: Deployment, replicas: Int, _ store: Store) -> Write {
        var template = deployment.template
        var salt: UInt32 = 0
        var hash = TemplateHash.text(of: template, salt: salt)
        // A hash that another template has already: try the next.
        while store[ObjectKey("ReplicaSet", deployment.namespace, "\(deployment.name)-\(hash)")] != nil, salt < 100 {
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
        return .create(set)
    }

    private static let ownAnnotations: Set<String> = [revision, "kubectl.kubernetes.io/last-applied-configuration"]

    /// Gives the present ReplicaSet the latest revision, which it lacks after a rollback, and the Deployment's own size
    /// and `minReadySeconds`.
    func stampRevision(of deployment: Deployment) -> [Write] {
        guard var set = new else { return [] }
        let latest = old.map(RolloutSets.revision).max() ?? 0
        if RolloutSets.revision(of: set) <= latest { set.annotations[RolloutSets.revision] = String(latest + 1) }
        let seconds = deployment.minReadySeconds
        if ReplicaSet(set).minReadySeconds != seconds {
            set.value["spec", "minReadySeconds"] = seconds == 0 ? nil : .int(Int64(seconds))
        }
        return set == new ? [] : [.replace(set)]
    }
}

extension Object {
    fileprivate mutating func annotateSize(of deployment: Deployment) {
        var surge = 0
        if case .rollingUpdate(let maxSurge, let maxUnavailable) = deployment.strategy {
            surge = RolloutBounds(deployment.replicas, maxSurge: maxSurge, maxUnavailable: maxUnavailable).surge
        }
        annotations["deployment.kubernetes.io/desired-replicas"] = String(deployment.replicas)
        annotations["deployment.kubernetes.io/max-replicas"] = String(deployment.replicas + surge)
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
