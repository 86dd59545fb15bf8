// SPDX-License-Identifier: Apache-2.0
internal import Net

extension Plan {
    /// The steps that turn what the old plan made (nil: nothing) into what this one says, in the order in which they
    /// can be run: what goes, from the table inwards; then namespaces, links, addresses, neighbours, routes, tables.
    public func difference(from old: Plan?) -> [Step] { PlanDifference(from: old ?? Plan(), to: self).steps }

    /// Both ends of a link, given one; nil when the other end's namespace lacks it.
    func pair(of end: LinkEnd) -> (LinkEnd, LinkEnd)? {
        let peer = end.interface.peerNamespace
        guard let other = namespaces[peer]?.interfaces[end.interface.peerName] else { return nil }
        return (end, LinkEnd(peer, other))
    }
}

extension Interface {
    /// True if the other is the same device, whatever its addresses.
    func isSameLink(as other: Interface) -> Bool {
        var twin = other
        twin.addresses = addresses
        return twin == self
    }
}

/// Two plans, and the steps from the one to the other, phase by phase.
private struct PlanDifference {
    let old: Plan
    let new: Plan
    /// The new plan's namespaces that are not the same in the old one, or whose links' other ends are not; by name.
    let touched: [NamespaceName]

    init(from old: Plan, to new: Plan) {
        self.old = old
        self.new = new
        let all = Set(old.namespaces.keys).union(new.namespaces.keys)
        var changed = all.filter { old.namespaces[$0] != new.namespaces[$0] }
        for name in changed {
            let before = old.namespaces[name]?.interfaces ?? [:]
            let after = new.namespaces[name]?.interfaces ?? [:]
            for interface in before.values where after[interface.name] != interface {
                changed.insert(interface.peerNamespace)
            }
            for interface in after.values where before[interface.name] != interface {
                changed.insert(interface.peerNamespace)
            }
        }
        touched = changed.filter { new.namespaces[$0] != nil }.sorted()
    }

    var steps: [Step] {
        let gone = old.namespaces.keys.filter { new.namespaces[$0] == nil }.sorted()
        var steps =
            touched.flatMap { rulesThatGo($0, isReplaced: false) } + touched.flatMap(tablesThatGo)
            + touched.flatMap(routesThatGo) + touched.flatMap(neighboursThatGo)
        steps += linksThatGo + gone.map { .removeNamespace($0) }
        steps += touched.filter { old.namespaces[$0] == nil }.map { .addNamespace($0) }
        steps += touched.flatMap(sysctls) + linksThatCome
        // An interface that loses its last address loses its routes: the new addresses come first.
        steps += touched.flatMap(addressesThatCome) + touched.flatMap(addressesThatGo)
        steps += touched.flatMap(neighbours) + touched.flatMap(routes) + touched.flatMap(tables)
        steps += touched.flatMap(rules)
        // Where one engine follows the other, no connection is to come between the two.
        return steps + touched.flatMap { rulesThatGo($0, isReplaced: true) }
    }

    // MARK: What goes

    /// - Parameter isReplaced: those in whose place the other engine's come, or those without.
    private func rulesThatGo(_ name: NamespaceName, isReplaced: Bool) -> [Step] {
        guard let old = old.namespaces[name], let new = new.namespaces[name] else { return [] }
        return Family.allCases.flatMap { family -> [Step] in
            var steps: [Step] = []
            if old.rulesets[family] != nil, new.rulesets[family] == nil, (new.iptables[family] != nil) == isReplaced {
                steps.append(.rules(name, family, .table([.destroyTable])))
            }
            if old.iptables[family] != nil, new.iptables[family] == nil, (new.rulesets[family] != nil) == isReplaced {
                steps.append(.rules(name, family, .chains([.clear])))
            }
            return steps
        }
    }

    private func tablesThatGo(_ name: NamespaceName) -> [Step] {
        let kept = new.namespaces[name]?.tables ?? []
        return (old.namespaces[name]?.tables ?? [])
            .filter { gone in !kept.contains { $0.table == gone.table && $0.family == gone.family } }
            .map { .removeTable(name, $0) }
    }

    private func routesThatGo(_ name: NamespaceName) -> [Step] {
        let kept = new.namespaces[name]?.routes ?? [:]
        return (old.namespaces[name]?.routes ?? [:]).values
            .filter { kept[$0.destination] == nil && !isLost($0.interface, in: name) }
            .sorted(by: Route.isBefore).map { .removeRoute(name, $0) }
    }

    private func neighboursThatGo(_ name: NamespaceName) -> [Step] {
        let kept = new.namespaces[name]?.neighbours ?? [:]
        return (old.namespaces[name]?.neighbours ?? [:]).values
            .filter { kept[$0.address]?.interface != $0.interface && !isLost($0.interface, in: name) }
            .sorted { $0.address < $1.address }.map { .removeNeighbour(name, $0) }
    }

    /// Each link once, by an end in a namespace that stays; those between two namespaces that go need no step.
    private var linksThatGo: [Step] {
        touched.flatMap { name in
            interfaces(name, of: old).filter { isLost($0.name, in: name) }.map { LinkEnd(name, $0) }
        }.filter { end in
            let interface = end.interface
            guard new.namespaces[interface.peerNamespace] != nil, old.pair(of: end) != nil else { return true }
            return (end.namespace, interface.name) < (interface.peerNamespace, interface.peerName)
        }.map { .removeLink($0) }
    }

