// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// Keeps a Service's EndpointSlices: at most 100 endpoints each, one set of ports each, and no slice written that need
/// not be.
struct EndpointSliceController {
    static let managedBy = "endpointslice.kubernetes.io/managed-by"
    static let serviceName = "kubernetes.io/service-name"
    static let headless = "service.kubernetes.io/headless"
    static let controllerName = "endpointslice-controller.k8s.io"
    static let mirrorName = "endpointslicemirroring-controller.k8s.io"
    private static let capacity = 100

    /// One endpoint as it should be, and what it is known by in the slice that has it.
    struct Desired {
        var id: String
        var value: Value
    }

    /// Endpoints that share their ports.
    struct Group {
        var ports: Value
        var endpoints: [Desired]
    }

    let service: Service
    /// Whom the slices belong to: the Service, or the Endpoints object that they mirror.
    let owner: Object
    let manager: String
    /// The families of the Service's addresses.
    let families: [Family]
    let store: Store
    private var family = Family.v4
    private var writes: [Write] = []

    init(_ service: Service, owner: Object, manager: String, families: [Family], store: Store) {
        self.service = service
        self.owner = owner
        self.manager = manager
        self.families = families
        self.store = store
    }

    /// Each family has slices of its own.
    /// - Parameter groups: the endpoints that have an address of a family.
    mutating func reconcile(
        _ groups: (Family) -> [Group], keepsOne: Bool, _ numbers: inout RandomNumbers
    ) -> [Write] {
        let existing = slices
        for family in families {
            self.family = family
            let own = existing.filter { $0.value["addressType"]?.string == family.rawValue }
            fill(groups(family), own, keepsOne: keepsOne, &numbers)
        }
        let names = families.map(\.rawValue)
        writes += existing.filter { !names.contains($0.value["addressType"]?.string ?? "") }.map { .delete($0.key) }
        return writes
    }

    private mutating func fill(
        _ groups: [Group], _ existing: [Object], keepsOne: Bool, _ numbers: inout RandomNumbers
    ) {
        var spare = existing.filter { slice in !groups.contains { $0.ports == slice.value["ports"] } }
        for group in groups {
            let own = existing.filter { $0.value["ports"] == group.ports }
            fill(group, own, &spare, &numbers)
        }
        if groups.isEmpty, keepsOne {
            // D29: a selector that matches nothing has a slice, an empty one.
            let slice = spare.isEmpty ? newSlice(&numbers) : spare.removeFirst()
            write(slice, ports: nil, endpoints: [])
        }
        writes += spare.map { .delete($0.key) }
    }

    private var slices: [Object] {
        store.dependents(ofUID: owner.uid).sorted()
            .filter { $0.kind == "EndpointSlice" }.compactMap { store[$0] }
            .filter { $0.value["metadata", "labels", Self.managedBy]?.string == manager }
    }

    private mutating func fill(
        _ group: Group, _ own: [Object], _ spare: inout [Object], _ numbers: inout RandomNumbers
    ) {
        var missing = Dictionary(group.endpoints.map { ($0.id, $0.value) }) { first, _ in first }
        var contents = own.map { slice in
            (slice.value["endpoints"]?.elements ?? []).compactMap { missing.removeValue(forKey: id(of: $0)) }
        }
        var rest =
            missing.isEmpty ? [] : group.endpoints.filter { missing[$0.id] != nil }.sorted { $0.id < $1.id }[...]
        // Slices that change anyway take in new endpoints first.
        let order = own.indices.sorted { first, second in
            let isFirst = contents[first] != own[first].value["endpoints"]?.elements
            let isSecond = contents[second] != own[second].value["endpoints"]?.elements
            return isFirst != isSecond ? isFirst : first < second
        }
        for place in order where !rest.isEmpty {
            let room = max(0, Self.capacity - contents[place].count)
            contents[place] += rest.prefix(room).map(\.value)
            rest = rest.dropFirst(room)
        }
        for (slice, endpoints) in zip(own, contents) {
            if endpoints.isEmpty { spare.append(slice) } else { write(slice, ports: group.ports, endpoints: endpoints) }
        }
        while !rest.isEmpty {
            let slice = spare.isEmpty ? newSlice(&numbers) : spare.removeFirst()
            write(slice, ports: group.ports, endpoints: rest.prefix(Self.capacity).map(\.value))
            rest = rest.dropFirst(Self.capacity)
        }
    }

    /// What an endpoint is known by: its Pod's name, or its address if it is no Pod's.
    private func id(of endpoint: Value) -> String {
        if manager == Self.controllerName, let name = endpoint["targetRef"]?["name"]?.string { return name }
        return endpoint["addresses"]?.elements.first?.string ?? ""
    }

    private func newSlice(_ numbers: inout RandomNumbers) -> Object {
        let base = String(decoding: (service.name + "-").utf8.prefix(58), as: UTF8.self)
        var slice = Object(
            apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: service.namespace,
            name: base + numbers.suffix())
        slice.value["metadata", "generateName"] = .string(service.name + "-")
        slice.owners = [OwnerReference(controller: owner)]
        return slice
    }

    private mutating func write(_ slice: Object, ports: Value?, endpoints: [Value]) {
        var slice = slice
        slice.value["addressType"] = .string(family.rawValue)
        slice.value["endpoints"] = .array(endpoints)
        slice.value["ports"] = ports ?? .array([])
        var labels = owner.value["metadata"]?["labels"]?.fields ?? [:]
        labels[Self.serviceName] = .string(service.name)
        labels[Self.managedBy] = .string(manager)
        labels[Self.headless] = service.isHeadless ? "" : nil
        if slice.value["metadata"]?["labels"] != .object(labels) { slice.value["metadata", "labels"] = .object(labels) }
        writes.append(slice.uid.isEmpty ? .create(slice) : .replace(slice))
    }
}

extension EndpointSliceController.Group {
    /// D28, D30–D33, D37: the Pods of a Service as its slices show them.
    /// - Parameter family: only the Pods that have such an address; nil if none of them has.
    init?(_ group: PortGroup, of service: Service, _ family: Family) {
        ports = group.ports
        let publishes = service.publishNotReadyAddresses
        let name = service.name
        endpoints = group.pods.compactMap { pod in
            guard var value = pod.endpoint(family) else { return nil }
            if publishes, !pod.isReady || pod.isTerminating { value["conditions", "ready"] = true }
            if !pod.hostname.isEmpty, pod.subdomain == name { value["hostname"] = .string(pod.hostname) }
            return EndpointSliceController.Desired(id: pod.key.name, value: value)
        }
        if endpoints.isEmpty { return nil }
    }

    /// D35: the addresses of a family of one subset of an Endpoints object, as a slice shows them; nil if there are none.
    init?(mirroring subset: Value, _ family: Family) {
        ports = .array(
            (subset["ports"]?.elements ?? []).map { port in
                var port = port
                if port["name"] == nil { port["name"] = "" }
                return port
            })
        let states = [("addresses", true), ("notReadyAddresses", false)]
        endpoints = states.flatMap { field, isReady in
            (subset[field]?.elements ?? []).compactMap { entry -> EndpointSliceController.Desired? in
                guard let text = entry["ip"]?.string, Address(text)?.family == family else { return nil }
                var value: Fields = ["addresses": [.string(text)], "conditions": ["ready": .bool(isReady)]]
                for field in ["hostname", "nodeName", "targetRef"] { value[field] = entry[field] }
                return EndpointSliceController.Desired(id: text, value: .object(value))
            }
        }
        if endpoints.isEmpty { return nil }
    }
}
