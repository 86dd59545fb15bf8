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
    public func problems(replacing old: Object? = nil, isStrict: Bool = true) -> [Problem] {
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
        case "Endpoints": validator.endpoints(value["subsets"])
        case "EndpointSlice": validator.endpointSlice(value, replacing: old?.value)
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
    public func unknownFields() -> [Problem] { SchemaCheck(self).unknownFields }
}
