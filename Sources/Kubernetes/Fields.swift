// SPDX-License-Identifier: Apache-2.0

/// The fields of a JSON object, each name once, in no order that means anything.
///
/// Most objects have few fields, and thousands have the same: the names of few fields stand in a list of their own, sorted,
/// which objects share (see `FieldNames`), and the values stand side by side in as much memory as they need. Many fields
/// are kept in a dictionary.
public struct Fields: Sendable {
    /// One field.
    public typealias Element = (key: String, value: Value)

    fileprivate enum Storage: Sendable {
        /// At most `limit` names, sorted, and the values in their order.
        case few([String], [Value])
        /// More than that.
        case many([String: Value])
    }

    private static let limit = 24
    fileprivate var storage: Storage

    /// No field.
    public init() { storage = .few([], []) }

    /// No field yet, and room for so many.
    init(capacity: Int) {
        var (names, values): ([String], [Value]) = ([], [])
        names.reserveCapacity(Swift.min(capacity, Fields.limit))
        values.reserveCapacity(Swift.min(capacity, Fields.limit))
        storage = .few(names, values)
    }

    /// The fields of a dictionary.
    public init(_ fields: [String: Value]) { self.init(fields) { $1 } }

    /// The fields of a list; where a name stands twice, `combine` chooses between the first value and the second.
    public init(_ fields: some Sequence<(String, Value)>, uniquingKeysWith combine: (Value, Value) -> Value) {
        self.init()
        for (name, value) in fields { self[name] = self[name].map { combine($0, value) } ?? value }
    }

    private init(_ fields: some Sequence<Element>, _ combine: (Value, Value) -> Value) {
        self.init()
        for (name, value) in fields { self[name] = self[name].map { combine($0, value) } ?? value }
    }

    /// How many there are.
    public var count: Int {
        switch storage {
        case .few(let names, _): names.count
        case .many(let fields): fields.count
        }
    }

    /// True if there is none.
    public var isEmpty: Bool { count == 0 }

    /// The names.
    public var keys: [String] {
        switch storage {
        case .few(let names, _): names
        case .many(let fields): Array(fields.keys)
        }
    }

    /// The values, in the order of `keys`.
    public var values: [Value] {
        switch storage {
        case .few(_, let values): values
        case .many(let fields): Array(fields.values)
        }
    }

    /// The value of a field. Reading a missing one gives nil; writing nil removes it.
    public subscript(_ name: String) -> Value? {
        get {
            switch storage {
            case .few(let names, let values): names.firstIndex(of: name).map { values[$0] }
            case .many(let fields): fields[name]
            }
        }
        set {
            if let newValue { set(name, newValue) } else { removeValue(forKey: name) }
        }
    }

    /// The value of a field, or another one if it is missing.
    public subscript(_ name: String, default missing: @autoclosure () -> Value) -> Value {
        get { self[name] ?? missing() }
        set { self[name] = newValue }
    }

    /// Takes a field out.
    /// - Returns: its value; nil if it was missing.
    @discardableResult
    public mutating func removeValue(forKey name: String) -> Value? {
        if var fields = takeMany() {
            let old = fields.removeValue(forKey: name)
            storage = fields.count > Fields.limit ? .many(fields) : Fields.few(fields)
            return old
        }
        var (names, values) = takeFew()
        defer { storage = .few(names, values) }
        guard let place = names.firstIndex(of: name) else { return nil }
        names.remove(at: place)
        return values.remove(at: place)
    }

    /// Changes the value of a field in its place, if it is there; nil if it is missing.
    public mutating func change<Result>(_ name: String, _ body: (inout Value) -> Result) -> Result? {
        if var fields = takeMany() {
            defer { storage = .many(fields) }
            guard let place = fields.index(forKey: name) else { return nil }
            return body(&fields.values[place])
        }
        var (names, values) = takeFew()
        defer { storage = .few(names, values) }
        guard let place = names.firstIndex(of: name) else { return nil }
        return body(&values[place])
    }

