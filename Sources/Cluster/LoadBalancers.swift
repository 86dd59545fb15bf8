// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
internal import Net

/// The lab's own load balancer as a cloud would have one: an external address for every Service of type LoadBalancer.
extension Cluster {
    /// True if the lab's load balancer has an address for the Service, be it published or not; false while none is
    /// left.
    public func hasExternalAddress(_ service: ObjectKey) -> Bool { services.loadBalancers[service] != nil }

    mutating func reconcileLoadBalancer(_ key: ObjectKey, now: Timestamp) {
        let service = store[key].map(Service.init)
        // D62: a class names someone else's load balancer.
        let isWanted =
            service?.type == .loadBalancer && service?.loadBalancerClass == nil
            && service?.object.isTerminating == false
        if isWanted, let service {
            allocateLoadBalancer(service, now: now)
            if services.loadBalancers[key] != nil {
                dirty.edgeTables.insert(key)
                hold(key, service, now: now)
            }
        } else {
            releaseLoadBalancer(key)
            if service?.object.finalizers.contains(Cluster.loadBalancerCleanup) == true {
                drop(Cluster.loadBalancerCleanup, from: key, now: now)
            }
        }
        if let service, service.type != .loadBalancer, !service.loadBalancerIngress.isEmpty {
            update(key, now: now) { $0.value["status", "loadBalancer"] = .object([:]) }
        }
    }

    private static let loadBalancerCleanup = "service.kubernetes.io/load-balancer-cleanup"

    /// D62: the Service stays until its address is given back.
    private mutating func hold(_ key: ObjectKey, _ service: Service, now: Timestamp) {
        guard !service.object.finalizers.contains(Cluster.loadBalancerCleanup) else { return }
        update(key, now: now) { $0.finalizers += [Cluster.loadBalancerCleanup] }
    }

    // MARK: Addresses

    /// Gives the Service an address of each family that it has, that of `spec.loadBalancerIP` if it asks for one. Without
    /// one it stays pending, as with a cloud that has no more addresses, until one is given back.
    private mutating func allocateLoadBalancer(_ service: Service, now: Timestamp) {
        let (key, wanted) = (service.key, service.loadBalancerIP)
        let families = service.clusterAddresses.map(\.family)
        let held = services.loadBalancers[key] ?? []
        var addresses = held.filter { address in
            families.contains(address.family) && (wanted.map { $0 == address || $0.family != address.family } ?? true)
        }
        let kept = addresses.count
        var failure: EventNote?
        for family in families where !addresses.contains(where: { $0.family == family }) {
            guard let range = configuration.ranges(family)?.loadBalancers else { continue }
            let own = wanted?.family == family ? wanted : nil
            do throws(AllocationFailure) {
                addresses.append(try services.takeExternalAddress(own, of: range))
            } catch {
                let reason = own.map { "\($0) is taken, or is not in \(range)" } ?? "no address of \(range) is free"
                failure = EventNote(
                    .warning, "SyncLoadBalancerFailed",
                    "Error syncing load balancer: failed to ensure load balancer: \(reason)",
                    about: key, from: "service-controller")
            }
        }
        if failure == nil { services.waiting.remove(key) } else { services.waiting.insert(key) }
        if addresses.count > kept {
            let sentence = "Ensuring load balancer"
            record(
                EventNote(.normal, "EnsuringLoadBalancer", sentence, about: key, from: "service-controller"), now: now)
        }
        if let failure { record(failure, now: now) }
        setLoadBalancer(key, addresses, after: held)
    }

    private mutating func setLoadBalancer(
        _ key: ObjectKey, _ addresses: [Address], after held: [Address]
    ) {
        guard addresses != held else { return }
        services.setLoadBalancer(key, addresses)
        let freed = held.filter { !addresses.contains($0) }
        for address in freed { services.free(externalAddress: address) }
        dirty.edgeTables.insert(key)
        pending.healthChecksChanged = true
        if !freed.isEmpty { dirty.loadBalancers.formUnion(services.waiting.subtracting([key])) }
    }

    private mutating func releaseLoadBalancer(_ key: ObjectKey) {
        services.waiting.remove(key)
        setLoadBalancer(key, [], after: services.loadBalancers[key] ?? [])
    }

    /// The load balancer of a Service is programmed: its addresses appear in `status.loadBalancer.ingress`.
    public mutating func publishLoadBalancer(_ key: ObjectKey, now: Timestamp) {
        guard let addresses = services.loadBalancers[key] else { return }
        let mode = configuration.ipMode
        update(key, now: now) {
            $0.value["status", "loadBalancer", "ingress"] = .array(
                addresses.map { LoadBalancerIngress($0, ipMode: mode).value })
        }
        record(
            EventNote(.normal, "EnsuredLoadBalancer", "Ensured load balancer", about: key, from: "service-controller"),
            now: now)
    }
}
