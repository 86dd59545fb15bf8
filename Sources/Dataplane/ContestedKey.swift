// SPDX-License-Identifier: Apache-2.0
internal import Net

/// A key of a set that several parts may ask for.
///
/// Each node's table has some for each Service: the common ones are kept as numbers, in sixteen bytes, and not as the list
/// that an element has.
struct ContestedKey: Sendable, Hashable {
    fileprivate enum Key: Sendable, Hashable {
        case address(UInt32)
        case service(UInt32, UInt16, TransportProtocol)
        case other([Datum])
    }
    private let key: Key
    private let set: Int32

    /// - Parameter set: the place of the set among the table's, of which none ever goes.
    init(set: Int, _ key: [Datum]) {
        self.set = Int32(clamping: set)
        self.key = Key(key)
    }
}

extension ContestedKey.Key {
    fileprivate init(_ key: [Datum]) {
        guard case .address(.v4(let address)) = key.first else {
            self = .other(key)
            return
        }
        if key.count == 1 {
            self = .address(address)
        } else if key.count == 3, case .transport(let transport) = key[1], case .port(let port) = key[2] {
            self = .service(address, port, transport)
        } else {
            self = .other(key)
        }
    }
}
