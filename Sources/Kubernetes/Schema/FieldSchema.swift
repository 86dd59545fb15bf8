// SPDX-License-Identifier: Apache-2.0

/// One field of a type: what its JSON and its protobuf form are, and how two versions of it are merged. The
/// corresponding Go notation is a struct field with its tags.
public struct FieldSchema: Sendable, Hashable {
    /// How a strategic merge patch treats the field: the words of the Go tag `patchStrategy`.
    public struct PatchStrategy: OptionSet, Sendable, Hashable {
        /// The bits.
        public let rawValue: UInt8

        /// The set of these bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A list is merged with the one that is there, element by element.
        public static let merge = PatchStrategy(rawValue: 1)
        /// The patch's value takes the place of the one that is there.
        public static let replace = PatchStrategy(rawValue: 2)
        /// Fields that the patch's `$retainKeys` does not name are dropped.
        public static let retainKeys = PatchStrategy(rawValue: 4)
    }

    /// How server-side apply sees a list: `x-kubernetes-list-type`.
    public enum ListType: Sendable, Hashable {
        /// As one value.
        case atomic
        /// As a set of scalars.
        case set
        /// As objects that these fields tell apart: `x-kubernetes-list-map-keys`.
        case map([String])
    }

    /// The name in JSON.
    public let name: String
    /// The number in protobuf; nil for a field that it does not have.
    public let number: Int?
    /// The number of the message around it, where JSON has the field one level higher than protobuf (Go's `inline`).
    public let wrapper: Int?
    /// What it holds.
    public let type: Schema
    /// Whether zero differs from absent: the Go type of the field is a pointer to a scalar.
    public let isPointer: Bool
    /// Whether an object without it is not valid, so that `kubectl explain` says `-required-`.
    public let isRequired: Bool
    /// The field that tells elements of a list apart in a strategic merge patch.
    public let patchMergeKey: String?
    /// How a strategic merge patch treats the field; empty for the manner of its JSON type (lists are replaced,
    /// objects merged).
    public let patchStrategy: PatchStrategy
    /// How server-side apply sees the field, if it is a list.
    public let listType: ListType
    /// Whether server-side apply sees the field, if it is a map or an object, as one value; nil where its type says so.
    public let isAtomic: Bool?

    /// Whether server-side apply sees the field, if it is a map or an object, as one value:
    /// `x-kubernetes-map-type: atomic`.
    public var isWhole: Bool { isAtomic ?? type.typeSchema?.isAtomic ?? false }

    /// Reads one entry of the table: `ports@1:[]ServicePort;merge=port;map=port,protocol`.
    ///
    /// An `!` after the name is for a required field; `@2.5` for field 5 of the message that is field 2; no type for a
    /// string; `*` before a type for a pointer. After the type stands how the field is merged: `merge`, `merge=KEY`,
    /// `retainKeys`, `replace`; `set`, `map=KEY,…` for lists; `atomic`, `granular` for objects.
    init(_ entry: Substring, in package: String) {
        let parts = entry.utf8.split(separator: UInt8(ascii: ";"))
        let sides = (parts.first ?? entry.utf8).split(separator: UInt8(ascii: ":"), maxSplits: 1)
        let head = (sides.first ?? entry.utf8).split(separator: UInt8(ascii: "@"))
        var name = Substring(head.first ?? entry.utf8)
        isRequired = name.utf8.last == UInt8(ascii: "!")
        if isRequired { name.removeLast() }
        self.name = String(name)
        let numbers = head.dropFirst().first?.split(separator: UInt8(ascii: ".")).map { Int(Substring($0)) } ?? []
        number = numbers.last ?? nil
        wrapper = numbers.count > 1 ? numbers.first ?? nil : nil
        var text = sides.count > 1 ? Substring(sides[1]) : "string"
        isPointer = text.utf8.first == UInt8(ascii: "*")
        if isPointer { text.removeFirst() }
        type = Schema(text, in: package)
        let options = parts.count > 1 ? FieldOptions(parts.dropFirst()) : .none
        patchMergeKey = options.mergeKey
        patchStrategy = options.strategy
        listType = options.listType
        isAtomic = options.isAtomic
    }
}

/// The part of a table's entry that says how the field is merged.
private struct FieldOptions {
    var mergeKey: String?
    var strategy: FieldSchema.PatchStrategy = []
    var listType = FieldSchema.ListType.atomic
    var isAtomic: Bool?

    static let none = FieldOptions([])

    init(_ texts: ArraySlice<Substring.UTF8View>) {
        for text in texts {
            let sides = Substring(text).split(separator: "=", maxSplits: 1)
            let value = sides.count > 1 ? String(sides[1]) : nil
            switch sides.first {
            case "merge":
                strategy.insert(.merge)
                mergeKey = value
            case "retainKeys": strategy.insert(.retainKeys)
            case "replace": strategy.insert(.replace)
            case "set": listType = .set
            case "map": listType = .map((value ?? "").split(separator: ",").map(String.init))
            case "atomic": isAtomic = true
            case "granular": isAtomic = false
            default: break
            }
        }
    }
}
