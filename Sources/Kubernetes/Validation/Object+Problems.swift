// SPDX-License-Identifier: Apache-2.0

extension Object {
    /// What a real API server would refuse the object for, in its own words; nothing if it is right.
    ///
    /// To be asked of an object after `defaulted()`. What depends on other objects or on the cluster's ranges
    /// (addresses and node ports that are taken, namespaces that are missing) is not looked at here.
    ///
    /// - Parameters:
    ///   - old: the object that this one takes the place of; some fields may then not change.
    ///   - isStrict: whether fields that the kind does not have are faults too (`fieldValidation=Strict`).
    ///   - custom: the resource of an object whose kind a CustomResourceDefinition made, of which only the metadata is
    ///     looked at.
    public func problems(replacing old: Object? = nil, isStrict: Bool = true, of custom: Resource? = nil) -> [Problem] {
        if custom?.isCustom == true {
            var validator = Validator()
            validator.metadata(self, replacing: old)
            return validator.problems
        }
        if let problem = Resource.problem(of: self) { return [problem] }
        let schema = SchemaCheck(self)
        let unknown = isStrict ? schema.unknownFields : []
        // As in a real API server, fields are looked at only in an object that could be read.
        guard schema.typeProblems.isEmpty, unknown.isEmpty else { return schema.typeProblems + unknown }
        var validator = Validator()
        validator.metadata(self, replacing: old)
        switch kind {
        case "Node": validator.node(value["spec"], replacing: old?.value["spec"])
        case "Service": validator.service(self, replacing: old)
        case "Pod": validator.pod(self, replacing: old)
        case "Deployment": validator.deployment(self, replacing: old)
        case "ReplicaSet": validator.replicaSet(self, replacing: old)
        case "ReplicationController": validator.replicationController(self)
        case "StatefulSet": validator.statefulSet(self, replacing: old)
        case "DaemonSet": validator.daemonSet(self, replacing: old)
        case "Job": validator.job(self, replacing: old)
        case "CronJob": validator.cronJob(self)
        case "Endpoints": validator.endpoints(value["subsets"])
        case "EndpointSlice": validator.endpointSlice(value, replacing: old?.value)
        case "ConfigMap", "Secret": validator.configuration(self, replacing: old)
        case "CustomResourceDefinition": validator.definition(self, replacing: old)
        default: break
        }
        return validator.problems
    }

    /// What a real API server would refuse a write of the object's status for (`PUT …/status`).
    public func statusProblems() -> [Problem] {
        var validator = Validator()
        if kind == "Service" { validator.serviceStatus(value) }
        return validator.problems
    }

    /// The fields that the kind does not have, as faults; none for kinds that a lab only keeps.
    public func unknownFields() -> [Problem] { keyKind == kind ? SchemaCheck(self).unknownFields : [] }

    /// The object without the fields that the kind does not have, as a real API server stores it.
    public func withoutUnknownFields() -> Object {
        var object = self
        for problem in unknownFields() { object.value.remove(FieldPath.steps(problem.path)[...]) }
        return object
    }
}

extension Value {
    /// Takes out what a path leads to; nothing if it leads nowhere.
    fileprivate mutating func remove(_ path: ArraySlice<FieldPath.Step>) {
        guard let first = path.first else { return }
        let rest = path.dropFirst()
        switch (first, self) {
        case (.field(let name), .object(var fields)):
            self = .null
            if rest.isEmpty { fields[name] = nil } else { fields[name]?.remove(rest) }
            self = .object(fields)
        case (.element(let index), .array(var elements)) where elements.indices.contains(index):
            self = .null
            elements[index].remove(rest)
            self = .array(elements)
        default: break
        }
    }
}
