// SPDX-License-Identifier: Apache-2.0

internal import Yams

/// Reads the documents of a YAML file.
///
/// What a hostile file could ask for is bounded: the parser itself stops at a thousand levels, values at
/// `Manifest.depthLimit`, and what aliases multiply at a budget.
struct YAMLReader {
    private let file: String
    private var budget: Int
    private var builder = PositionTree.Builder()
    /// Small objects that were read before, the first few that are different.
    private var known: Set<Value> = []
    private var names = FieldNames()

    init(file: String, size: Int) {
        self.file = file
        budget = 200_000 + size
    }

    mutating func read(_ text: String) throws(Refusal) -> [LocatedValue] {
        if let place = AliasedKeys.find(text, file: file) {
            throw Refusal(syntax: "a key of a mapping must be a plain word, not made of aliases", at: place)
        }
        var documents: [LocatedValue] = []
        do {
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            while let node = try parser.nextRoot() {
                var value = try self.value(of: node, nil, position(node), depth: 0)
                names.compact(&value)
                documents.append(LocatedValue(value: value, positions: builder.finish()))
            }
        } catch let refusal as Refusal {
            throw refusal
        } catch let error as YamlError {
            throw refusal(error)
        } catch {
            throw Refusal(syntax: "\(error)", at: Place(file, Position(line: 1, column: 1)))
        }
        builder.share(with: &documents)
        return documents
    }

    private mutating func value(
        of node: Yams.Node, _ name: String?, _ position: Position, depth: Int
    ) throws(Refusal) -> Value {
        guard depth <= Manifest.depthLimit else {
            throw Refusal(
                syntax: "values are nested more than \(Manifest.depthLimit) levels deep", at: place(node))
        }
        let index = builder.open(name, position)
        defer { builder.close(index) }
        switch node {
        case .scalar(let scalar): return try scalarValue(scalar, node)
        case .sequence(let sequence):
            try spend(1, node)
            try check(sequence.tag, ["", "tag:yaml.org,2002:seq"], node)
            var elements: [Value] = []
            elements.reserveCapacity(sequence.count)
            for element in sequence {
                elements.append(try value(of: element, nil, self.position(element), depth: depth + 1))
            }
            return .array(elements)
        case .mapping(let mapping):
            try spend(1, node)
            try check(mapping.tag, ["", "tag:yaml.org,2002:map"], node)
            var fields: Fields = [:]
            try add(mapping, to: &fields, depth: depth, isMerged: false)
            return shared(.object(fields))
        case .alias: return .null
        }
    }

    /// The same value, in the memory of an equal one that was read before if it is small: thousands of endpoints have the
    /// same conditions.
    private mutating func shared(_ value: Value) -> Value {
        guard case .object(let fields) = value, fields.count <= 3, fields.values.allSatisfy(\.isSmall) else {
            return value
        }
        var value = value
        names.compact(&value)
        if known.count < 256 { return known.insert(value).memberAfterInsert }
        return known.firstIndex(of: value).map { known[$0] } ?? value
    }

    /// Adds the fields of a mapping; those of merged ones (`<<: *base`) only where the mapping has none of its own.
    private mutating func add(
        _ mapping: Yams.Node.Mapping, to fields: inout Fields, depth: Int, isMerged: Bool
    ) throws(Refusal) {
        guard depth <= Manifest.depthLimit else {
            let position = mapping.mark.map { Position($0) } ?? Position(line: 1, column: 1)
            throw Refusal(syntax: "mappings are merged too many levels deep", at: Place(file, position))
        }
        var merged: [Yams.Node] = []
        var own: Set<String> = []
        for (key, child) in mapping {
            guard let name = try self.name(key) else {
                merged.append(child)
                continue
            }
            guard own.insert(name).inserted else {
                throw Refusal(syntax: "the key \(name.quoted) stands twice in one mapping", at: place(key))
            }
            if isMerged, fields[name] != nil { continue }
            fields[name] = try value(of: child, name, position(key), depth: depth + 1)
        }
        for node in merged { try merge(node, into: &fields, depth: depth) }
    }

