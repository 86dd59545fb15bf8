// SPDX-License-Identifier: Apache-2.0

/// The type of a record, or of a query (RFC 1035, section 3.2.2, and what came after it).
public struct RecordType: RawRepresentable, Sendable, Hashable {
    /// The number in messages.
    public let rawValue: UInt16

    /// The type of a number, known here or not.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// An IPv4 address.
    public static let a = RecordType(rawValue: 1)
    /// A server of a zone.
    public static let ns = RecordType(rawValue: 2)
    /// The name that the owner is an alias of.
    public static let cname = RecordType(rawValue: 5)
    /// The head of a zone.
    public static let soa = RecordType(rawValue: 6)
    /// The name of an address.
    public static let ptr = RecordType(rawValue: 12)
    /// What kind of host it is; nowadays the short answer to ANY (RFC 8482).
    public static let hinfo = RecordType(rawValue: 13)
    /// Who takes mail.
    public static let mx = RecordType(rawValue: 15)
    /// Text.
    public static let txt = RecordType(rawValue: 16)
    /// An IPv6 address (RFC 3596).
    public static let aaaa = RecordType(rawValue: 28)
    /// Host and port of a service (RFC 2782).
    public static let srv = RecordType(rawValue: 33)
    /// Not a record: what a message says of its sender (RFC 6891).
    public static let opt = RecordType(rawValue: 41)
    /// In queries only: what changed of a zone.
    public static let ixfr = RecordType(rawValue: 251)
    /// In queries only: a whole zone.
    public static let axfr = RecordType(rawValue: 252)
    /// In queries only: whatever there is.
    public static let any = RecordType(rawValue: 255)

    private static let names: [(String, RecordType)] = [
        ("A", .a), ("NS", .ns), ("CNAME", .cname), ("SOA", .soa), ("PTR", .ptr), ("HINFO", .hinfo), ("MX", .mx),
        ("TXT", .txt), ("AAAA", .aaaa), ("SRV", .srv), ("OPT", .opt), ("IXFR", .ixfr), ("AXFR", .axfr), ("ANY", .any),
    ]
}

extension RecordType: LosslessStringConvertible {
    /// `A`, or `TYPE65` for a type that is not known here (RFC 3597, section 5).
    public var description: String { RecordType.names.first { $0.1 == self }?.0 ?? "TYPE\(rawValue)" }

    /// The type of a name in any case.
    public init?(_ text: String) {
        let name = text.uppercased()
        if let known = RecordType.names.first(where: { $0.0 == name }) {
            self = known.1
        } else if name.hasPrefix("TYPE"), let number = UInt16(name.dropFirst(4)) {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }
}

/// The class of a record or a query. In this world there is but one: the Internet.
public struct RecordClass: RawRepresentable, Sendable, Hashable {
    /// The number in messages.
    public let rawValue: UInt16

    /// The class of a number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// IN, the Internet.
    public static let internet = RecordClass(rawValue: 1)
    /// CH, in which some servers tell their version.
    public static let chaos = RecordClass(rawValue: 3)
}
