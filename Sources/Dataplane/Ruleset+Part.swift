// SPDX-License-Identifier: Apache-2.0
internal import Net

extension Ruleset {
    /// The elements that one object contributes, by set name.
    ///
    /// Those of a Service are most of a large table: they are kept as what they are made from, and made when someone looks.
    public struct Part: Sendable {
        private enum Content: Sendable {
            case elements([String: [Element]])
            case service(ServiceElements)
        }
        private var content: Content

        /// A part of these elements.
        public init(_ elements: [String: [Element]]) { content = .elements(elements) }

        init(_ service: ServiceElements) { content = .service(service) }

        /// All elements, by set name.
        public var elements: [String: [Element]] {
            switch content {
            case .elements(let elements): elements
            case .service(let service): service.elements
            }
        }

        /// True if it has no element.
        public var isEmpty: Bool { elements.isEmpty }

        /// The elements of one set; nil without any.
        public subscript(_ set: String) -> [Element]? {
            get { elements[set] }
            set {
                var elements = elements
                content = .elements([:])
                elements[set] = newValue
                content = .elements(elements)
            }
        }

        /// The elements of one set, or others if there are none.
        subscript(_ set: String, default missing: @autoclosure () -> [Element]) -> [Element] {
            get { self[set] ?? missing() }
            set { self[set] = newValue }
        }

        /// The part's element with a key.
        func element(_ set: String, key: [Datum]) -> Element? {
            switch content {
            case .service(let service): return service.element(set, key: key)
            case .elements(let elements):
                guard let list = elements[set] else { return nil }
                // A pool's endpoints stand in the order of their slots: mostly the slot is the place.
                if case .number(let slot) = key.last, key.count == 2, slot < list.count, list[Int(slot)].key == key {
                    return list[Int(slot)]
                }
                return list.first { $0.key == key }
            }
        }

        /// The elements of a set whose keys end with ranges of addresses.
        func ranges(_ set: String) -> [Element] {
            if case .service(let service) = content, !service.hasRanges { return [] }
            return self[set] ?? []
        }

        /// True if the elements of both are made from the same, so that they need not be looked at.
        private func isSame(_ other: Part) -> Bool {
            guard case .service(let one) = content, case .service(let two) = other.content else { return false }
            return one === two || one.isSame(two)
        }
    }
}

extension Ruleset.Part: Hashable {
    /// True for the same elements, whatever they are made from.
    public static func == (left: Self, right: Self) -> Bool { left.isSame(right) || left.elements == right.elements }

    /// The elements.
    public func hash(into hasher: inout Hasher) { hasher.combine(elements) }
}

extension Ruleset.Part: ExpressibleByDictionaryLiteral {
    /// A part that is written in the source.
    public init(dictionaryLiteral elements: (String, [Element])...) { self.init(Dictionary(elements) { $1 }) }
}

/// A Service's elements in a table, as what they are made from. A class, for all nodes that see the same endpoints have it,
/// and it never changes.
final class ServiceElements: Sendable {
    private let entry: ServiceEntry
    private let family: Family
    /// What the table has sets for.
    private let sets: [SetDeclaration]

    init(_ entry: ServiceEntry, _ family: Family, _ sets: [SetDeclaration]) {
        self.entry = entry
        self.family = family
        self.sets = sets
    }

    /// The elements, by set name.
    var elements: [String: [Element]] {
        let elements = entry.elements(family: family)
        let isWhole = elements.keys.allSatisfy(declares)
        return isWhole ? elements : elements.filter { declares($0.key) }
    }

    private func declares(_ set: String) -> Bool { sets.contains { $0.name == set } }

    /// True if the other's elements are made from the same.
    func isSame(_ other: ServiceElements) -> Bool {
        family == other.family && entry == other.entry && sets == other.sets
    }

    /// True if somebody may use an address, and others not.
    var hasRanges: Bool { entry.ports.contains { !$0.sourceRanges.isEmpty } }

    /// The element with a key; to find it, no more elements are made than need be.
    func element(_ set: String, key: [Datum]) -> Element? {
        guard case .number(let number) = key.first else {
            guard declares(set) else { return nil }
            return entry.elements(family: family, withPools: false)[set]?.first { $0.key == key }
        }
        guard number != 0, let port = entry.ports.first(where: { $0.pool == number || $0.localPool == number }),
            declares(set)
        else { return nil }
        let pool = number == port.pool ? port.clusterEndpoints(family) : port.nodeEndpoints(family)
        return pool.element(set, key: key)
    }
}
