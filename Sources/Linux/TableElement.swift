// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
public import Dataplane
internal import Net

/// An element of a set or map as the kernel has it.
public struct TableElement: Sendable, Hashable {
    /// The key, one datum for each type of the set's.
    public var key: [Datum]
    /// What it carries beside the key.
    public var value: Element.Value
    /// Why it is there, as it was told when it was added (`Because.description`, at most 127 bytes of it).
    public var comment: String

    /// Puts one together from its parts.
    public init(key: [Datum], value: Element.Value, comment: String) {
        self.key = key
        self.value = value
        self.comment = comment
    }
}

// MARK: Writing

extension NetlinkWriter {
    /// Writes one element of a list of elements: key, value, comment.
    /// - Parameter comment: the comment of the element before, which mostly is this one's, too.
    mutating func put(_ element: Element, withValue: Bool, _ comment: inout CommentCache) {
        let nest = open(Int(NFTA_LIST_ELEM.rawValue))
        let key = open(Int(NFTA_SET_ELEM_KEY.rawValue))
        putData(element.key)
        close(key)
        if case .prefix = element.key.last {
            let end = open(Int(NFTA_SET_ELEM_KEY_END.rawValue))
            putData(element.key.map(\.last))
            close(end)
        }
        if withValue {
            put(element.value)
            comment.update(to: element.because)
            if comment.bytes.count > 3 { put(Int(NFTA_SET_ELEM_USERDATA.rawValue), bytes: comment.bytes) }
        }
        close(nest)
    }

    private mutating func put(_ value: Element.Value) {
        guard value != .none else { return }
        let data = open(Int(NFTA_SET_ELEM_DATA.rawValue))
        switch value {
        case .none: break
        case .data(let data): putData(data)
        case .verdict(let verdict):
            let nest = open(Int(NFTA_DATA_VERDICT.rawValue))
            put(Int(NFTA_VERDICT_CODE.rawValue), network: UInt32(bitPattern: verdict.code))
            if let chain = verdict.chain { put(Int(NFTA_VERDICT_CHAIN.rawValue), text: chain) }
            close(nest)
        }
        close(data)
    }

    /// Writes data as they lie in the kernel's registers; of a single one, its own bytes without padding.
    private mutating func putData(_ data: [Datum]) {
        for datum in data { stage(datum) }
        putStaged(Int(NFTA_DATA_VALUE.rawValue), length: data.count == 1 ? data[0].length : nil)
    }

    private mutating func stage(_ datum: Datum) {
        switch datum {
        case .address(.v4(let value)): stage(value.bigEndian)
        case .address(.v6(let value)):
            for shift: UInt128 in [96, 64, 32, 0] { stage(UInt32(truncatingIfNeeded: value >> shift).bigEndian) }
        case .transport(let transport): stage(UInt32(transport.rawValue))
        case .port(let port): stage(UInt32(port.bigEndian))
        case .number(let number): stage(number)
        case .prefix(let range): stage(.address(range.address))
        }
    }
}

/// The comment of the element that was written last. A Service's elements have few different ones, and in the lists of a
/// large table the same ones stand together.
struct CommentCache {
    private var because: Because?
    private(set) var bytes: [UInt8] = []

    mutating func update(to other: Because) {
        if let because, because == other { return }
        because = other
        bytes = other.userData
    }
}

extension Because {
    /// The description as nft keeps comments of rules and elements: type 0, length, text, zero.
    var userData: [UInt8] { UserData.comment(type: 0, self) }
}

/// nft's own attributes, which the kernel keeps with an object and does not read: a byte of type, a byte of length.
enum UserData {
    /// What nft accepts of a comment, its closing zero included (`NFTNL_UDATA_COMMENT_MAXLEN`).
    static let longestComment = 128

    /// A comment's bytes, cut at the limit but never within a character.
    static func comment(type: UInt8, _ because: Because) -> [UInt8] {
        // The parts of `Because.description`, without a text of its own for each of many elements.
        let isSentence = because.field.utf8.contains(UInt8(ascii: " "))
        let location = because.location.isEmpty ? "" : "(\(because.location))"
        return comment(type: type, [isSentence ? because.object + ":" : because.object, because.field, location])
    }

    /// A comment of the parts that are not empty, with a space between.
    static func comment(type: UInt8, _ parts: [String]) -> [UInt8] {
        var bytes: [UInt8] = [type, 0]
        bytes.reserveCapacity(longestComment + 8)
        for part in parts where !part.isEmpty && bytes.count < longestComment + 8 {
            if bytes.count > 2 { bytes.append(UInt8(ascii: " ")) }
            bytes.append(contentsOf: part.utf8)
        }
        if bytes.count > 2 + longestComment - 1 {
            var end = 2 + longestComment - 1
            while end > 2, bytes[end] & 0xc0 == 0x80 { end -= 1 }
            bytes.removeSubrange(end...)
        }
        bytes.append(0)
        bytes[1] = UInt8(bytes.count - 2)
        return bytes
    }

    /// A number of 32 bits.
    static func number(type: UInt8, _ value: UInt32) -> [UInt8] {
        [type, 4] + (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
    }

    /// The text of the attribute of a type; empty if there is none.
    static func text(type: UInt8, _ bytes: some Collection<UInt8>) -> String {
        var rest = bytes[...]
        while let kind = rest.first, let length = rest.dropFirst().first {
            let value = rest.dropFirst(2).prefix(Int(length))
            if kind == type { return String(decoding: value.prefix { $0 != 0 }, as: UTF8.self) }
            rest = rest.dropFirst(2 + Int(length))
        }
        return ""
    }
}

extension Verdict {
    /// The kernel's number. The corresponding C names are `NF_ACCEPT`, `NFT_JUMP`, ….
    var code: Int32 {
        switch self {
        case .drop: 0
        case .accept: 1
        case .jump: -3
        case .goto: -4
        case .return: -5
        }
    }

