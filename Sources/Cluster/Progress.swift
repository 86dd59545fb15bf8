// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// How far a lab is on its way to what was applied.
public struct Progress: Sendable, Hashable {
    /// How many Pods are ready. The lab's own name servers are waited for, and not counted.
    public var readyPods = 0
    /// How many Pods there should be.
    public var wantedPods = 0
    /// What is not there yet, one line each: `Deployment web/hello-app: 1 of 3 available`.
    public var pending: [String] = []

    /// True when nothing is pending.
    public var isReady: Bool { pending.isEmpty }

    /// How far a cluster is.
    public init(_ cluster: Cluster) {
        for deployment in cluster.store.objects("Deployment").map(Deployment.init) { count(deployment) }
        for set in cluster.store.objects("ReplicaSet") where set.controller == nil { count(ReplicaSet(set)) }
        for set in cluster.store.objects("ReplicationController") { count(ReplicaSet(set)) }
        for set in cluster.store.objects("StatefulSet").map(StatefulSet.init) { count(set) }
        for set in cluster.store.objects("DaemonSet") { count(daemonSet: set) }
        for pod in cluster.store.objects("Pod") where pod.controller == nil && !pod.isStandIn { count(Pod(pod)) }
        for service in cluster.store.objects("Service").map(Service.init) where service.type == .loadBalancer {
            if service.loadBalancerIngress.isEmpty, service.loadBalancerClass == nil,
                cluster.hasExternalAddress(service.key)
            {
                pending.append("\(service.key): its load balancer is not programmed yet")
            }
        }
    }

    private mutating func count(_ deployment: Deployment) {
        let status = deployment.object.status
        let wanted = deployment.replicas
        let available = status["availableReplicas"]?.int ?? 0
        let updated = status["updatedReplicas"]?.int ?? 0
        if deployment.key != Cluster.nameServers.key {
            wantedPods += wanted
            readyPods += min(status["readyReplicas"]?.int ?? 0, wanted)
        }
        let observed = status["observedGeneration"]?.int ?? 0
        if observed < deployment.object.generation || available < wanted || updated < wanted {
            pending.append("\(deployment.key): \(available) of \(wanted) available")
        }
    }

    private mutating func count(_ set: ReplicaSet) {
        let ready = set.object.status["readyReplicas"]?.int ?? 0
        wantedPods += set.replicas
        readyPods += min(ready, set.replicas)
        if ready < set.replicas { pending.append("\(set.key): \(ready) of \(set.replicas) ready") }
    }

    private mutating func count(_ set: StatefulSet) {
        let ready = set.object.status["readyReplicas"]?.int ?? 0
        wantedPods += set.replicas
        readyPods += min(ready, set.replicas)
        let observed = set.object.status["observedGeneration"]?.int ?? 0
        if observed < set.object.generation || ready < set.replicas {
            pending.append("\(set.key): \(ready) of \(set.replicas) ready")
        }
    }

    private mutating func count(daemonSet set: Object) {
        let wanted = set.status["desiredNumberScheduled"]?.int ?? 0
        let ready = set.status["numberReady"]?.int ?? 0
        wantedPods += wanted
        readyPods += min(ready, wanted)
        let observed = set.status["observedGeneration"]?.int ?? 0
        if observed < set.generation || ready < wanted { pending.append("\(set.key): \(ready) of \(wanted) ready") }
    }

    private mutating func count(_ pod: Pod) {
        guard !pod.isTerminating else { return }
        wantedPods += 1
        if pod.isReady || pod.phase == .succeeded {
            readyPods += 1
        } else if pod.phase == .failed {
            pending.append("\(pod.key): failed")
        } else {
            pending.append("\(pod.key): not ready")
        }
    }
}
