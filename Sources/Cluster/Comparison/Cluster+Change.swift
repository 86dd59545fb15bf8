// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
internal import Net

/// What a change of manifests would make of a cluster.
extension Cluster {
    /// Takes in other manifests as if they were applied to this cluster, and lets it come to rest with all new Pods
    /// running: what stays keeps its addresses, ports and Pods.
    /// - Parameter replaces: whether what was applied before and is not in the manifests goes.
    public mutating func change(to documents: [Document], replaces: Bool, now: Timestamp) throws(Refusal) {
        if replaces {
            let kept = Set(documents.map { key(of: $0.object) })
            delete(sources.keys.filter { !kept.contains($0) && store[$0] != nil }.sorted(), now: now)
            assumeRunning(now: now)
        }
        _ = try apply(documents, now: now)
        assumeRunning(now: now)
    }

    /// The key that an object of a manifest has once it is applied.
    private func key(of object: Object) -> ObjectKey {
        var key = object.key
        let isNamespaced = catalog.resource(of: object)?.isNamespaced ?? true
        if isNamespaced, key.namespace.isEmpty { key.namespace = "default" }
        if !isNamespaced { key.namespace = "" }
        return key
    }

    /// A manifest in which Services ask for what they have here: addresses, node ports, health check ports.
    public func pinned(_ documents: [Document]) -> [Document] {
        documents.map { document in
            guard document.object.keyKind == "Service", let there = store[key(of: document.object)] else {
                return document
            }
            var document = document
            document.object.pin(to: Service(there))
            return document
        }
    }
}

extension Object {
    /// Has a Service as it was written ask for what another, which is the same, was given.
    fileprivate mutating func pin(to given: Service) {
        let own = Service(self)
        guard own.type != .externalName, given.type != .externalName, !own.isHeadless, !given.isHeadless else { return }
        for field in ["clusterIP", "clusterIPs"] where own.clusterIPs.isEmpty {
            value["spec", field] = given.object.spec[field]
        }
        guard own.type != .clusterIP else { return }
        if own.type == .loadBalancer, own.externalTrafficPolicy == .local, own.healthCheckNodePort == nil {
            value["spec", "healthCheckNodePort"] = given.object.spec["healthCheckNodePort"]
        }
        var ports = spec["ports"]?.elements ?? []
        for (index, port) in own.ports.enumerated() where port.nodePort == nil && index < ports.count {
            let same = given.ports.first { $0.port == port.port && $0.transport == port.transport }
            ports[index]["nodePort"] = same?.nodePort.map { .int(Int64($0)) }
        }
        if !ports.isEmpty { value["spec", "ports"] = .array(ports) }
    }
}