    /// The chain that the verdict names.
    var chain: String? {
        switch self {
        case .jump(let chain), .goto(let chain): chain
        case .accept, .drop, .return: nil
        }
    }

    init?(code: Int32, chain: String?) {
        switch (code, chain) {
        case (0, _): self = .drop
        case (1, _): self = .accept
        case (-3, let chain?): self = .jump(chain)
        case (-4, let chain?): self = .goto(chain)
        case (-5, _): self = .return
        default: return nil
        }
    }
}

// MARK: Reading

extension TableElement {
    /// Reads an element of a set so declared; nil if its bytes do not fit the declaration.
    init?(_ attributes: NetlinkAttributes, _ set: SetDeclaration) {
        guard let bytes = attributes.nest(Int(NFTA_SET_ELEM_KEY.rawValue))?.bytes(Int(NFTA_DATA_VALUE.rawValue)),
            var key = TableElement.data(bytes, set.key)
        else { return nil }
        if set.kind == .intervals {
            guard let end = attributes.nest(Int(NFTA_SET_ELEM_KEY_END.rawValue))?.bytes(Int(NFTA_DATA_VALUE.rawValue)),
                let range = TableElement.range(key.last, TableElement.data(end, set.key)?.last)
            else { return nil }
            key[key.count - 1] = .prefix(range)
        }
        let data = attributes.nest(Int(NFTA_SET_ELEM_DATA.rawValue))
        let value: Element.Value
        switch set.value {
        case .none: value = .none
        case .data(let types):
            guard let bytes = data?.bytes(Int(NFTA_DATA_VALUE.rawValue)), let data = TableElement.data(bytes, types)
            else { return nil }
            value = .data(data)
        case .verdict:
            guard let nest = data?.nest(Int(NFTA_DATA_VERDICT.rawValue)),
                let code = nest.network(Int(NFTA_VERDICT_CODE.rawValue)),
                let verdict = Verdict(
                    code: Int32(truncatingIfNeeded: code), chain: nest.text(Int(NFTA_VERDICT_CHAIN.rawValue)))
            else { return nil }
            value = .verdict(verdict)
        }
        let userData = attributes.bytes(Int(NFTA_SET_ELEM_USERDATA.rawValue)) ?? []
        self.init(key: key, value: value, comment: UserData.text(type: 0, userData))
    }

    /// The range from one address to another; nil if no prefix is just that.
    private static func range(_ first: Datum?, _ last: Datum?) -> Prefix? {
        guard case .address(let first) = first, case .address(let last) = last else { return nil }
        return (0...first.family.bits).lazy.map { Prefix(first, $0) }.first { $0.address == first && $0.last == last }
    }

    private static func data(_ bytes: ArraySlice<UInt8>, _ types: [DatumType]) -> [Datum]? {
        var rest = bytes
        var result: [Datum] = []
        for type in types {
            let length = types.count == 1 ? type.length : (type.length + 3) & ~3
            let field = Array(rest.prefix(length))
            guard field.count == length else { return nil }
            rest = rest.dropFirst(field.count)
            switch type {
            case .address, .address6: result.append(.address(Address(bytes: field) ?? .v4(0)))
            case .transport: result.append(.transport(TransportProtocol(rawValue: field[0]) ?? .tcp))
            case .port: result.append(.port(UInt16(field[0]) << 8 | UInt16(field[1])))
            case .number: result.append(.number(field.word(at: 0)))
            }
        }
        return result
    }
}

extension Datum {
    /// The end of a range; anything else is its own end.
    fileprivate var last: Datum { if case .prefix(let range) = self { .address(range.last) } else { self } }

    /// How many bytes the value has.
    fileprivate var length: Int {
        switch self {
        case .address(.v4), .number: 4
        case .address(.v6): 16
        case .prefix(let range): range.family.bits / 8
        case .transport: 1
        case .port: 2
        }
    }
}

extension DatumType {
    /// How many bytes a value has.
    var length: Int {
        switch self {
        case .address, .number: 4
        case .address6: 16
        case .transport: 1
        case .port: 2
        }
    }

    /// nft's number of the type, which `nft list` reads to print a set's elements.
    var number: UInt32 {
        switch self {
        case .address: 7
        case .address6: 8
        case .transport: 12
        case .port: 13
        case .number: 19
        }
    }

    /// nft's number of a concatenation: six bits a type. Nothing of it matters to the kernel.
    static func number(_ types: [DatumType]) -> UInt32 { types.reduce(0) { $0 << 6 | $1.number } }

    /// How many bytes a key or value has: in a concatenation, each part takes whole registers.
    static func length(_ types: [DatumType]) -> UInt32 {
        UInt32(types.count == 1 ? types[0].length : types.reduce(0) { $0 + ($1.length + 3) & ~3 })
    }

    /// nft's byte order of a single value: 1 host, 2 network; 0 for a concatenation, whose parts know their own.
    static func byteOrder(_ types: [DatumType]) -> UInt32 {
        types.count > 1 ? 0 : types.first == .number || types.first == .transport ? 1 : 2
    }
}
