// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
public import Net

/// A rule as the kernel keeps it, as far as it tells which one of a plan's it is.
public struct KernelRule: Sendable {
    /// The table.
    public var table: String
    /// The chain that it stands in.
    public var chain: String
    /// The kernel's number of it, unique within its table (`NFTA_RULE_HANDLE`).
    public var handle: UInt64
    private let bytes: [UInt8]

    init?(_ message: NetlinkMessage) {
        let attributes = NetlinkAttributes(message.payload, from: 4)
        guard let table = attributes.text(Int(NFTA_RULE_TABLE.rawValue)),
            let chain = attributes.text(Int(NFTA_RULE_CHAIN.rawValue)),
            let handle = attributes.network(Int(NFTA_RULE_HANDLE.rawValue))
        else { return nil }
        self.table = table
        self.chain = chain
        self.handle = handle
        bytes = message.payload
    }

    /// True if a text stands somewhere in the rule: its comment, a name.
    public func holds(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard let first = wanted.first, bytes.count >= wanted.count else { return wanted.isEmpty }
        return (0...(bytes.count - wanted.count)).contains { start in
            bytes[start] == first && bytes[start..<(start + wanted.count)].elementsEqual(wanted)
        }
    }
}

extension TableSocket {
    /// The rules of a table, each chain's in order. The corresponding command is `nft --handle list table`.
    /// - Parameter chain: only the rules of this chain.
    public func rules(
        family: Family = .v4, table: String = "lab", chain: String? = nil
    ) throws(KernelError) -> [KernelRule] {
        var writer = NetlinkWriter(capacity: 512)
        writer.begin(
            subsystem: NFNL_SUBSYS_NFTABLES, type: Int(NFT_MSG_GETRULE.rawValue), flags: NLM_F_DUMP, sequence: 1,
            family: family.netfilter)
        writer.put(Int(NFTA_RULE_TABLE.rawValue), text: table)
        if let chain { writer.put(Int(NFTA_RULE_CHAIN.rawValue), text: chain) }
        writer.end()
        return try socket.dump(writer.bytes(), "reading the rules", call: "NFT_MSG_GETRULE")
            .compactMap(KernelRule.init)
            .filter { $0.table == table && (chain == nil || $0.chain == chain) }
    }
}
