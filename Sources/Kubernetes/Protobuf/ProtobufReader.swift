// SPDX-License-Identifier: Apache-2.0

extension Object {
    /// Whether bytes begin as an object in protobuf does: `k8s` and a zero.
    public static func isProtobuf(_ bytes: [UInt8]) -> Bool { bytes.starts(with: ProtobufReader.magic) }

    /// Reads an object that came as `application/vnd.kubernetes.protobuf`.
    ///
    /// It is as its sender would have written it in JSON, without what is empty. Fields that the table does not know
    /// are dropped, as a real API server drops them.
    /// - Throws: what is wrong with the bytes. No bytes whatever do any other harm.
    public init(protobuf bytes: [UInt8]) throws(ProtobufError) {
        var reader = ProtobufReader()
        self = try reader.object(bytes[...], depth: 0)
    }
}

/// Reads protobuf messages by the table of types. The corresponding Go functions are the `Unmarshal` methods of
/// `generated.pb.go`.
struct ProtobufReader {
    static let magic: [UInt8] = [0x6b, 0x38, 0x73, 0x00]

    /// How many values one object may have in all. An element takes two bytes here and many times that in memory.
    private var budget = 500_000

    /// `k8s`, a zero, and a `runtime.Unknown`: 1 the type, 2 the object itself, 3 and 4 its encoding.
    mutating func object(_ bytes: ArraySlice<UInt8>, depth: Int) throws(ProtobufError) -> Object {
        guard bytes.starts(with: Self.magic) else {
            throw ProtobufError(
                "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
        }
        var cursor = ProtobufCursor(bytes.dropFirst(Self.magic.count))
        var type = (apiVersion: "", kind: "")
        var raw: ArraySlice<UInt8> = []
        while !cursor.isAtEnd {
            let (number, wire) = try cursor.tag()
            switch (number, wire) {
            case (1, .bytes): type = try typeMeta(try cursor.chunk())
            case (2, .bytes): raw = try cursor.chunk()
            case (3, .bytes):
                guard try cursor.chunk().isEmpty else { throw ProtobufError("unsupported content encoding") }
            default: try cursor.skip(wire)
            }
        }
        return try object(type.apiVersion, type.kind, raw, depth: depth)
    }

    private mutating func object(
        _ apiVersion: String, _ kind: String, _ raw: ArraySlice<UInt8>, depth: Int
    ) throws(ProtobufError) -> Object {
        guard let name = SchemaTable.type(ofKind: kind, apiVersion: apiVersion), let type = SchemaTable.type(name)
        else { throw ProtobufError("no kind \(kind.quoted) is registered for version \(apiVersion.quoted)") }
        var fields: Fields = [:]
        try message(type, wrapper: nil, raw, into: &fields, depth: depth + 1)
        fields["apiVersion"] = .string(apiVersion)
        fields["kind"] = .string(kind)
        return Object(.object(fields))
    }

    /// `runtime.TypeMeta`: 1 the version, 2 the kind.
    private func typeMeta(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> (apiVersion: String, kind: String) {
        var cursor = ProtobufCursor(bytes)
        var type = (apiVersion: "", kind: "")
        while !cursor.isAtEnd {
            let (number, wire) = try cursor.tag()
            switch (number, wire) {
            case (1, .bytes): type.apiVersion = try text(try cursor.chunk())
            case (2, .bytes): type.kind = try text(try cursor.chunk())
            default: try cursor.skip(wire)
            }
        }
        return type
    }

    /// Adds the fields of a message to those of an object.
    ///
    /// - Parameter wrapper: the number of the message, if its fields are those of the object around it in JSON.
    private mutating func message(
        _ type: TypeSchema, wrapper: Int?, _ bytes: ArraySlice<UInt8>, into fields: inout Fields, depth: Int
    ) throws(ProtobufError) {
        guard depth <= Manifest.depthLimit else { throw ProtobufError("messages are nested too deep") }
        var cursor = ProtobufCursor(bytes)
        while !cursor.isAtEnd {
            let (number, wire) = try cursor.tag()
            if let field = type.fields.values.first(where: { $0.number == number && $0.wrapper == wrapper }) {
                try read(field, wire, &cursor, into: &fields, depth: depth)
            } else if wrapper == nil, wire == .bytes, type.fields.values.contains(where: { $0.wrapper == number }) {
                try message(type, wrapper: number, try cursor.chunk(), into: &fields, depth: depth + 1)
            } else {
                try cursor.skip(wire)
            }
        }
    }

    private mutating func read(
        _ field: FieldSchema, _ wire: ProtobufCursor.WireType, _ cursor: inout ProtobufCursor,
        into fields: inout Fields, depth: Int
    ) throws(ProtobufError) {
        switch field.type {
        case .list(let element):
            let found = try elements(element, field, wire, &cursor, depth: depth)
            guard case .array(var list) = fields[field.name] ?? .array([]) else { return }
            fields[field.name] = nil
            list += found
            fields[field.name] = .array(list)
        case .map(let element):
            guard wire == .bytes else { throw .wrongWireType(field.name) }
            let (key, value) = try entry(element, field, try cursor.chunk(), depth: depth)
            guard case .object(var map) = fields[field.name] ?? .object([:]) else { return }
            fields[field.name] = nil
            map[key] = value
            fields[field.name] = .object(map)
        default:
            let value = try scalar(field.type, field, wire, &cursor, depth: depth)
            fields[field.name] = field.isPointer || field.isRequired || !value.isZero ? value : nil
        }
    }

    /// One element of a list; numbers may also come several at a time.
    private mutating func elements(
        _ element: Schema, _ field: FieldSchema, _ wire: ProtobufCursor.WireType, _ cursor: inout ProtobufCursor,
        depth: Int
    ) throws(ProtobufError) -> [Value] {
        guard case .int = element, wire == .bytes else {
            return [try scalar(element, field, wire, &cursor, depth: depth)]
        }
        var packed = ProtobufCursor(try cursor.chunk())
        var values: [Value] = []
        while !packed.isAtEnd { values.append(try scalar(element, field, .varint, &packed, depth: depth)) }
        return values
    }

    /// One entry of a map: 1 the key, 2 the value.
    private mutating func entry(
        _ element: Schema, _ field: FieldSchema, _ bytes: ArraySlice<UInt8>, depth: Int
    ) throws(ProtobufError) -> (String, Value) {
        var cursor = ProtobufCursor(bytes)
        var key = ""
        var value: Value?
        while !cursor.isAtEnd {
            let (number, wire) = try cursor.tag()
            switch (number, wire) {
            case (1, .bytes): key = try text(try cursor.chunk())
            case (2, _): value = try mapped(element, field, wire, &cursor, depth: depth)
            default: try cursor.skip(wire)
            }
        }
        return (key, value ?? element.zero)
    }

    /// A map's value. A list, which protobuf has not there, is field 1 of a message.
    private mutating func mapped(
        _ element: Schema, _ field: FieldSchema, _ wire: ProtobufCursor.WireType, _ cursor: inout ProtobufCursor,
        depth: Int
    ) throws(ProtobufError) -> Value {
        guard case .list(let inner) = element, wire == .bytes else {
            return try scalar(element, field, wire, &cursor, depth: depth)
        }
        var list = ProtobufCursor(try cursor.chunk())
        var values: [Value] = []
        while !list.isAtEnd {
            let (number, wire) = try list.tag()
            if number == 1 {
                values += try elements(inner, field, wire, &list, depth: depth)
            } else {
                try list.skip(wire)
            }
        }
        return .array(values)
    }

    /// One value that is no list and no map.
    private mutating func scalar(
        _ schema: Schema, _ field: FieldSchema, _ wire: ProtobufCursor.WireType, _ cursor: inout ProtobufCursor,
        depth: Int
    ) throws(ProtobufError) -> Value {
        budget -= 1
        guard budget > 0 else { throw ProtobufError("the object has too many values") }
        switch (schema, wire) {
        case (.int(32), .varint): return .int(Int64(Int32(truncatingIfNeeded: try cursor.varint())))
        case (.int, .varint): return .int(Int64(bitPattern: try cursor.varint()))
        case (.bool, .varint): return .bool(try cursor.varint() != 0)
        case (.string, .bytes), (.word, .bytes): return .string(try text(try cursor.chunk()))
        case (.bytes, .bytes): return .string(Base64.text(of: try cursor.chunk()))
        case (.object(let name), .bytes): return try nested(name, try cursor.chunk(), depth: depth)
        case (.raw, .bytes): return try raw(try cursor.chunk(), depth: depth)
        case (.intOrString, .bytes), (.quantity, .bytes), (.time, .bytes), (.microTime, .bytes):
            return try special(schema, ProtobufScalars(try cursor.chunk()))
        case (.any, _):
            try cursor.skip(wire)
            return .null
        default: throw .wrongWireType(field.name)
        }
    }

    private mutating func nested(
        _ name: String, _ bytes: ArraySlice<UInt8>, depth: Int
    ) throws(ProtobufError) -> Value {
        guard let type = SchemaTable.type(name) else { return .null }
        var fields: Fields = [:]
        try message(type, wrapper: nil, bytes, into: &fields, depth: depth + 1)
        return .object(fields)
    }

    /// `runtime.RawExtension` and `metav1.FieldsV1`: 1 the text, in JSON or in protobuf once more.
    private mutating func raw(_ bytes: ArraySlice<UInt8>, depth: Int) throws(ProtobufError) -> Value {
        guard depth <= Manifest.depthLimit else { throw ProtobufError("messages are nested too deep") }
        let content = try ProtobufScalars(bytes).chunks[1] ?? []
        if content.isEmpty { return .null }
        if content.starts(with: Self.magic) { return try object(content, depth: depth + 1).value }
        do {
            return try Value(json: Array(content))
        } catch {
            throw ProtobufError("\(error)")
        }
    }

    /// The types that have a JSON form of their own.
    private func special(_ schema: Schema, _ content: ProtobufScalars) throws(ProtobufError) -> Value {
        switch schema {
        case .intOrString where content.numbers[1] == 1: return .string(try text(content.chunks[3] ?? []))
        case .intOrString: return .int(Int64(Int32(truncatingIfNeeded: content.numbers[2] ?? 0)))
        case .quantity:
            let amount = try text(content.chunks[1] ?? [])
            return .string(amount.isEmpty ? "0" : amount)
        default: return try moment(content, isMicro: schema == .microTime)
        }
    }

    /// 1 seconds, 2 nanoseconds; no bytes at all for a time that is not set.
    private func moment(_ content: ProtobufScalars, isMicro: Bool) throws(ProtobufError) -> Value {
        guard !content.numbers.isEmpty else { return .null }
        let seconds = Int64(bitPattern: content.numbers[1] ?? 0)
        let nanoseconds = Int32(truncatingIfNeeded: content.numbers[2] ?? 0)
        // The years 1 to 9999, which is all that RFC 3339 has.
        guard -62_135_596_800...253_402_300_799 ~= seconds, 0..<1_000_000_000 ~= nanoseconds else {
            throw ProtobufError("a time is out of range")
        }
        let time = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
        return .string(isMicro ? time.microText : time.description)
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ProtobufError("proto: a string that is not UTF-8")
        }
        return text
    }
}

/// A message of a few scalars, by their numbers.
private struct ProtobufScalars {
    private(set) var numbers: [Int: UInt64] = [:]
    private(set) var chunks: [Int: ArraySlice<UInt8>] = [:]

    init(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) {
        var cursor = ProtobufCursor(bytes)
        while !cursor.isAtEnd {
            let (number, wire) = try cursor.tag()
            switch wire {
            case .varint: numbers[number] = try cursor.varint()
            case .bytes: chunks[number] = try cursor.chunk()
            default: try cursor.skip(wire)
            }
        }
    }
}

extension Value {
    /// What Go's JSON leaves out: zero, the empty text, `false`, no time.
    fileprivate var isZero: Bool {
        switch self {
        case .null, .bool(false), .int(0), .string(""): true
        default: false
        }
    }
}

extension Schema {
    /// The value of a map's entry that has none.
    fileprivate var zero: Value {
        switch self {
        case .string, .word, .bytes: .string("")
        case .int, .intOrString: .int(0)
        case .bool: .bool(false)
        case .quantity: .string("0")
        case .list: .array([])
        case .map, .object: .object([:])
        case .time, .microTime, .raw, .any: .null
        }
    }
}