    private mutating func merge(_ node: Yams.Node, into fields: inout Fields, depth: Int) throws(Refusal) {
        try spend(1, node)
        switch node {
        case .mapping(let mapping): try add(mapping, to: &fields, depth: depth + 1, isMerged: true)
        case .sequence(let sequence):
            for element in sequence {
                guard case .mapping(let mapping) = element else { throw notMergeable(element) }
                try add(mapping, to: &fields, depth: depth + 1, isMerged: true)
            }
        default: throw notMergeable(node)
        }
    }

    private func notMergeable(_ node: Yams.Node) -> Refusal {
        Refusal(syntax: "`<<` merges a mapping or a list of mappings, nothing else", at: place(node))
    }

    /// The name that a key stands for (`on: x` is `true: x`); nil for the merge key.
    private mutating func name(_ key: Yams.Node) throws(Refusal) -> String? {
        guard case .scalar(let scalar) = key else {
            throw Refusal(syntax: "a key of a mapping must be a plain word", at: place(key))
        }
        if scalar.style == .plain, scalar.string == "<<" { return nil }
        switch try scalarValue(scalar, key, isKey: true) {
        case .string(let name): return name
        case .bool(let value): return value ? "true" : "false"
        case .int(let value): return String(value)
        case .double(let value): return value.description
        default: throw Refusal(syntax: "a key of a mapping must be a word, not null", at: place(key))
        }
    }

    private mutating func scalarValue(_ scalar: Yams.Node.Scalar, _ node: Yams.Node, isKey: Bool = false)
        throws(Refusal) -> Value
    {
        try spend(1 + scalar.string.utf8.count / 64, node)
        let tag = scalar.tag.description
        // The parser looks for duplicates among keys, and leaves the tag of strings on all of them.
        if scalar.style == .plain, tag.isEmpty || (isKey && tag == Self.stringTag) { return try plain(scalar, node) }
        switch tag {
        case "", "!", Self.stringTag, "tag:yaml.org,2002:timestamp": return .string(scalar.string)
        case "tag:yaml.org,2002:null": return .null
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool":
            return try plain(scalar, node)
        default: throw Refusal(syntax: "the tag \(tag) has no meaning in a manifest", at: place(node))
        }
    }

    private static let stringTag = "tag:yaml.org,2002:str"

    private func plain(_ scalar: Yams.Node.Scalar, _ node: Yams.Node) throws(Refusal) -> Value {
        guard let value = PlainScalar.value(scalar.string) else {
            throw Refusal(syntax: "JSON has no way to write the number \(scalar.string)", at: place(node))
        }
        return value
    }

    private mutating func spend(_ amount: Int, _ node: Yams.Node) throws(Refusal) {
        budget -= amount
        guard budget >= 0 else {
            throw Refusal(syntax: "aliases make the document too large", at: place(node))
        }
    }

    private func check(_ tag: Tag, _ known: [String], _ node: Yams.Node) throws(Refusal) {
        guard !known.contains(tag.description) else { return }
        throw Refusal(syntax: "the tag \(tag.description) has no meaning in a manifest", at: place(node))
    }

    private func position(_ node: Yams.Node) -> Position {
        Position(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    private func place(_ node: Yams.Node) -> Place { Place(file, position(node)) }
}

extension YAMLReader {
    /// What the parser says, in one line.
    private func refusal(_ error: YamlError) -> Refusal {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let detail = context.map { "\(problem), \($0.text) that begins at \($0.mark)" } ?? problem
            return Refusal(syntax: "broken YAML: \(detail)", at: Place(file, Position(mark)))
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map(\.quoted).joined(separator: ", ")
            return Refusal(
                syntax: "the key \(names) stands more than once in one mapping, here first",
                at: Place(file, Position(context.mark)))
        case .reader(let problem, let offset, _, let text):
            let place = ManifestText.place(
                text.index(text.startIndex, offsetBy: offset ?? 0, limitedBy: text.endIndex).map {
                    text.utf8.distance(from: text.startIndex, to: $0)
                } ?? 0, Array(text.utf8), file)
            return Refusal(syntax: "broken YAML: \(problem)", at: place)
        default:
            return Refusal(syntax: "broken YAML: \(error)", at: Place(file, Position(line: 1, column: 1)))
        }
    }
}

extension Value {
    /// True for what is neither a list nor an object, nor a long text.
    fileprivate var isSmall: Bool {
        switch self {
        case .array, .object: false
        case .string(let text): text.utf8.count <= 64
        default: true
        }
    }
}

extension Position {
    fileprivate init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }
}
