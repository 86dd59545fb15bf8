// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The types of sets as nft's grammar wants them.
///
/// The kernel knows a number of 32 bits as that; nft calls it `mark` where it comes from `meta mark`, `classid` where it
/// comes from `meta priority`, and reads no rule back that takes one for the other.
struct ReadableTypes {
    /// Which of the two a number in a set is held against.
    private struct Use: Hashable {
        var isMark = false
        var isPriority = false
    }
    /// By set; of the parts of a key and of what an element carries, in this order.
    private var keys: [String: [Int: Use]] = [:]
    private var data: [String: Use] = [:]
    private let family: Family

    init(_ chains: [Chain], _ family: Family) {
        self.family = family
        for statement in chains.lazy.flatMap(\.rules).flatMap(\.statements) { note(statement) }
    }

    private mutating func note(_ statement: Statement) {
        switch statement {
        case .setMarkFromMap(let key, let map):
            note(key, map)
            data[map, default: Use()].isMark = true
        case .setPriorityFromMap(let key, let map):
            note(key, map)
            data[map, default: Use()].isPriority = true
        case .update(let map, let key, let value), .delete(let map, let key, let value):
            note(key, map)
            if value == .mark { data[map, default: Use()].isMark = true }
            if value == .priority { data[map, default: Use()].isPriority = true }
        default: if let (key, set) = statement.lookup { note(key, set) }
        }
    }

    private mutating func note(_ key: [Selector], _ set: String) {
        for (index, selector) in key.enumerated() {
            if selector == .mark { keys[set, default: [:]][index, default: Use()].isMark = true }
            if selector == .priority { keys[set, default: [:]][index, default: Use()].isPriority = true }
        }
    }

    /// The declaration of key and value: `type mark : classid`, or `typeof …` where a number is held against both.
    func text(of set: SetDeclaration) -> String {
        let keyUses = set.key.indices.map { keys[set.name]?[$0] ?? Use() }
        var types = zip(set.key, keyUses).map { ($0, $1) }
        let keyCount = types.count
        if case .data(let data) = set.value { types += data.map { ($0, self.data[set.name] ?? Use()) } }
        let isBoth = types.contains { $0.0 == .number && $0.1.isMark && $0.1.isPriority }
        let words = types.map { isBoth ? expression($0.0, $0.1) : word($0.0, $0.1) }
        let key = words.prefix(keyCount).joined(separator: " . ")
        let value = set.value == .verdict ? "verdict" : words.dropFirst(keyCount).joined(separator: " . ")
        return (isBoth ? "typeof " : "type ") + key + (value.isEmpty ? "" : " : " + value)
    }

    private func word(_ type: DatumType, _ use: Use) -> String {
        type == .number && use.isPriority ? "classid" : type.rawValue
    }

    /// An expression of the type.
    private func expression(_ type: DatumType, _ use: Use) -> String {
        switch type {
        case .address, .address6: Selector.destinationAddress.text(family)
        case .transport: Selector.transport.text(family)
        case .port: Selector.destinationPort.text(family)
        // A number that is nothing else fits both.
        case .number where use.isMark && use.isPriority: Selector.random(modulus: 2).text(family)
        case .number: (use.isPriority ? Selector.priority : .mark).text(family)
        }
    }
}

extension Rule {
    /// The rule as nft reads it: it must be told which protocols have the ports that a translation is to.
    func readableText(_ family: Family) -> String {
        statements.map { statement in
            if case .dnatFromMap = statement { return "meta l4proto { tcp, udp, sctp } " + statement.text(family) }
            return statement.text(family)
        }.joined(separator: " ")
    }
}
