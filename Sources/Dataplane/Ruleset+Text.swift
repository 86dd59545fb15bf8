// SPDX-License-Identifier: Apache-2.0
internal import Net

extension Ruleset {
    /// nft's word for the table's family: `ip` or `ip6`.
    var familyKeyword: String { family == .v4 ? "ip" : "ip6" }

    /// The table as `nft list table` prints it, one element a line, elements in the order of their keys.
    public var text: String {
        let elements = elementsBySet
        let sets = sets.map { $0.text(elements[$0.name] ?? []) }
        let chains = chains.map { $0.text(family) }
        return "table \(familyKeyword) \(table) {\n" + (sets + chains).joined(separator: "\n") + "}\n"
    }
}

extension SetDeclaration {
    /// nft's word for what it is: `set` or `map`.
    public var keyword: String { value == .none ? "set" : "map" }

    /// The types of key and value, as `ipv4_addr . inet_service : verdict`.
    public var typeText: String {
        let key = key.map(\.rawValue).joined(separator: " . ")
        return switch value {
        case .none: key
        case .verdict: key + " : verdict"
        case .data(let types): key + " : " + types.map(\.rawValue).joined(separator: " . ")
        }
    }

    /// The lines that say who puts elements in, as nft prints them.
    var flagTexts: [String] {
        switch kind {
        case .plain: []
        case .intervals: ["flags interval"]
        // The size is the kernel's own choice for a set that packets add to.
        case .dynamic(let timeout):
            ["size 65535", "flags dynamic,timeout", "timeout \(SetDeclaration.text(seconds: timeout))"]
        }
    }

    func text(_ elements: [Element]) -> String {
        var lines = ["\t\(keyword) \(name) {", "\t\ttype \(typeText)"]
        lines += flagTexts.map { "\t\t" + $0 }
        lines.append("\t\tcomment \"\(comment)\"")
        let sorted = elements.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
            $0.text(comment: Ruleset.comment($0.because))
        }
        if !sorted.isEmpty {
            lines.append("\t\telements = { " + sorted.joined(separator: ",\n\t\t\t     ") + " }")
        }
        return (lines + ["\t}"]).joined(separator: "\n") + "\n"
    }
}

extension SetDeclaration {
    /// A time as nft prints it: `1d2h3m4s`, without the parts that are 0.
    static func text(seconds: UInt32) -> String {
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s"),
        ]
        let text = parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
        return text.isEmpty ? "0s" : text
    }
}

extension Element {
    /// The element as nft prints it, without its comment: `10.96.0.10 . tcp . 80 : 0x00000001`.
    public var text: String { text(comment: "") }

    func text(comment: String) -> String {
        let key = key.map(\.text).joined(separator: " . ") + comment
        return switch value {
        case .none: key
        case .verdict(let verdict): key + " : " + verdict.text
        case .data(let data): key + " : " + data.map(\.text).joined(separator: " . ")
        }
    }
}

extension Chain {
    func text(_ family: Family) -> String {
        var lines = ["\tchain \(name) {"]
        if let base { lines.append("\t\t" + base.text) }
        lines += rules.map { "\t\t" + $0.text(family) + Ruleset.comment($0.because) }
        return (lines + ["\t}"]).joined(separator: "\n") + "\n"
    }
}

extension Base {
    /// The line that makes a chain a base chain: `type nat hook prerouting priority dstnat; policy accept;`.
    public var text: String { "type \(kind.rawValue) hook \(hook) priority \(priorityText); policy accept;" }

    private var priorityText: String {
        switch (hook, priority) {
        case (_, 0): "filter"
        case (.prerouting, -100): "dstnat"
        case (.postrouting, 100): "srcnat"
        default: String(priority)
        }
    }
}

extension Ruleset {
    /// A comment in nft's words, with a blank before it; it has no way to write a quotation mark.
    static func comment(_ because: Because) -> String {
        let text = because.description
        return " comment \"" + (text.contains("\"") ? String(text.map { $0 == "\"" ? "'" : $0 }) : text) + "\""
    }
}

extension Datum {
    /// The datum as nft prints it.
    public var text: String {
        switch self {
        case .address(let address): address.description
        case .transport(let transport): transport.keyword
        case .port(let port): String(port)
        case .number(let number): Datum.hexadecimal(number)
        case .prefix(let prefix): prefix.nftText
        }
    }

    /// A mark as nft prints it: `0x0000002a`.
    static func hexadecimal(_ number: UInt32) -> String {
        let digits = String(number, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}

extension Datum: Comparable {
    /// Addresses before protocols, protocols before ports, ports before numbers, numbers before ranges; each in its own order.
    public static func < (left: Datum, right: Datum) -> Bool {
        switch (left, right) {
        case (.address(let left), .address(let right)): left < right
        case (.transport(let left), .transport(let right)): left.rawValue < right.rawValue
        case (.port(let left), .port(let right)): left < right
        case (.number(let left), .number(let right)): left < right
        case (.prefix(let left), .prefix(let right)): (left.address, left.length) < (right.address, right.length)
        default: left.rank < right.rank
        }
    }

    private var rank: Int {
        switch self {
        case .address: 0
        case .transport: 1
        case .port: 2
        case .number: 3
        case .prefix: 4
        }
    }
}
