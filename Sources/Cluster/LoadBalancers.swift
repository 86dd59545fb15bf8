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
            if services.loadBalancers[key] == nil {
                allocateLoadBalancer(key, service.loadBalancerIP)
                recordAllocation(key, service.loadBalancerIP, now: now)
            }
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

    private mutating func allocateLoadBalancer(_ key: ObjectKey, _ wanted: Address?) {
        do throws(AllocationFailure) {
            if let wanted {
                try allocations.loadBalancerAddresses.allocate(wanted)
                services.setLoadBalancer(key, wanted)
            } else {
                services.setLoadBalancer(key, try allocations.loadBalancerAddresses.allocateNext())
            }
            services.waiting.remove(key)
        } catch {
            // It stays pending, as with a cloud that has no more addresses, until one is given back.
            services.waiting.insert(key)
        }
    }

    private mutating func recordAllocation(_ key: ObjectKey, _ wanted: Address?, now: Timestamp) {
        let range = configuration.loadBalancerRange
        let note =
            if services.loadBalancers[key] != nil {
                EventNote(
                    .normal, "EnsuringLoadBalancer", "Ensuring load balancer", about: key, from: "service-controller")
            } else {
                EventNote(
                    .warning, "SyncLoadBalancerFailed",
                    wanted.map { "\($0) is taken, or is not in \(range)" } ?? "no address of \(range) is free",
                    about: key, from: "service-controller")
            }
        record(note, now: now)
    }

    private mutating func releaseLoadBalancer(_ key: ObjectKey) {
        services.waiting.remove(key)
        guard let address = services.loadBalancers[key] else { return }
        allocations.loadBalancerAddresses.release(address)
        services.setLoadBalancer(key, nil)
        dirty.edgeTables.insert(key)
        dirty.loadBalancers.formUnion(services.waiting)
    }
}
