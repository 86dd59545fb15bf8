// SPDX-License-Identifier: Apache-2.0
internal import Net

extension Record: CustomStringConvertible {
    /// As `dig` prints it, with single blanks: `hello.default.svc.cluster.local. 30 IN A 10.96.12.7`.
    public var description: String { "\(name) \(ttl) IN \(data.type) \(data)" }
}

extension RecordData: CustomStringConvertible {
    /// As `dig +short` prints it.
    public var description: String {
        switch self {
        case .address(let address): address.description
        case .cname(let name), .ns(let name), .ptr(let name): name.description
        case .mx(let preference, let name): "\(preference) \(name)"
        case .srv(let priority, let weight, let port, let name): "\(priority) \(weight) \(port) \(name)"
        case .txt(let strings): strings.map(RecordData.quoted).joined(separator: " ")
        case .hinfo(let first, let second): "\(RecordData.quoted(first)) \(RecordData.quoted(second))"
        case .soa(let soa):
            "\(soa.server) \(soa.mailbox) \(soa.serial) \(soa.refresh) \(soa.retry) \(soa.expire) \(soa.minimum)"
        case .other(_, let bytes): "\\# \(bytes.count) \(bytes.map(RecordData.hexadecimal).joined())"
        }
    }

    private static func quoted(_ bytes: [UInt8]) -> String {
        var text = "\""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\" + String(UnicodeScalar(byte))
            case 32...126: text.unicodeScalars.append(UnicodeScalar(byte))
            default: text += "\\" + String(String(1000 + Int(byte)).dropFirst())
            }
        }
        return text + "\""
    }

    private static func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
