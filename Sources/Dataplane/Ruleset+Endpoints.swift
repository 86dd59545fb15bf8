// SPDX-License-Identifier: Apache-2.0
public import Net

/// Endpoints that come and go are the commonest change of all. It is made in place, on the part that all nodes share,
/// and looks at no element but those that change: the others of a large table are not in the processor's caches.
///
///     take the part from each table ─▶ entry.moveEndpoints(in: &part, …) ─▶ put it back into each
extension Ruleset {
    /// Takes a part out, to be put back after a change: nobody else has it then, so that changing it copies nothing.
    public mutating func takePart(_ name: String) -> Part {
        guard let place = parts.index(forKey: name) else { return [:] }
        var part: Part = [:]
        swap(&part, &parts.values[place])
        return part
    }

    /// Puts a part back whose endpoints moved; returns what that changes in the kernel, as `replace(_:with:)` does.
    public mutating func putBack(_ part: Part, as name: String, _ moves: EndpointMoves) -> [TableChange] {
        parts[name] = part
        return moves.batch.deletes + structure(neededBy: moves.batch.adds) + moves.batch.adds
    }
}

/// What a move of endpoints changes in every table that has the part.
public struct EndpointMoves: Sendable {
    var batch = ElementBatch()
}

extension ServiceEntry {
    /// True if a part made when its ports had the endpoints `old` and the local ones `oldLocal` (in slot order), and all
    /// else was the same, can be brought up to date by `moveEndpoints`: no port has none before or after, for then it
    /// has other elements too.
    /// - Parameter oldLocal: may be left out if no port has a policy `Local`.
    public func isMove(from old: [[SocketAddress]], local oldLocal: [[SocketAddress]] = [], family: Family) -> Bool {
        guard !ports.isEmpty, old.count == ports.count, old.allSatisfy({ $0.has(family) }),
            ports.allSatisfy({ $0.endpoints.has(family) })
        else { return false }
        guard ports.contains(where: { $0.localPool != 0 }) else { return true }
        return oldLocal.count == ports.count
            && zip(oldLocal, ports).allSatisfy { old, port in
                port.localPool == 0 || old.has(family) == port.localEndpoints.has(family)
            }
    }

    /// Brings such a part up to date: it is then what `part(for:)` makes of this entry.
    public func moveEndpoints(
        in part: inout Ruleset.Part, from old: [[SocketAddress]], local oldLocal: [[SocketAddress]] = [],
        family: Family
    ) -> EndpointMoves {
        var moves = PoolMoves()
        for (index, port) in ports.enumerated() {
            moves.move(port.clusterEndpoints(family), from: old[index].of(family), in: &part)
            guard port.localPool != 0 else { continue }
            moves.move(port.nodeEndpoints(family), from: oldLocal[index].of(family), in: &part)
        }
        return EndpointMoves(batch: moves.batch)
    }
}

/// The elements that go and come in the sets of a Service's pools, and how far in each set the pools are looked at.
private struct PoolMoves {
    var pools = ElementMoves(set: SetName.pools)
    var endpoints = ElementMoves(set: SetName.endpoints)
    var stickyPools = ElementMoves(set: SetName.stickyPools)
    var stickySlots = ElementMoves(set: SetName.stickySlots)

    var batch: ElementBatch {
        var batch = ElementBatch()
        for moves in [pools, stickyPools, stickySlots, endpoints] {
            batch.delete(moves.gone, from: moves.set)
            batch.add(moves.come, to: moves.set)
        }
        return batch
    }

    mutating func move(_ pool: EndpointPool, from old: [SocketAddress], in part: inout Ruleset.Part) {
        guard !pool.slots.isEmpty else { return }
        let isSameCount = old.count == pool.slots.count
        guard pool.timeout == nil else {
            pools.place += 1
            moveSticky(pool, isSameCount: isSameCount, old.count, in: &part)
            return
        }
        if isSameCount { pools.place += 1 } else { pools.replace(with: pool.poolElement, in: &part) }
        endpoints.move(pool, from: old, in: &part)
    }

    private mutating func moveSticky(
        _ pool: EndpointPool, isSameCount: Bool, _ oldCount: Int, in part: inout Ruleset.Part
    ) {
        if isSameCount { stickyPools.place += 1 } else { stickyPools.replace(with: pool.stickyPoolElement, in: &part) }
        let elements = pool.stickyElements
        stickySlots.replace(oldCount, with: elements.slots, in: &part)
        endpoints.replace(oldCount, with: elements.endpoints, in: &part)
    }
}

/// The elements of one set that go and come.
private struct ElementMoves {
    let set: String
    var gone: [Element] = []
    var come: [Element] = []
    /// The place of the next element in the part's list.
    var place = 0

    init(set: String) { self.set = set }

    /// Replaces the next element.
    mutating func replace(with element: Element, in part: inout Ruleset.Part) {
        replace(place, with: element, in: &part[set, default: []])
        place += 1
    }

    private mutating func replace(_ index: Int, with element: Element, in elements: inout [Element]) {
        gone.append(elements[index])
        come.append(element)
        elements[index] = element
    }

    /// Changes the slots of a pool without affinity, looking at those alone that are not the same.
    mutating func move(_ pool: EndpointPool, from old: [SocketAddress], in part: inout Ruleset.Part) {
        let (start, new) = (place, pool.slots)
        let common = min(old.count, new.count)
        place += new.count
        let moved = (0..<common).filter { old[$0] != new[$0] }
        guard !moved.isEmpty || old.count != new.count else { return }
        for slot in moved {
            replace(start + slot, with: pool.slotElement(slot), in: &part[set, default: []])
        }
        guard old.count != new.count else { return }
        let added = (common..<new.count).map(pool.slotElement)
        let surplus = (start + common)..<(start + old.count)
        if let goes = part[set]?[surplus] { gone += goes }
        come += added
        part[set, default: []].replaceSubrange(surplus, with: added)
    }

    /// Replaces the next elements, so many, by others; those that stay the same are left alone.
    mutating func replace(_ count: Int, with elements: [Element], in part: inout Ruleset.Part) {
        let range = place..<(place + count)
        place += elements.count
        let difference = ElementDifference(from: Array(part[set, default: []][range]), to: elements)
        gone += difference.removed + difference.changed.map(\.old)
        come += difference.changed.map(\.new) + difference.added
        part[set, default: []].replaceSubrange(range, with: elements)
    }
}
