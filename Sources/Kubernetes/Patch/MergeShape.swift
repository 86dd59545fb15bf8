// SPDX-License-Identifier: Apache-2.0

/// How a value is taken apart when two versions of it are merged or compared: what its members are, and whether its
/// entries can be told apart.
indirect enum MergeShape: Sendable {
    /// One value, whatever is inside.
    case leaf
    /// An object of a type of the table.
    case structure(TypeSchema)
    /// An object with names that are not known beforehand.
    case map(MergeShape)
    /// A list of values without an order.
    case set
    /// A list of objects that some fields tell apart; some of these may be left out.
    case keyed([String], defaults: [String: Value], MergeShape)
    /// A custom resource, with its OpenAPI schema if there is one.
    case custom(Value?)
    /// An object within a custom resource, with its OpenAPI schema.
    case open(Value)
    /// Nothing is known: objects are taken apart, lists are not.
    case deduced

    /// The shape of an object of a kind; the schema is that of its CustomResourceDefinition.
    init(of object: Object, schema: Value? = nil) {
        let type = SchemaTable.type(ofKind: object.kind, apiVersion: object.apiVersion)
        self = type.flatMap(SchemaTable.type).map(MergeShape.structure) ?? .custom(schema)
    }

    /// The shape of a field of the table.
    init(_ field: FieldSchema) {
        guard !field.isWhole else {
            self = .leaf
            return
        }
        guard case .list(let element) = field.type else {
            self.init(field.type)
            return
        }
        switch field.listType {
        case .atomic: self = .leaf
        case .set: self = .set
        case .map(let keys): self = .keyed(keys, defaults: Self.defaults(keys, element), MergeShape(element))
        }
    }

    /// The shape of what is inside a list or a map of the table.
    init(_ type: Schema) {
        switch type {
        case .object:
            let schema = type.typeSchema
            self = schema.map { $0.isAtomic ? .leaf : .structure($0) } ?? .deduced
        case .map(let element): self = .map(MergeShape(element))
        case .any, .raw: self = .deduced
        default: self = .leaf
        }
    }

    /// A key that an entry may leave out is a protocol, which then is TCP.
    private static func defaults(_ keys: [String], _ element: Schema) -> [String: Value] {
        keys.contains("protocol") && element.field("protocol") != nil ? ["protocol": "TCP"] : [:]
    }

    /// Which of the three ways there are to take a value apart.
    enum Form {
        case leaf
        case map
        case list
    }

    /// How a value of this shape is taken apart. A value that is not what its shape says is one leaf.
    func form(of value: Value?) -> Form {
        switch (self, value) {
        case (.leaf, _): .leaf
        case (.set, .array), (.keyed, .array): .list
        case (.set, _), (.keyed, _): .leaf
        case (_, .object): .map
        default: .leaf
        }
    }

    /// What the entries of a list are.
    var element: MergeShape {
        guard case .keyed(_, _, let element) = self else { return .leaf }
        return element
    }
}

extension MergeShape {
    /// A field of an object, and how a strategic merge patch treats it.
    struct Member {
        var shape: MergeShape
        /// The field in the table; nil for one that is not there.
        var field: FieldSchema?
        /// What the entries are, if it is a list, whatever the shape says of it.
        var element: MergeShape { field?.type.element.map { MergeShape($0) } ?? .deduced }
        /// The field that tells the entries of a list apart.
        var mergeKey: String? { field?.patchMergeKey }
        /// A list is merged with the one that is there, not put in its place.
        var isMergedList: Bool { field?.patchStrategy.contains(.merge) ?? false }
        /// An object is put in the place of the one that is there.
        var isReplaced: Bool { field?.patchStrategy.contains(.replace) ?? false }
    }

    /// A field by its name.
    func member(_ name: String) -> Member {
        switch self {
        case .structure(let type):
            type.fields[name].map { Member(shape: MergeShape($0), field: $0) } ?? Member(shape: .deduced)
        case .map(let element): Member(shape: element)
        case .custom(let schema):
            Self.common[name].map { Member(shape: $0) } ?? (schema.map(MergeShape.open) ?? .deduced).member(name)
        case .open(let schema):
            if let field = schema["properties", name] {
                Member(shape: MergeShape(openAPI: field))
            } else {
                Member(shape: schema["additionalProperties"].map(MergeShape.init(openAPI:)) ?? .deduced)
            }
        default: Member(shape: .deduced)
        }
    }

    /// What all custom resources have.
    private static let common: [String: MergeShape] = [
        "apiVersion": .leaf, "kind": .leaf,
        "metadata": SchemaTable.type("meta.v1.ObjectMeta").map(MergeShape.structure) ?? .deduced,
    ]

    /// True if the name is a field of a type, not one of the names of a map.
    func isNamed(_ name: String) -> Bool {
        switch self {
        case .structure(let type): type.fields[name] != nil
        case .custom(let schema): Self.common[name] != nil || schema?["properties", name] != nil
        case .open(let schema): schema["properties", name] != nil
        default: false
        }
    }

    /// True if the field is there in every object of the type, empty if need be: in Go, a struct that is no pointer, or
    /// a list without `omitempty`.
    func isAlwaysThere(_ name: String) -> Bool {
        switch self {
        case .structure(let type): Self.alwaysThere.contains(name) && type.fields[name] != nil
        case .custom: name == "metadata"
        default: false
        }
    }

    private static let alwaysThere: Set<String> = [
        "metadata", "spec", "status", "template", "jobTemplate", "strategy", "updateStrategy", "loadBalancer",
        "containers",
    ]
}
