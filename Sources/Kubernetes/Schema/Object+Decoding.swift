// SPDX-License-Identifier: Apache-2.0

extension Object {
    /// Why a real API server could not make an object of the kind out of this one, in its own words; nil if it could.
    ///
    /// The answer is 400, `BadRequest`. Fields that the kind does not have are no hindrance (see
    /// `strictDecodingFailure`).
    ///
    /// - Parameter kind: the kind that the URL stands for; nil for the object's own.
    public func decodingFailure(as kind: String? = nil) -> String? {
        if let kind, isUnregistered(for: kind) {
            let scheme = "in scheme \"pkg/api/legacyscheme/scheme.go:30\""
            return handled(
                as: kind, "no kind \(self.kind.quoted) is registered for version \(apiVersion.quoted) \(scheme)")
        }
        return SchemaCheck(self).failure.map { handled(as: kind ?? self.kind, $0) }
    }

    /// What a real API server answers with `fieldValidation=Strict` to fields that the kind does not have, and to keys
    /// that stand twice; nil if there are none.
    ///
    /// - Parameter duplicates: the paths of keys that stand twice, as `spec.ports[0].name`.
    public func strictDecodingFailure(as kind: String? = nil, duplicates: [String] = []) -> String? {
        let faults = strictFaults(duplicates: duplicates)
        guard !faults.isEmpty else { return nil }
        return handled(as: kind ?? self.kind, "strict decoding error: " + faults.joined(separator: ", "))
    }

    /// The same fields and keys, each as a warning: `unknown field "spec.bogus"`, `duplicate field "spec.type"`.
    public func strictFaults(duplicates: [String] = []) -> [String] {
        SchemaCheck(self).unknownFields.map { "unknown field \($0.path.quoted)" }
            + duplicates.map { "duplicate field \($0.quoted)" }
    }

    /// Whether the kind is one of Kubernetes' own, but not in the version that the object names.
    private func isUnregistered(for kind: String) -> Bool {
        guard !apiVersion.isEmpty, !self.kind.isEmpty, Resource.of(kind: kind) != nil else { return false }
        return SchemaTable.type(ofKind: self.kind, apiVersion: apiVersion) == nil
    }

    private func handled(as kind: String, _ why: String) -> String {
        let version = apiVersion.split(separator: "/").last ?? ""
        return "\(self.kind) in version \"\(version)\" cannot be handled as a \(kind): \(why)"
    }
}
