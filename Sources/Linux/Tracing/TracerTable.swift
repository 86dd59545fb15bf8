// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Net

/// The tracer's own tables in one namespace, which the kernel takes away when this object goes, or its program ends
/// (`NFT_TABLE_F_OWNER`).
public final class TracerTable: Sendable {
    private let socket: TableSocket

    /// Prepares tables in a namespace; none is there yet.
    /// - Parameter place: the namespace's name, for the text of errors.
    public init(in namespace: NetworkNamespace, place: String = "") throws(KernelError) {
        socket = try TableSocket(in: namespace, place: place)
    }

    /// Makes a table. One batch.
    public func make(_ table: Ruleset) throws(KernelError) {
        // What there may be of the name belongs to another, and stays.
        let changes = table.difference(from: nil).filter { $0 != .destroyTable }
        try commit(changes, table.family, table.table)
    }

    /// Changes what a table has. One batch, or none if there is nothing to change.
    public func commit(_ changes: [TableChange], _ family: Family, _ table: String) throws(KernelError) {
        try socket.commit(TableEncoder.encode(changes, family: family, table: table, isOwned: true))
    }

    /// Takes a table away. One batch.
    public func remove(_ family: Family, _ table: String) throws(KernelError) {
        try socket.commit(TableEncoder.encode([.destroyTable], family: family, table: table, isOwned: true))
    }
}
