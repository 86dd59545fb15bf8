// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
public import Dataplane
internal import Glibc
public import Net

/// A conversation with the kernel about a namespace's nftables.
///
/// The socket stays in the namespace it was opened in; it may be used from any thread.
public final class TableSocket: Sendable {
    let socket: NetlinkSocket

    /// Opens a socket in a namespace; without one, in that of the calling thread.
    /// - Parameter place: the namespace's name, for the text of errors.
    public init(in namespace: NetworkNamespace? = nil, place: String = "") throws(KernelError) {
        socket = try NetlinkSocket(.netfilter, in: namespace, place: place)
    }

    /// Commits a batch: all of its changes from one packet to the next, or none.
    ///
    /// An error names the first change that the kernel refused, and of its elements or rules the very one if the
    /// kernel says so. The old rules then stand as they were.
    public func commit(_ batch: EncodedBatch) throws(KernelError) {
        guard !batch.bytes.isEmpty else { return }
        for part in batch.parts(limit: socket.limit) {
            let answer = try socket.converse(
                part.bytes, last: part.last, "committing to the table \(batch.table)", call: "send")
            guard let failure = answer.failures.min(by: { $0.sequence < $1.sequence }) else { continue }
            let (operation, call) = batch.origin(of: failure)
            throw KernelError(operation + socket.suffix, call: call, failure.errno, message: failure.message)
        }
    }

    /// Encodes and commits changes of the family's table.
    public func commit(_ changes: [TableChange], family: Family = .v4, table: String = "lab") throws(KernelError) {
        try commit(TableEncoder.encode(changes, family: family, table: table))
    }

    /// Deletes a table with all that it holds; fine if there is none. The corresponding command is `nft destroy table`.
    public func deleteTable(_ table: String = "lab", family: Family = .v4) throws(KernelError) {
        try commit([.destroyTable], family: family, table: table)
    }

    /// How many batches were committed in this namespace, by anyone, modulo 2³²: another number than the last one
    /// read means that the tables changed. The corresponding C name is `NFT_MSG_GETGEN`.
    public func generation() throws(KernelError) -> UInt32 {
        let operation = "reading the tables' generation"
        let request = TableSocket.request(NFT_MSG_GETGEN, NLM_F_ACK, AF_UNSPEC)
        let answer = try socket.converse(request, last: 1, operation, call: "NFT_MSG_GETGEN")
        if let failure = answer.failures.first {
            throw KernelError(
                operation + socket.suffix, call: "NFT_MSG_GETGEN", failure.errno, message: failure.message)
        }
        let number = answer.messages.lazy.compactMap {
            NetlinkAttributes($0.payload, from: 4).network(Int(NFTA_GEN_ID.rawValue))
        }.first
        return UInt32(truncatingIfNeeded: number ?? 0)
    }

    /// The names of a family's tables, in the order in which they were made. The corresponding command is
    /// `nft list tables`.
    public func tables(family: Family = .v4) throws(KernelError) -> [String] {
        let request = TableSocket.request(NFT_MSG_GETTABLE, NLM_F_DUMP, family.netfilter)
        return try socket.dump(request, "reading the tables", call: "NFT_MSG_GETTABLE").compactMap {
            NetlinkAttributes($0.payload, from: 4).text(Int(NFTA_TABLE_NAME.rawValue))
        }
    }

    /// The elements of a set, in no particular order. The corresponding command is `nft list set`.
    ///
    /// Right after thousands of elements came, while the kernel grows the set's hash table behind the scenes, it may
    /// tell of one element twice and of another not at all.
    public func elements(
        of set: SetDeclaration, family: Family = .v4, table: String = "lab"
    ) throws(KernelError) -> [TableElement] {
        try rawElements(of: set.name, family, table).compactMap { TableElement($0, set) }
    }

    /// How many elements a set has.
    public func countElements(
        of set: String, family: Family = .v4, table: String = "lab"
    ) throws(KernelError) -> Int {
        try rawElements(of: set, family, table).count
    }

    func rawElements(of set: String, _ family: Family, _ table: String) throws(KernelError)
        -> [NetlinkAttributes]
    {
        let request = TableSocket.request(NFT_MSG_GETSETELEM, NLM_F_DUMP, family.netfilter) { writer in
            writer.put(Int(NFTA_SET_ELEM_LIST_TABLE.rawValue), text: table)
            writer.put(Int(NFTA_SET_ELEM_LIST_SET.rawValue), text: set)
        }
        return try socket.dump(request, "reading the elements of \(set)", call: "NFT_MSG_GETSETELEM").flatMap {
            NetlinkAttributes($0.payload, from: 4).nests(Int(NFTA_SET_ELEM_LIST_ELEMENTS.rawValue))
        }
    }

    private static func request(
        _ type: nf_tables_msg_types, _ flags: Int32, _ family: Int32,
        _ body: (inout NetlinkWriter) -> Void = { _ in }
    ) -> [UInt8] {
        var writer = NetlinkWriter(capacity: 512)
        writer.begin(
            subsystem: NFNL_SUBSYS_NFTABLES, type: Int(type.rawValue), flags: flags, sequence: 1, family: family)
        body(&writer)
        writer.end()
        return writer.bytes()
    }
}
