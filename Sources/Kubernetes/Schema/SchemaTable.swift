// SPDX-License-Identifier: Apache-2.0

/// The types of all objects that a lab serves, complete for Kubernetes 1.36: one table that validation, patches,
/// protobuf and OpenAPI read. The corresponding files are the `types.go` of `k8s.io/api`.
public enum SchemaTable {
    /// A type by its full name, as `core.v1.ServiceSpec`; nil if there is none.
    public static func type(_ name: String) -> TypeSchema? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        guard let package = SchemaPackage.named(name[..<dot]) else { return nil }
        let local = String(name[name.utf8.index(after: dot)...])
        if let type = package.type(local) { return type }
        guard let kind = listed(by: local), isKind(kind, in: package) else { return nil }
        return TypeSchema(listOf: kind, in: package.name)
    }

    /// The fields of a type, by their JSON names; nil if there is no such type.
    public static func fields(of typeName: String) -> [String: FieldSchema]? { type(typeName)?.fields }

    /// The full name of the type of a kind's objects; nil for a kind that is not Kubernetes' own.
    ///
    /// `DeleteOptions`, `Status` and the like are the same in every group.
    public static func type(ofKind kind: String, apiVersion: String) -> String? {
        if let package = SchemaPackage.name(ofAPIVersion: apiVersion) {
            let name = "\(package).\(kind)"
            if let type = type(name), type.fields["kind"] != nil, type.fields["metadata"] != nil { return name }
        }
        return shared.contains(kind) ? "meta.v1.\(kind)" : nil
    }

    /// Kinds that belong to no group.
    private static let shared: Set<String> = ["DeleteOptions", "Status", "PartialObjectMetadata"]

    /// The kind of a list's elements, from the list's own.
    private static func listed(by kind: String) -> String? { kind.hasSuffix("List") ? String(kind.dropLast(4)) : nil }

    private static func isKind(_ name: String, in package: SchemaPackage) -> Bool {
        guard let fields = package.type(name)?.fields else { return false }
        return fields["metadata"]?.type == .object("meta.v1.ObjectMeta") && fields["kind"] != nil
    }
}
