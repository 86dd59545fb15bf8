// SPDX-License-Identifier: Apache-2.0
public import Net

/// A resource record (RFC 1035, section 3.2) of the class IN.
public struct Record: Sendable, Hashable {
    /// Whose record it is.
    public var name: DomainName
    /// For how many seconds it may be kept.
    public var ttl: UInt32
    /// What it says; the type follows from it.
    public var data: RecordData

    /// Puts one together from its parts.
    public init(_ name: DomainName, ttl: UInt32, _ data: RecordData) {
        self.name = name
        self.ttl = ttl
        self.data = data
    }
}

/// What a record says.
public enum RecordData: Sendable, Hashable {
    /// A or AAAA.
    case address(Address)
    case cname(DomainName)
    case ns(DomainName)
    case ptr(DomainName)
    case mx(preference: UInt16, DomainName)
    case srv(priority: UInt16, weight: UInt16, port: UInt16, DomainName)
    /// One or more strings of at most 255 bytes.
    case txt([[UInt8]])
    /// Two such strings.
    case hinfo([UInt8], [UInt8])
    case soa(StartOfAuthority)
    /// A type that is not known here, as it came.
    case other(RecordType, [UInt8])

    /// The type of a record that says this.
    public var type: RecordType {
        switch self {
        case .address(.v4): .a
        case .address(.v6): .aaaa
        case .cname: .cname
        case .ns: .ns
        case .ptr: .ptr
        case .mx: .mx
        case .srv: .srv
        case .txt: .txt
        case .hinfo: .hinfo
        case .soa: .soa
        case .other(let type, _): type
        }
    }
}

/// The head of a zone (RFC 1035, section 3.3.13).
public struct StartOfAuthority: Sendable, Hashable {
    /// The zone's first server.
    public var server: DomainName
    /// Whom to write to, with a dot for the `@`.
    public var mailbox: DomainName
    /// Grows with every change.
    public var serial: UInt32
    /// After how many seconds a secondary server looks for changes.
    public var refresh: UInt32
    /// After how many it tries again if that fails.
    public var retry: UInt32
    /// After how many it gives up.
    public var expire: UInt32
    /// For how many seconds it may be kept that a name does not exist (RFC 2308, section 4).
    public var minimum: UInt32

    /// Puts one together from its parts.
    public init(
        server: DomainName, mailbox: DomainName, serial: UInt32, refresh: UInt32 = 7200, retry: UInt32 = 1800,
        expire: UInt32 = 86400, minimum: UInt32
    ) {
        self.server = server
        self.mailbox = mailbox
        self.serial = serial
        self.refresh = refresh
        self.retry = retry
        self.expire = expire
        self.minimum = minimum
    }
}
