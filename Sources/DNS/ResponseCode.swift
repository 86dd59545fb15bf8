// SPDX-License-Identifier: Apache-2.0

/// What became of a query (RFC 1035, section 4.1.1; RFC 6891, section 6.1.3 adds eight bits).
public struct ResponseCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The number of twelve bits.
    public let rawValue: UInt16

    /// The code of a number; only its lower twelve bits count.
    public init(rawValue: UInt16) { self.rawValue = rawValue & 0xfff }

    /// NOERROR: the name exists, with records of the type or without.
    public static let noError = ResponseCode(rawValue: 0)
    /// FORMERR: the query cannot be read.
    public static let formatError = ResponseCode(rawValue: 1)
    /// SERVFAIL: it can, but there is no answer now.
    public static let serverFailure = ResponseCode(rawValue: 2)
    /// NXDOMAIN: there is no such name.
    public static let nameError = ResponseCode(rawValue: 3)
    /// NOTIMP: not that kind of query.
    public static let notImplemented = ResponseCode(rawValue: 4)
    /// REFUSED: not for you, or not here.
    public static let refused = ResponseCode(rawValue: 5)
    /// BADVERS: a version of EDNS that is not known.
    public static let badVersion = ResponseCode(rawValue: 16)

    /// The name that `dig` prints.
    public var description: String {
        switch self {
        case .noError: "NOERROR"
        case .formatError: "FORMERR"
        case .serverFailure: "SERVFAIL"
        case .nameError: "NXDOMAIN"
        case .notImplemented: "NOTIMP"
        case .refused: "REFUSED"
        case .badVersion: "BADVERS"
        default: "RCODE\(rawValue)"
        }
    }
}
