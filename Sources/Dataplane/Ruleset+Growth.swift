// SPDX-License-Identifier: Apache-2.0
internal import Net

/// What a table gets as it is needed, and keeps for good: a chain for each number of endpoints to draw among, and a chain
/// with its map for each time that clients are remembered.
///
/// None of it looks into a set that is large already: when a rule with a map comes, the kernel walks every element of the
/// map (`nf_tables_bind_set`).
extension Ruleset {
    /// The chains, maps and verdicts that the coming elements need and the table lacks: it has them from now on, so
    /// that an endpoint that comes or goes adds no verdict but for a number never seen before.
    mutating func structure(neededBy adds: [TableChange]) -> [TableChange] {
        var needed: [TableChange] = []
        for case .addElements(let set, let elements) in adds {
            guard set == SetName.pools || set == SetName.stickyPools else { continue }
            for case .data(let data) in elements.lazy.map(\.value) {
                guard case .number(let number) = data.first else { continue }
                let isNew =
                    set == SetName.pools ? grown.draws.insert(number).inserted : grown.sticky.insert(number).inserted
                guard isNew else { continue }
                if set == SetName.pools, number & Ruleset.stickyFlag != 0 {
                    needed += remember(for: number & ~Ruleset.stickyFlag)
                } else {
                    needed += draw(number, set == SetName.pools ? SetName.draws : SetName.stickyDraws)
                }
            }
        }
        return needed
    }

    /// Which numbers the verdict maps have.
    struct Grown: Sendable, Hashable {
        /// Of `draws`: numbers of endpoints, and timeouts with the flag.
        var draws: Set<UInt32> = []
        /// Of `sticky-draws`: numbers of endpoints.
        var sticky: Set<UInt32> = []
    }

    /// In the map `pools` the number of a pool with affinity is its timeout with this bit.
    static let stickyFlag: UInt32 = 0x8000_0000

    mutating func draw(_ count: UInt32, _ set: String) -> [TableChange] {
        var needed: [TableChange] = []
        let chain = Ruleset.pick(count)
        if !(grown.draws.contains(count) && grown.sticky.contains(count)) {
            chains.append(chain)
            needed.append(.addChain(chain))
        }
        return needed + [verdict(count, set, .jump(chain.name), chain.rules[0].because)]
    }

    mutating func remember(for timeout: UInt32) -> [TableChange] {
        let set = Ruleset.affinity(timeout, family)
        let chain = Ruleset.sticky(timeout)
        sets.append(set)
        chains.append(chain)
        let because = Ruleset.lab("remembers clients for \(SetDeclaration.text(seconds: timeout))")
        let verdict = verdict(timeout | Ruleset.stickyFlag, SetName.draws, .jump(chain.name), because)
        return [.addSet(set), .addChain(chain), verdict]
    }

    private mutating func verdict(_ key: UInt32, _ set: String, _ verdict: Verdict, _ because: Because) -> TableChange {
        let element = Element([.number(key)], .verdict(verdict), because: because)
        parts[Ruleset.drawsPart, default: [:]][set, default: []].append(element)
        return .addElements(set: set, [element])
    }

    /// The part that holds the elements of the verdict maps, which no object asks for by name.
    static let drawsPart = "draws"

    /// The chain that draws one of so many slots of a pool, and leaves the number in the packet's priority.
    private static func pick(_ count: UInt32) -> Chain {
        let because = lab("draws one of \(count) endpoint\(count == 1 ? "" : "s")")
        return Chain("pick-\(count)", [Rule([.setPriority(.random(modulus: count))], because: because)])
    }

    /// The map from pool and client to the number of the client's endpoint.
    private static func affinity(_ timeout: UInt32, _ family: Family) -> SetDeclaration {
        SetDeclaration(
            SetName.affinityPrefix + String(timeout), key: [.number, DatumType(family)], value: .data([.number]),
            kind: .dynamic(timeout: timeout), comment: "pool and client, to the client's endpoint's number")
    }

    /// The chain that sends a client to its endpoint, or to another one, and that from then on.
    ///
    /// A client may be remembered whose endpoint is gone: then the map `endpoints` has no such number, and the client is
    /// forgotten before it is given another, for an element that is there keeps its value when it is updated.
    private static func sticky(_ timeout: UInt32) -> Chain {
        let map = SetName.affinityPrefix + String(timeout)
        let client: [Selector] = [.mark, .sourceAddress]
        let update = Statement.update(map: map, key: client, value: .priority)
        func rule(_ purpose: String, _ statements: Statement...) -> Rule { Rule(statements, because: lab(purpose)) }
        return Chain(
            "sticky-\(timeout)",
            [
                rule(
                    "a client goes where it went before, and its time begins anew",
                    .setPriorityFromMap(client, map: map), update, .verdict(.jump(FixedChains.deliver.name))),
                rule("its endpoint is gone, if it had one", .delete(map: map, key: client, value: .priority)),
                rule("it is given another", .verdict(.jump(FixedChains.stickyDraw.name))),
                rule("and keeps that one", update),
                rule("sends the connection there", .verdict(.goto(FixedChains.deliver.name))),
            ])
    }
}
