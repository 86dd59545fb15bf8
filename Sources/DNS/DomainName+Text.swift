// SPDX-License-Identifier: Apache-2.0

/// Names as they are written (RFC 1035, section 5.1): `\.` is a dot within a label, `\065` the byte 65.
extension DomainName: LosslessStringConvertible {
    /// Reads a name with or without its last dot, which is the root's; nil if it is none.
    public init?(_ text: String) {
        var labels: [[UInt8]] = []
        var label: [UInt8] = []
        var rest = Array(text.utf8)[...]
        guard !rest.isEmpty else { return nil }
        if text == "." {
            self = .root
            return
        }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "."):
                labels.append(label)
                label = []
            case UInt8(ascii: "\\"):
                guard let escaped = DomainName.escaped(&rest) else { return nil }
                label.append(escaped)
            default: label.append(byte)
            }
        }
        if !label.isEmpty { labels.append(label) }
        self.init(labels: labels)
    }

    private static func escaped(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        guard let first = rest.popFirst() else { return nil }
        guard 48...57 ~= first else { return first }
        let digits = [first] + rest.prefix(2)
        guard digits.count == 3, digits.allSatisfy({ 48...57 ~= $0 }) else { return nil }
        rest.removeFirst(2)
        return UInt8(exactly: digits.reduce(0) { $0 * 10 + Int($1 - 48) })
    }

    /// With the last dot, as `hello.default.svc.cluster.local.`; the root is `.`.
    public var description: String {
        bytes.count == 1 ? "." : labels.map { DomainName.text($0) + "." }.joined()
    }

    /// Without the last dot, as people write it; the root is `.`.
    public var text: String {
        bytes.count == 1 ? "." : labels.map(DomainName.text).joined(separator: ".")
    }

    private static func text(_ label: ArraySlice<UInt8>) -> String {
        var text = ""
        for byte in label {
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "\\"): text += "\\" + String(UnicodeScalar(byte))
            case 33...126: text.unicodeScalars.append(UnicodeScalar(byte))
            default: text += "\\" + String(String(1000 + Int(byte)).dropFirst())
            }
        }
        return text
    }
}
