// SPDX-License-Identifier: Apache-2.0
public import Net

extension Ruleset {
    /// The endpoints of each pool in slot order, as the elements of a kernel's maps have them: so that whoever makes a ruleset
    /// anew can give each endpoint the slot that it has.
    /// - Parameters:
    ///   - endpoints: the elements of `endpoints`.
    ///   - sticky: the elements of `sticky-slots`.
    public static func slots(
        endpoints: [(key: [Datum], value: Element.Value)], sticky: [(key: [Datum], value: Element.Value)]
    ) -> [UInt32: [SocketAddress]] {
        var sockets: [UInt32: [UInt32: SocketAddress]] = [:]
        for (key, value) in endpoints {
            guard key.count == 2, case .number(let pool) = key[0], case .number(let place) = key[1],
                case .data(let data) = value, data.count == 2, case .address(let address) = data[0],
                case .port(let port) = data[1]
            else { continue }
            sockets[pool, default: [:]][place] = SocketAddress(address, port)
        }
        var numbered: [UInt32: [UInt32: SocketAddress]] = [:]
        for (key, value) in sticky {
            guard key.count == 2, case .number(let pool) = key[0], case .number(let slot) = key[1],
                case .data(let data) = value, data.count == 1, case .number(let number) = data[0],
                let socket = sockets[pool]?[number]
            else { continue }
            numbered[pool, default: [:]][slot] = socket
        }
        return sockets.merging(numbered) { $1 }.mapValues { slots in
            slots.sorted { $0.key < $1.key }.map(\.value)
        }
    }
}
