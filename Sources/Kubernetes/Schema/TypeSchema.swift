// SPDX-License-Identifier: Apache-2.0

/// One type of objects with named fields. The corresponding Go notation is a struct.
public struct TypeSchema: Sendable, Hashable {
    /// Package and Go name, as `core.v1.ServicePort`.
    public let name: String
    /// The fields by their JSON names.
    public let fields: [String: FieldSchema]
    /// The fields' names in the order of the Go struct.
    public let order: [String]
    /// Whether server-side apply sees such an object as one value.
    public let isAtomic: Bool

    /// The name in Go's own package, as `ServicePort`.
    public var goName: Substring { name[name.index(after: name.lastIndex(of: ".") ?? name.startIndex)...] }

    init(_ name: String, in package: String, _ entries: String) {
        self.name = "\(package).\(name)"
        var fields: [String: FieldSchema] = [:]
        var order: [String] = []
        var isAtomic = false
        for entry in entries.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0a }) {
            if entry.first == UInt8(ascii: ";") {
                isAtomic = true
            } else {
                let field = FieldSchema(Substring(entry), in: package)
                fields[field.name] = field
                order.append(field.name)
            }
        }
        self.fields = fields
        self.order = order
        self.isAtomic = isAtomic
    }

    /// The type of lists of a kind.
    init(listOf kind: String, in package: String) {
        self.init("\(kind)List", in: package, "apiVersion kind metadata@1:meta.ListMeta items!@2:[]\(kind)")
    }
}
