// SPDX-License-Identifier: Apache-2.0
public import Net

extension Ruleset {
    /// What of a table in a kernel only history explains: which slots endpoints have, and what the table got as it was needed.
    /// Whoever makes a ruleset anew can so make it as the kernel has it.
    public struct Former: Sendable, Hashable {
        /// The endpoints of each pool, in slot order.
        public var slots: [UInt32: [SocketAddress]]
        /// The numbers in `draws`.
        public var draws: Set<UInt32>
        /// The numbers in `sticky-draws`.
        public var stickyDraws: Set<UInt32>

        /// What the elements of a table tell.
        /// - Parameter elements: gives the elements of a map.
        public init(_ elements: (String) -> [(key: [Datum], value: Element.Value)]) {
            slots = Former.slots(elements(SetName.endpoints), elements(SetName.stickySlots))
            draws = Former.numbers(elements(SetName.draws))
            stickyDraws = Former.numbers(elements(SetName.stickyDraws))
        }

        private static func numbers(_ elements: [(key: [Datum], value: Element.Value)]) -> Set<UInt32> {
            Set(elements.compactMap { if case .number(let number) = $0.key.first { number } else { nil } })
        }

        private static func slots(
            _ endpoints: [(key: [Datum], value: Element.Value)], _ sticky: [(key: [Datum], value: Element.Value)]
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

    /// Gives the table what it got as it was needed before. Comes before its first part.
    public mutating func grow(as former: Former) {
        for number in former.draws.sorted() where grown.draws.insert(number).inserted {
            if number & Ruleset.stickyFlag != 0 {
                _ = remember(for: number & ~Ruleset.stickyFlag)
            } else {
                _ = draw(number, SetName.draws)
            }
        }
        for number in former.stickyDraws.sorted() where grown.sticky.insert(number).inserted {
            _ = draw(number, SetName.stickyDraws)
        }
    }
}
