// SPDX-License-Identifier: Apache-2.0
internal import Dataplane

/// What `IPTablesRestore` remembers from one batch to the next.
struct IPTablesRecord: Sendable {
    /// Whether the kernel counts by name (`nfacct`); nil as long as nobody asked.
    var counts: Bool?
    /// What the tables before nat have, so that a batch that fails in nat can be taken back there.
    private var before: [IPTablesChainName: [IPTablesRule]] = [:]
    /// Our rules in built-in chains, of those that were written.
    private var builtIn: [IPTablesChainName: [IPTablesRule]] = [:]

    init() {}

    /// Nothing is there any more.
    mutating func forget() {
        before = [:]
        builtIn = [:]
    }

    /// The changes from what is there, not from what their author thought: what a whole installation had already is not put
    /// into a built-in chain twice.
    func settled(_ changes: [ChainChange]) -> [ChainChange] {
        var builtIn = builtIn
        return changes.compactMap { change in
            if case .clear = change { builtIn = [:] }
            guard case .replace(let chain, let old, let new) = change else { return change }
            let present = builtIn.updateValue(new, forKey: chain) ?? old
            return present == new ? nil : .replace(chain, present, with: new)
        }
    }

    /// Remembers what built-in chains have now, and tables other than nat, the last in a batch.
    mutating func note(_ changes: [ChainChange]) {
        for change in changes {
            if case .replace(let chain, _, let rules) = change { builtIn[chain] = rules }
            switch change {
            case .clear: forget()
            case .set(let chain, let rules) where chain.table != .nat: before[chain] = rules
            case .replace(let chain, _, let rules) where chain.table != .nat: before[chain] = rules
            case .delete(let chain): before[chain] = nil
            default: break
            }
        }
    }

    /// What makes changes of tables before nat undone.
    func undoing(_ changes: [ChainChange]) -> [ChainChange] {
        changes.reversed().compactMap { change in
            switch change {
            case .set(let chain, _) where chain.table != .nat:
                before[chain].map { .set(chain, $0) } ?? .delete(chain)
            case .delete(let chain) where chain.table != .nat: before[chain].map { .set(chain, $0) }
            case .replace(let chain, let old, let new) where chain.table != .nat: .replace(chain, new, with: old)
            default: nil
            }
        }
    }
}
