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
        return moves.batch.deletes + chains(neededBy: moves.batch) + moves.batch.adds
    }
}

/// What a move of endpoints changes in every table that has the part.
public struct EndpointMoves: Sendable {
    var batch = ElementBatch()
}

extension ServiceEntry {
    /// True if a part made when its ports had the endpoints `old` (in slot order), and all else was the same, can be
    /// brought up to date by `moveEndpoints`: no port has none before or after, for then it has other elements too.
    public func isMove(from old: [[SocketAddress]], family: Family) -> Bool {
        let ofFamily = { (socket: SocketAddress) in socket.address.family == family }
        return !ports.isEmpty && old.count == ports.count && old.allSatisfy { $0.contains(where: ofFamily) }
            && ports.allSatisfy { $0.endpoints.contains(where: ofFamily) }
    }

    /// Brings such a part up to date: it is then what `part(for:)` makes of this entry.
    public func moveEndpoints(
        in part: inout Ruleset.Part, from old: [[SocketAddress]], family: Family
    ) -> EndpointMoves {
        var pools = ElementMoves()
        var slots = ElementMoves()
        var start = 0
        for (index, port) in ports.enumerated() {
            let before = old[index].filter { $0.address.family == family }
            let after = port.endpoints.filter { $0.address.family == family }
            if before.count != after.count {
                let element = port.poolElement(count: after.count)
                pools.replace(index, with: element, in: &part[SetName.pools, default: []])
            }
            slots.move(port, from: before, to: after, in: &part[SetName.endpoints, default: []], at: start)
            start += after.count
        }
        var moves = EndpointMoves()
        for (set, change) in [(SetName.pools, pools), (SetName.endpoints, slots)] {
            moves.batch.delete(change.gone, from: set)
            moves.batch.add(change.come, to: set)
        }
        return moves
    }
}

/// The elements of one set that go and come.
private struct ElementMoves {
    var gone: [Element] = []
    var come: [Element] = []

    mutating func replace(_ index: Int, with element: Element, in elements: inout [Element]) {
        gone.append(elements[index])
        come.append(element)
        elements[index] = element
    }

    /// Changes the slots of one port, whose elements begin at `start`.
    mutating func move(
        _ port: ServicePortEntry, from old: [SocketAddress], to new: [SocketAddress], in elements: inout [Element],
        at start: Int
    ) {
        let common = min(old.count, new.count)
        for slot in 0..<common where old[slot] != new[slot] {
            replace(start + slot, with: port.slotElement(slot, new[slot]), in: &elements)
        }
        let added = (common..<new.count).map { port.slotElement($0, new[$0]) }
        let surplus = (start + common)..<(start + old.count)
        gone += elements[surplus]
        come += added
        if !surplus.isEmpty || !added.isEmpty { elements.replaceSubrange(surplus, with: added) }
    }
}
