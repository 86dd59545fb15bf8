// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Linux
internal import Net

/// Rules that are wrong on purpose.
extension RuleKeeper {
    /// Leaves a namespace's rules as they are from now on.
    mutating func hold(_ name: NamespaceName) { held.insert(name) }

    /// True if a namespace's rules are left as they are.
    func isHeld(_ name: NamespaceName) -> Bool { held.contains(name) }

    /// True if some are.
    var holdsAny: Bool { !held.isEmpty }

    /// Makes a namespace's rules the plan's, and keeps them so.
    mutating func release(_ name: NamespaceName, to plan: borrowing Plan) -> [RuleNews] {
        held.remove(name)
        return install([name], of: plan) + removeStrays(of: plan)
    }

    /// One change of tables in a namespace was the lab's, though not the Services'.
    mutating func countOne(in name: NamespaceName) { tables.sockets.count(name) }

    /// Takes a namespace's rules away behind the keeper's back.
    mutating func flush(_ name: NamespaceName) throws(KernelError) {
        for (place, kept) in tables.kept where place.namespace == name {
            try kept.socket.deleteTable(family: place.family)
        }
        for (place, kept) in chains.kept where place.namespace == name { try kept.restore.flushAll() }
    }
}
