// SPDX-License-Identifier: Apache-2.0
public import Net

/// Endpoints that come and go are the commonest change of all. What it changes is told by the endpoints before and after:
/// no element is looked at but those that change, for the others of a large table are not in the processor's caches.
///
///     part(for: entry) ─▶ entry.endpointMoves(from: …) ─▶ move into each table
extension Ruleset {
    /// Gives a part, all but whose endpoints is the same, its new elements; returns what that changes in the kernel, as
    /// `replace(_:with:)` does.
    public mutating func move(_ name: String, to part: Part, _ moves: EndpointMoves) -> [TableChange] {
        parts[name] = part
        let structure = structure(neededBy: moves.batch.adds)
        return structure.isEmpty ? moves.changes : moves.batch.deletes + structure + moves.batch.adds
    }
}

/// What a move of endpoints changes in every table that has the part.
public struct EndpointMoves: Sendable {
    fileprivate let batch: ElementBatch
    /// Deletions and additions: one list for all tables that need nothing else.
    fileprivate let changes: [TableChange]

    fileprivate init(_ batch: ElementBatch) {
        self.batch = batch
        changes = batch.deletes + batch.adds
    }
}

extension ServiceEntry {
    /// True if a part made when its ports had the endpoints `old` and the local ones `oldLocal` (in slot order), and all
    /// else was the same, becomes this entry's by `endpointMoves`: no port has none before or after, for then it has other
    /// elements too.
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

    /// The elements that go and come when such a part becomes that of this entry.
    public func endpointMoves(
        from old: [[SocketAddress]], local oldLocal: [[SocketAddress]] = [], family: Family
    ) -> EndpointMoves {
        var moves = PoolMoves()
        for (index, port) in ports.enumerated() {
            moves.move(port.clusterEndpoints(family), from: old[index].of(family))
            guard port.localPool != 0 else { continue }
            moves.move(port.nodeEndpoints(family), from: oldLocal[index].of(family))
        }
        return EndpointMoves(moves.batch)
    }
}

/// The elements that go and come in the sets of a Service's pools.
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

    mutating func move(_ pool: EndpointPool, from old: [SocketAddress]) {
        guard !pool.slots.isEmpty, old != pool.slots else { return }
        var before = pool
        before.slots = old
        let isSameCount = old.count == pool.slots.count
        guard pool.timeout == nil else {
            if !isSameCount { stickyPools.replace(before.stickyPoolElement, with: pool.stickyPoolElement) }
            let (gone, come) = (before.stickyElements, pool.stickyElements)
            stickySlots.replace(gone.slots, with: come.slots)
            endpoints.replace(gone.endpoints, with: come.endpoints)
            return
        }
        if !isSameCount { pools.replace(before.poolElement, with: pool.poolElement) }
        endpoints.move(before, to: pool)
    }
}

/// The elements of one set that go and come.
private struct ElementMoves {
    let set: String
    var gone: [Element] = []
    var come: [Element] = []

    init(set: String) { self.set = set }

    mutating func replace(_ old: Element, with new: Element) {
        gone.append(old)
        come.append(new)
    }

    /// Changes the slots of a pool without affinity; those that are the same have no part in it.
    mutating func move(_ old: EndpointPool, to new: EndpointPool) {
        let common = min(old.slots.count, new.slots.count)
        for slot in 0..<common where old.slots[slot] != new.slots[slot] {
            replace(old.slotElement(slot), with: new.slotElement(slot))
        }
        for slot in common..<old.slots.count { gone.append(old.slotElement(slot)) }
        for slot in common..<new.slots.count { come.append(new.slotElement(slot)) }
    }

    /// Replaces elements by others; those that stay the same are left alone.
    mutating func replace(_ old: [Element], with new: [Element]) {
        let difference = ElementDifference(from: old, to: new)
        gone += difference.removed + difference.changed.map(\.old)
        come += difference.changed.map(\.new) + difference.added
    }
}