    // MARK: What comes

    private func sysctls(_ name: NamespaceName) -> [Step] {
        (new.namespaces[name]?.sysctls ?? [:]).sorted { $0.key < $1.key }
            .filter { old.namespaces[name]?.sysctls[$0.key] != $0.value }
            .map { .setSysctl(name, path: $0.key, value: $0.value) }
    }

    /// Each pair once, by the end whose name comes first.
    private var linksThatCome: [Step] {
        touched.flatMap { name in
            interfaces(name, of: new).filter { !isKept($0.name, in: name) }.map { LinkEnd(name, $0) }
        }.compactMap { end in
            guard let (near, far) = new.pair(of: end),
                (near.namespace, near.interface.name) < (far.namespace, far.interface.name)
            else { return nil }
            return .addLink(near, far)
        }
    }

    private func addressesThatCome(_ name: NamespaceName) -> [Step] {
        addressChanges(name, from: old, to: new).map { .addAddress(name, interface: $0, $1) }
    }

    private func addressesThatGo(_ name: NamespaceName) -> [Step] {
        addressChanges(name, from: new, to: old).map { .removeAddress(name, interface: $0, $1) }
    }

    /// The addresses of interfaces that stay (and of `lo`) that the one plan has and the other has not.
    private func addressChanges(
        _ name: NamespaceName, from before: Plan, to after: Plan
    ) -> [(String, Prefix)] {
        let loopback = (after.namespaces[name]?.loopback ?? [])
            .filter { before.namespaces[name]?.loopback.contains($0) != true }.map { ("lo", $0) }
        let kept = interfaces(name, of: after).filter { isKept($0.name, in: name) }
        return loopback
            + kept.flatMap { interface in
                let present = before.namespaces[name]?.interfaces[interface.name]?.addresses ?? []
                return interface.addresses.filter { !present.contains($0) }.map { (interface.name, $0) }
            }
    }

    private func neighbours(_ name: NamespaceName) -> [Step] {
        let present = old.namespaces[name]?.neighbours ?? [:]
        return (new.namespaces[name]?.neighbours ?? [:]).values
            .filter { present[$0.address] != $0 || isLost($0.interface, in: name) }
            .sorted { $0.address < $1.address }.map { .setNeighbour(name, $0) }
    }

    private func routes(_ name: NamespaceName) -> [Step] {
        let present = old.namespaces[name]?.routes ?? [:]
        return (new.namespaces[name]?.routes ?? [:]).values
            .filter { present[$0.destination] != $0 || isLost($0.interface, in: name) || isEmptied($0.interface, name) }
            .sorted(by: Route.isBefore).map { .setRoute(name, $0) }
    }

    private func tables(_ name: NamespaceName) -> [Step] {
        let present = old.namespaces[name]?.tables ?? []
        return (new.namespaces[name]?.tables ?? []).filter { !present.contains($0) }.map { .setTable(name, $0) }
    }

    private func rules(_ name: NamespaceName) -> [Step] {
        let (before, after) = (old.namespaces[name], new.namespaces[name])
        return Family.allCases.flatMap { family -> [Step] in
            var changes: [RuleChanges] = []
            if let ruleset = after?.rulesets[family] {
                changes.append(.table(ruleset.difference(from: before?.rulesets[family])))
            }
            if let iptables = after?.iptables[family] {
                changes.append(.chains(iptables.difference(from: before?.iptables[family])))
            }
            return changes.filter { !$0.isEmpty }.map { .rules(name, family, $0) }
        }
    }

    // MARK: Links

    private func interfaces(_ name: NamespaceName, of plan: Plan) -> [Interface] {
        (plan.namespaces[name]?.interfaces ?? [:]).values.sorted { $0.name < $1.name }
    }

    /// True if the interface is the same device in both plans, at both ends.
    private func isKept(_ interface: String, in name: NamespaceName) -> Bool {
        guard let before = old.namespaces[name]?.interfaces[interface],
            let after = new.namespaces[name]?.interfaces[interface], after.isSameLink(as: before),
            let (_, oldPeer) = old.pair(of: LinkEnd(name, before)),
            let (_, newPeer) = new.pair(of: LinkEnd(name, after))
        else { return false }
        return newPeer.interface.isSameLink(as: oldPeer.interface)
    }

    /// True if the interface is in the old plan and its device does not stay.
    private func isLost(_ interface: String?, in name: NamespaceName) -> Bool {
        guard let interface, old.namespaces[name]?.interfaces[interface] != nil else { return false }
        return !isKept(interface, in: name)
    }

    /// True if none of the interface's IPv4 addresses stays, so that the kernel may take its routes away for a moment.
    private func isEmptied(_ interface: String?, _ name: NamespaceName) -> Bool {
        guard let interface, let before = old.namespaces[name]?.interfaces[interface]?.addresses, !before.isEmpty,
            let after = new.namespaces[name]?.interfaces[interface]?.addresses
        else { return false }
        return after.isEmpty
    }
}

extension Route {
    /// By the destination's first address, then the wider range first.
    static func isBefore(_ left: Route, _ right: Route) -> Bool {
        (left.destination.address, left.destination.length) < (right.destination.address, right.destination.length)
    }
}