    private mutating func set(_ name: String, _ value: Value) {
        if var fields = takeMany() {
            fields[name] = value
            storage = .many(fields)
            return
        }
        var (names, values) = takeFew()
        if let place = names.firstIndex(of: name) {
            values[place] = value
        } else if names.count < Fields.limit {
            let place = names.firstIndex { name < $0 } ?? names.count
            names.insert(name, at: place)
            values.insert(value, at: place)
        } else {
            var fields = Dictionary(uniqueKeysWithValues: zip(names, values))
            fields[name] = value
            storage = .many(fields)
            return
        }
        storage = .few(names, values)
    }

    // What is changed must be held by nobody else, or all of it is copied. A `switch` that binds a case's values holds the
    // whole until its end; a function that gives them away does not.

    /// Gives many fields away; nil if they are few.
    private mutating func takeMany() -> [String: Value]? {
        guard case .many(let fields) = storage else { return nil }
        storage = .few([], [])
        return fields
    }

    /// Gives few fields away.
    fileprivate mutating func takeFew() -> ([String], [Value]) {
        guard case .few(let names, let values) = storage else { return ([], []) }
        storage = .few([], [])
        return (names, values)
    }

    private static func few(_ fields: [String: Value]) -> Storage {
        let sorted = fields.sorted { $0.key < $1.key }
        return .few(sorted.map(\.key), sorted.map(\.value))
    }
}

extension Fields: Sequence {
    /// Goes through the fields.
    public struct Iterator: IteratorProtocol {
        fileprivate var place = 0
        fileprivate let names: [String]
        fileprivate let values: [Value]

        /// The next field; nil after the last.
        public mutating func next() -> Element? {
            guard place < names.count else { return nil }
            defer { place += 1 }
            return (names[place], values[place])
        }
    }

    /// Begins to go through the fields, in the order of `keys`.
    public func makeIterator() -> Iterator { Iterator(names: keys, values: values) }

    /// The number of fields.
    public var underestimatedCount: Int { count }

    /// Those fields that satisfy a condition.
    public func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> Fields {
        var kept = Fields()
        for field in self where try isIncluded(field) { kept.set(field.key, field.value) }
        return kept
    }

    /// The same names with other values.
    public func mapValues(_ transform: (Value) throws -> Value) rethrows -> Fields {
        var fields = self
        switch storage {
        case .few(let names, let values): fields.storage = .few(names, try values.map(transform))
        case .many(let all): fields.storage = .many(try all.mapValues(transform))
        }
        return fields
    }

    /// The names with what a function makes of the values.
    public func mapValues<Result>(_ transform: (Value) throws -> Result) rethrows -> [String: Result] {
        var results: [String: Result] = [:]
        results.reserveCapacity(count)
        for (name, value) in self { results[name] = try transform(value) }
        return results
    }

    /// The same names with other values, without those for which there is none.
    public func compactMapValues(_ transform: (Value) throws -> Value?) rethrows -> Fields {
        var fields = Fields()
        for (name, value) in self { if let new = try transform(value) { fields.set(name, new) } }
        return fields
    }

    /// The names with what a function makes of the values, without those for which it makes nothing.
    public func compactMapValues<Result>(_ transform: (Value) throws -> Result?) rethrows -> [String: Result] {
        var results: [String: Result] = [:]
        for (name, value) in self { if let result = try transform(value) { results[name] = result } }
        return results
    }

    /// These fields and others; where both have a name, `combine` chooses between the two values.
    public func merging(_ others: Fields, uniquingKeysWith combine: (Value, Value) throws -> Value) rethrows -> Fields {
        var fields = self
        for (name, value) in others { fields[name] = try fields[name].map { try combine($0, value) } ?? value }
        return fields
    }

