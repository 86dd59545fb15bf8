// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Linux
internal import Net

/// The tables of a lab's namespaces: sends batches, notices when someone else changed one, and puts it back.
///
/// One hand uses it (the lab's actor). A batch that the kernel refuses changes nothing: the namespace keeps its old
/// rules whole until the next repair.
struct TableKeeper {
    private struct Kept {
        let socket: TableSocket
        /// The kernel's count of changes after ours (`NFT_MSG_GETGEN`); another number means that someone else was there.
        var generation: UInt32
        /// True after a batch was refused: the table is behind the plan.
        var isBehind = false
    }

    private let edge: KernelEdge
    private var tables: [NamespaceName: Kept] = [:]

    init(_ edge: KernelEdge) { self.edge = edge }

    /// Makes the table of a namespace as it should be, whatever is there.
    mutating func install(_ ruleset: Ruleset, in name: NamespaceName) throws(KernelError) {
        let socket: TableSocket
        if let kept = tables[name] {
            socket = kept.socket
        } else {
            socket = try TableSocket(in: try edge.place(name).namespace, place: name.text)
        }
        let batch = TableEncoder.encode(
            ruleset.difference(from: nil), family: ruleset.family, table: ruleset.table)
        try socket.commit(batch)
        tables[name] = Kept(socket: socket, generation: try socket.generation())
    }

    /// Sends one batch to all namespaces that need it; encodes it once.
    /// - Returns: what went wrong, by namespace; those namespaces keep their old rules.
    mutating func commit(_ update: RuleUpdate) -> [NamespaceName: KernelError] {
        let changes = update.parts.flatMap { part -> [TableChange] in
            if case .table(let changes) = part.changes { changes } else { [] }
        }
        let batch = TableEncoder.encode(changes, family: update.family, table: "lab")
        var failures: [NamespaceName: KernelError] = [:]
        for name in update.namespaces {
            guard let kept = tables[name] else { continue }
            do throws(KernelError) {
                try kept.socket.commit(batch)
                tables[name]?.generation &+= 1
            } catch {
                failures[name] = error
                tables[name]?.isBehind = true
            }
        }
        return failures
    }

    /// True if the kernel has refused a batch that has not been put right since.
    var isBehind: Bool { tables.values.contains { $0.isBehind } }

    /// The namespaces whose tables were changed by someone else, or are behind.
    mutating func disturbed() -> [NamespaceName] {
        tables.keys.sorted().filter { name in
            guard let kept = tables[name] else { return false }
            return kept.isBehind || (try? kept.socket.generation()) != kept.generation
        }
    }
}
