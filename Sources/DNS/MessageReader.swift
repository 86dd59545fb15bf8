// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Reads the parts of a message in order. Every step is checked; names point only backward, so that none is endless.
struct MessageReader {
    let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func byte() throws(MessageError) -> UInt8 {
        guard offset < bytes.count else { throw .endsEarly }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func half() throws(MessageError) -> UInt16 { UInt16(try byte()) << 8 | UInt16(try byte()) }

    mutating func word() throws(MessageError) -> UInt32 { UInt32(try half()) << 16 | UInt32(try half()) }

    mutating func take(_ count: Int) throws(MessageError) -> [UInt8] {
        guard bytes.count - offset >= count else { throw .endsEarly }
        defer { offset += count }
        return Array(bytes[offset..<(offset + count)])
    }

    /// A name, followed through its pointers (RFC 1035, section 4.1.4). Each must lead to a place before all that was
    /// read of the name.
    mutating func name() throws(MessageError) -> DomainName {
        var wire: [UInt8] = []
        var place = offset
        var first = offset
        var end: Int?
        while true {
            guard place < bytes.count else { throw .endsEarly }
            let length = Int(bytes[place])
            switch length {
            case 0:
                offset = end ?? place + 1
                return DomainName(wire: wire + [0])
            case 1...63:
                guard place + length < bytes.count else { throw .endsEarly }
                wire += bytes[place...(place + length)]
                guard wire.count < 255 else { throw .longName }
                place += length + 1
            case 192...255:
                guard place + 1 < bytes.count else { throw .endsEarly }
                let target = (length & 63) << 8 | Int(bytes[place + 1])
                guard target >= 12, target < first else { throw .pointer }
                end = end ?? place + 2
                (first, place) = (target, target)
            default: throw .label
            }
        }
    }

    /// A string of at most 255 bytes after its length (RFC 1035, section 3.3).
    mutating func string() throws(MessageError) -> [UInt8] { try take(Int(try byte())) }
}

extension MessageReader {
    mutating func query() throws(MessageError) -> Query {
        Query(try name(), RecordType(rawValue: try half()), RecordClass(rawValue: try half()))
    }

    /// A record, its type, and its class, which is only of use for OPT.
    mutating func record() throws(MessageError) -> (record: Record, type: RecordType, recordClass: UInt16) {
        let name = try name()
        let type = RecordType(rawValue: try half())
        let recordClass = try half()
        let ttl = try word()
        let length = Int(try half())
        guard bytes.count - offset >= length else { throw .endsEarly }
        let end = offset + length
        let data = try data(type, end)
        guard offset == end else { throw .dataLength }
        return (Record(name, ttl: ttl, data), type, recordClass)
    }

    private mutating func data(_ type: RecordType, _ end: Int) throws(MessageError) -> RecordData {
        switch type {
        case .a:
            guard end - offset == 4 else { throw .dataLength }
            return .address(.v4(try word()))
        case .aaaa:
            guard end - offset == 16, let address = Address(bytes: try take(16)) else { throw .dataLength }
            return .address(address)
        case .cname: return .cname(try name())
        case .ns: return .ns(try name())
        case .ptr: return .ptr(try name())
        case .mx: return .mx(preference: try half(), try name())
        case .srv: return .srv(priority: try half(), weight: try half(), port: try half(), try name())
        case .hinfo: return .hinfo(try string(), try string())
        case .txt: return .txt(try strings(end))
        case .soa: return .soa(try startOfAuthority())
        default: return .other(type, try take(end - offset))
        }
    }

    private mutating func strings(_ end: Int) throws(MessageError) -> [[UInt8]] {
        var strings = [try string()]
        while offset < end { strings.append(try string()) }
        return strings
    }

    private mutating func startOfAuthority() throws(MessageError) -> StartOfAuthority {
        StartOfAuthority(
            server: try name(), mailbox: try name(), serial: try word(), refresh: try word(), retry: try word(),
            expire: try word(), minimum: try word())
    }
}
