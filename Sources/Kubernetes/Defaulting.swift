// SPDX-License-Identifier: Apache-2.0

extension Object {
    /// The object with every field filled in that a real API server fills in without looking at anything else.
    ///
    /// What it allocates (addresses, address families, node ports, names, identifiers) stays open.
    ///
    /// - Parameter isAdmitted: whether a Pod gets what admission adds, as far as that depends on nothing else.
    public func defaulted(isAdmitted: Bool = true) -> Object {
        var object = self
        switch keyKind {
        case "Namespace": object.value.defaultNamespace(name)
        case "Service":
            object.value["spec"].change { $0.defaultService() }
            object.value.defaultIngress()
        case "Pod":
            object.value["spec"].change {
                $0.defaultPod()
                if isAdmitted { $0.admitPod() }
            }
            object.value.defaultPodStatus()
        case "Deployment": object.value["spec"].change { $0.defaultDeployment() }
        case "ReplicaSet": object.value["spec"].change { $0.defaultReplicaSet() }
        case "ReplicationController": object.value.defaultReplicationController()
        case "StatefulSet": object.value["spec"].change { $0.defaultStatefulSet() }
        case "DaemonSet": object.value["spec"].change { $0.defaultDaemonSet() }
        case "Job": object.value.defaultJob()
        case "CronJob": object.value["spec"].change { $0.defaultCronJob() }
        case "PersistentVolumeClaim": object.value.defaultClaim()
        case "EndpointSlice": object.value.defaultEndpointSlice()
        case "Endpoints": object.value.defaultEndpoints()
        case "Secret": object.value.defaultSecret()
        case "CustomResourceDefinition": object.value["spec"].change { $0.defaultDefinition() }
        default: break
        }
        return object
    }
}

extension Optional<Value> {
    /// Changes the value if it is an object; a missing one is made first.
    mutating func change(_ body: (inout Value) -> Void) {
        var value = self ?? .object([:])
        if value.isNull { value = .object([:]) }
        guard case .object = value else { return }
        body(&value)
        self = value
    }
}

extension Value {
    /// Writes a field that is missing, `null` or an empty string.
    mutating func setDefault(_ field: String, _ value: Value) {
        guard self[field].isUnset else { return }
        self[field] = value
    }

    /// Changes every object in the list that a field holds.
    mutating func changeEach(_ field: String, _ body: (inout Value) -> Void) {
        guard case .array(let elements)? = self[field] else { return }
        self[field] = .array(
            elements.map { element in
                guard case .object = element else { return element }
                var element = element
                body(&element)
                return element
            })
    }

    /// Changes the object that a field holds, if it holds one.
    mutating func changeField(_ field: String, _ body: (inout Value) -> Void) {
        guard var value = self[field], case .object = value else { return }
        body(&value)
        self[field] = value
    }

    fileprivate mutating func defaultNamespace(_ name: String) {
        self["metadata", "labels", "kubernetes.io/metadata.name"] = .string(name)
        if self["spec", "finalizers"].isUnset { self["spec", "finalizers"] = ["kubernetes"] }
        if self["status", "phase"].isUnset { self["status", "phase"] = "Active" }
    }

    fileprivate mutating func defaultEndpointSlice() {
        changeEach("endpoints") { $0.setDefault("conditions", [:]) }
        changeEach("ports") {
            if $0["name"].isNullOrMissing { $0["name"] = "" }
            $0.setDefault("protocol", "TCP")
        }
    }

    fileprivate mutating func defaultEndpoints() {
        changeEach("subsets") { subset in subset.changeEach("ports") { $0.setDefault("protocol", "TCP") } }
    }
}

extension Optional<Value> {
    /// True for a missing field, `null` and an empty string.
    var isUnset: Bool { isNullOrMissing || self == .string("") }

    /// True for a missing field and `null`.
    var isNullOrMissing: Bool { self == nil || self == .null }
}
