// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
public import Net

extension TableSocket {
    /// How many rules each chain of a table has, by the chains' names. The corresponding command is `nft list table`.
    public func chains(family: Family = .v4, table: String = "lab") throws(KernelError) -> [String: Int] {
        var counts: [String: Int] = [:]
        let chains = try list(
            NFT_MSG_GETCHAIN, family, table, Int(NFTA_CHAIN_TABLE.rawValue), "reading the chains", "NFT_MSG_GETCHAIN")
        for chain in chains where chain.text(Int(NFTA_CHAIN_TABLE.rawValue)) == table {
            if let name = chain.text(Int(NFTA_CHAIN_NAME.rawValue)) { counts[name] = 0 }
        }
        let rules = try list(
            NFT_MSG_GETRULE, family, table, Int(NFTA_RULE_TABLE.rawValue), "reading the rules", "NFT_MSG_GETRULE")
        for rule in rules where rule.text(Int(NFTA_RULE_TABLE.rawValue)) == table {
            if let chain = rule.text(Int(NFTA_RULE_CHAIN.rawValue)) { counts[chain, default: 0] += 1 }
        }
        return counts
    }

    private func list(
        _ type: nf_tables_msg_types, _ family: Family, _ table: String, _ attribute: Int, _ operation: String,
        _ call: String
    ) throws(KernelError) -> [NetlinkAttributes] {
        var writer = NetlinkWriter(capacity: 512)
        writer.begin(
            subsystem: NFNL_SUBSYS_NFTABLES, type: Int(type.rawValue), flags: NLM_F_DUMP, sequence: 1,
            family: family.netfilter)
        writer.put(attribute, text: table)
        writer.end()
        return try socket.dump(writer.bytes(), operation, call: call).map { NetlinkAttributes($0.payload, from: 4) }
    }
}
