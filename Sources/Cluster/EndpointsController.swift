// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// Keeps a Service's Endpoints object, the older form of its EndpointSlices, which has addresses of one family: the
/// Service's first (D31, D34).
enum EndpointsController {
    private static let capacity = 1000
    private static let overCapacity = "endpoints.kubernetes.io/over-capacity"

    static func reconcile(
        _ service: Service, _ groups: [PortGroup], _ family: Family, store: Store
    ) -> [Write] {
        let key = ObjectKey("Endpoints", service.namespace, service.name)
        var object =
            store[key] ?? Object(apiVersion: "v1", kind: "Endpoints", namespace: key.namespace, name: key.name)
        let publishes = service.publishNotReadyAddresses
        var ready = 0
        var all = 0
        for pod in groups.lazy.flatMap(\.pods) where !pod.isTerminating && pod.endpointAddress(family) != nil {
            all += 1
            if pod.isReady || publishes { ready += 1 }
        }
        // Ready addresses are kept before others when there are too many.
        var room = Room(ready: min(ready, capacity), notReady: min(all - ready, max(0, capacity - ready)))
        let subsets = groups.compactMap { subset($0, family, publishes, &room) }
        object.value["subsets"] = subsets.isEmpty ? nil : .array(subsets)
        var labels = service.object.value["metadata"]?["labels"]?.fields ?? [:]
        labels["endpoints.kubernetes.io/managed-by"] = "endpoint-controller"
        labels[EndpointSliceController.headless] = service.isHeadless ? "" : nil
        if object.value["metadata"]?["labels"] != .object(labels) {
            object.value["metadata", "labels"] = .object(labels)
        }
        let mark: String? = all > capacity ? "truncated" : nil
        if object.annotations[overCapacity] != mark { object.annotations[overCapacity] = mark }
        return [object.uid.isEmpty ? .create(object) : .replace(object)]
    }

    private struct Room {
        var ready: Int
        var notReady: Int
    }

    private static func subset(
        _ group: PortGroup, _ family: Family, _ publishes: Bool, _ room: inout Room
    ) -> Value? {
        var ready: [PodFacts] = []
        var notReady: [PodFacts] = []
        for pod in group.pods where !pod.isTerminating {
            if pod.isReady || publishes { ready.append(pod) } else { notReady.append(pod) }
        }
        let first = addresses(ready, family, upTo: room.ready)
        let second = addresses(notReady, family, upTo: room.notReady)
        room.ready -= first.count
        room.notReady -= second.count
        guard !first.isEmpty || !second.isEmpty else { return nil }
        var subset: Fields = [:]
        if !first.isEmpty { subset["addresses"] = .array(first) }
        if !second.isEmpty { subset["notReadyAddresses"] = .array(second) }
        let ports = group.ports.elements.map { port in
            var port = port
            if port["name"]?.string == "" { port["name"] = nil }
            return port
        }
        if !ports.isEmpty { subset["ports"] = .array(ports) }
        return .object(subset)
    }

    private static func addresses(_ pods: [PodFacts], _ family: Family, upTo count: Int) -> [Value] {
        pods.compactMap { $0.endpointAddress(family) }.sorted { $0.address < $1.address }.prefix(count).map(\.value)
    }
}

extension Cluster {
    mutating func reconcileEndpoints(_ key: ObjectKey, now: Timestamp) {
        guard let object = store[key] else { return deleteEndpoints(of: key, now: now) }
        let service = Service(object)
        let writes = service.selector.map { endpointWrites(service, $0, now: now) } ?? mirrorWrites(service)
        perform(writes, now: now)
    }

    private mutating func endpointWrites(
        _ service: Service, _ selector: [String: String], now: Timestamp
    ) -> [Write] {
        let pods = index.pods(matching: selector, namespace: service.namespace, in: store)
            .filter { $0.address != nil && !$0.isFinished }
        let groups = PortGroup.groups(service, pods)
        let families = families(of: service)
        let own = families.map { family in
            (family, groups.compactMap { EndpointSliceController.Group($0, of: service, family) })
        }
        let hinted = hinted(Dictionary(own) { $1 }, service, now: now)
        var controller = EndpointSliceController(
            service, owner: service.object, manager: EndpointSliceController.controllerName, families: families,
            store: store)
        let slices = controller.reconcile({ family in hinted[family] ?? [] }, keepsOne: true, &numbers)
        return slices + EndpointsController.reconcile(service, groups, families[0], store: store)
    }

    /// The families whose addresses a Service's endpoints have; that of the cluster if the Service does not say.
    private func families(of service: Service) -> [Family] {
        service.ipFamilies.isEmpty ? [configuration.families[0]] : service.ipFamilies
    }

    private mutating func deleteEndpoints(of service: ObjectKey, now: Timestamp) {
        requestDeletion(ObjectKey("Endpoints", service.namespace, service.name), gracePeriodSeconds: nil, now: now)
    }

    /// D35: hand-written Endpoints of a Service without a selector become slices, unless they say otherwise.
    private mutating func mirrorWrites(_ service: Service) -> [Write] {
        guard let endpoints = store[ObjectKey("Endpoints", service.namespace, service.name)] else { return [] }
        let isSkipped =
            endpoints.labels["endpointslice.kubernetes.io/skip-mirror"] == "true"
            || endpoints.labels["endpoints.kubernetes.io/managed-by"] != nil
        let subsets = isSkipped ? [] : endpoints.value["subsets"]?.elements ?? []
        var controller = EndpointSliceController(
            service, owner: endpoints, manager: EndpointSliceController.mirrorName, families: Family.allCases,
            store: store)
        return controller.reconcile(
            { family in subsets.compactMap { EndpointSliceController.Group(mirroring: $0, family) } }, keepsOne: false,
            &numbers)
    }
}