    /// Adds others; where both have a name, `combine` chooses between the two values.
    public mutating func merge(_ others: Fields, uniquingKeysWith combine: (Value, Value) throws -> Value) rethrows {
        self = try merging(others, uniquingKeysWith: combine)
    }
}

extension Fields: ExpressibleByDictionaryLiteral {
    /// Fields that are written in the source.
    public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) { $1 } }
}

extension Fields: Hashable {
    /// True for the same names with the same values. Those that share their memory are the same at a glance.
    public static func == (left: Fields, right: Fields) -> Bool {
        switch (left.storage, right.storage) {
        case (.few(let names, let values), .few(let others, let otherValues)):
            names == others && values == otherValues
        case (.many(let fields), .many(let others)): fields == others
        default: false
        }
    }

    /// Names and values.
    public func hash(into hasher: inout Hasher) {
        switch storage {
        case .few(let names, let values):
            hasher.combine(names)
            hasher.combine(values)
        case .many(let fields): hasher.combine(fields)
        }
    }
}

extension Fields: CustomStringConvertible {
    /// As JSON.
    public var description: String { Value.object(self).json() }
}

/// Lists of names that objects share, and the means to have others share them.
public struct FieldNames: Sendable {
    /// So many lists at most: names may be data, too.
    private static let limit = 1024
    /// With each list the values that stood there last.
    private var known: [[String]: [Value]] = [:]

    /// No list yet.
    public init() {}

    /// Brings a value into as little memory as can be: lists of names that are known already are shared, and so is what the
    /// last object with these names had in the same places; nothing keeps room to grow.
    public mutating func compact(_ value: inout Value) {
        if var elements = value.takeElements() {
            compact(&elements)
            value = .array(elements)
        } else if var fields = value.takeFields() {
            if case .few = fields.storage {
                var (names, values) = fields.takeFew()
                compact(&values)
                names = share(names, &values)
                fields.storage = .few(names, values)
            }
            value = .object(fields)
        }
    }

    private mutating func compact(_ values: inout [Value]) {
        // What is written to is copied if somebody else has it, and must not be for nothing.
        if values.contains(where: \.hasParts) { for place in values.indices { compact(&values[place]) } }
        if values.capacity > values.count + 1 { values = values.map(\.self) }
    }

    private mutating func share(_ names: [String], _ values: inout [Value]) -> [String] {
        guard let index = known.index(forKey: names) else {
            if known.count < FieldNames.limit { known[names] = values.map { $0.isCommon ? $0 : .null } }
            return names
        }
        for place in values.indices where values[place].isCommon {
            if known.values[index][place] == values[place] {
                values[place] = known.values[index][place]
            } else {
                known.values[index][place] = values[place]
            }
        }
        return known[index].key
    }
}

extension Value {
    /// Gives the elements away, so that they can be changed without a copy; nil if it is no array. What is here is null
    /// until there is another.
    mutating func takeElements() -> [Value]? {
        guard case .array(let elements) = self else { return nil }
        self = .null
        return elements
    }

    /// Gives the fields away, so that they can be changed without a copy; nil if it is no object.
    mutating func takeFields() -> Fields? {
        guard case .object(let fields) = self else { return nil }
        self = .null
        return fields
    }

    /// True for what has memory of its own and is small enough to be found in many objects.
    fileprivate var isCommon: Bool {
        if case .string(let text) = self { 16...64 ~= text.utf8.count } else { hasParts && isSmall(depth: 3) }
    }

    private func isSmall(depth: Int) -> Bool {
        switch self {
        case .string(let text): text.utf8.count <= 64
        case .array(let elements):
            depth > 0 && elements.count <= 4 && elements.allSatisfy { $0.isSmall(depth: depth - 1) }
        case .object(let fields):
            depth > 0 && fields.count <= 4 && fields.values.allSatisfy { $0.isSmall(depth: depth - 1) }
        default: true
        }
    }

    fileprivate var hasParts: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }
}
