// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What of a node's object matters to the traffic of Services: whether load balancers use it, and its zone.
extension Cluster {
    mutating func observeNodeTraffic(_ name: String, _ old: NodeFacts?, _ new: NodeFacts?, now: Timestamp) {
        if new?.takesExternalTraffic == true {
            services.unbalanced.remove(name)
        } else {
            services.unbalanced.insert(name)
        }
        dirty.edgeTables.formUnion(services.loadBalancers.keys)
        // Automatic hints follow from the processors of the nodes that are ready.
        dirty.endpoints.formUnion(services.hints.keys)
        guard old?.zone != new?.zone else { return }
        services.zones[name] = new?.zone
        dirty.nodeTables.formUnion(services.topological)
        guard old != nil, new != nil else { return }
        for pod in pods(on: name) { readAgain(pod, now: now) }
    }

    /// A Pod's endpoints tell its node's zone.
    private mutating func readAgain(_ pod: ObjectKey, now: Timestamp) {
        guard let old = index.pods[pod], let object = store[pod] else { return }
        let new = PodFacts(object) { services.zones[$0] }
        guard old != new else { return }
        index.setPod(pod, new, now: now)
        dirty.endpoints.formUnion(index.services.keys(selecting: new.labels, namespace: pod.namespace))
    }
}
