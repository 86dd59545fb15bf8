// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Dataplane
internal import Glibc
public import Net

extension TableSocket {
    /// The name of the table that counts, apart from all that translates.
    public static let counterTable = Tracer.counters

    /// Counts, from now on, packets of new connections to addresses of some ranges, in a table of its own; what was
    /// counted before is forgotten. The corresponding command is `nft add table ip lab-counters { … }`.
    /// - Parameters:
    ///   - outer: ranges that clients outside use, too: load balancers'.
    ///   - inner: further ranges: cluster addresses, nodes.
    public func beginCounting(outer: [Prefix], inner: [Prefix], family: Family) throws(KernelError) {
        try run(CountBatch.encode(CountRule.all(outer: outer, inner: inner, family), family), "counting connections")
    }

    /// Counts no more; fine if nothing is counted.
    public func endCounting(family: Family) throws(KernelError) {
        try run(CountBatch.encode([], family), "ending a count of connections")
    }

    /// What was counted so far.
    public func counts(family: Family) throws(KernelError) -> DestinationCounts {
        var counts = DestinationCounts()
        counts.unanswered = try count(.unanswered, family)
        // What passes while this is read must not look as if it had been held back.
        counts.offered = try count(.offered, family)
        counts.passed = try count(.passed, family)
        return counts
    }

    private func count(_ set: CountRule.CountSet, _ family: Family) throws(KernelError) -> [CountedDestination: Int] {
        let declaration = set.declaration(family)
        var counts: [CountedDestination: Int] = [:]
        for attributes in try rawElements(of: set.rawValue, family, TableSocket.counterTable) {
            guard let element = TableElement(attributes, declaration),
                let expression = attributes.nest(Int(NFTA_SET_ELEM_EXPR.rawValue)),
                let packets = expression.nest(Int(NFTA_EXPR_DATA.rawValue))?.network(
                    Int(NFTA_COUNTER_PACKETS.rawValue)),
                case (.address(let address), .transport(let transport), .port(let port)) = (
                    element.key[0], element.key[1], element.key[2]
                )
            else { continue }
            counts[CountedDestination(transport, SocketAddress(address, port))] = Int(packets)
        }
        return counts
    }

    private func run(_ batch: (bytes: [UInt8], last: UInt32), _ operation: String) throws(KernelError) {
        let answer = try socket.converse(batch.bytes, last: batch.last, operation, call: "NFT_MSG_NEWRULE")
        guard let failure = answer.failures.min(by: { $0.sequence < $1.sequence }) else { return }
        throw KernelError(
            operation + socket.suffix, call: "NFT_MSG_NEWRULE", failure.errno, message: failure.message)
    }
}

/// The batch that makes the counting table anew, or takes it away.
private struct CountBatch: ~Copyable {
    private var writer = NetlinkWriter()
    private var sequence: UInt32 = 0
    private let family: Family

    private init(_ family: Family) { self.family = family }

    static func encode(_ rules: [CountRule], _ family: Family) -> (bytes: [UInt8], last: UInt32) {
        var batch = CountBatch(family)
        batch.boundary(NFNL_MSG_BATCH_BEGIN)
        // Made first, so that it is there to be taken away.
        batch.table(NFT_MSG_NEWTABLE, NLM_F_CREATE)
        batch.table(NFT_MSG_DELTABLE, rules.isEmpty ? NLM_F_ACK : 0)
        if !rules.isEmpty { batch.add(rules) }
        let last = batch.sequence
        batch.boundary(NFNL_MSG_BATCH_END)
        return (batch.writer.bytes(), last)
    }

    private mutating func add(_ rules: [CountRule]) {
        table(NFT_MSG_NEWTABLE, NLM_F_CREATE)
        for (index, set) in CountRule.CountSet.allCases.enumerated() {
            begin(NFT_MSG_NEWSET, NLM_F_CREATE)
            let object = TableObject.set(
                set.declaration(family), table: TableSocket.counterTable, family: family, id: UInt32(index + 1))
            writer.put(object)
            writer.end()
        }
        for chain in CountRule.chains {
            begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE)
            let object = TableObject.chain(chain, table: TableSocket.counterTable)
            writer.put(object)
            writer.end()
        }
        for (index, rule) in rules.enumerated() {
            begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND)
            let object = TableObject.rule(rule, table: TableSocket.counterTable, family: family)
            writer.put(object)
            if index == rules.count - 1 { writer.add(flag: NLM_F_ACK) }
            writer.end()
        }
    }

    private mutating func boundary(_ type: Int32) {
        sequence += 1
        writer.begin(type: Int(type), flags: 0, sequence: sequence)
        writer.append([UInt8(AF_UNSPEC), 0, 0, UInt8(NFNL_SUBSYS_NFTABLES)])
        writer.end()
    }

    private mutating func begin(_ type: nf_tables_msg_types, _ flags: Int32) {
        sequence += 1
        writer.begin(
            subsystem: NFNL_SUBSYS_NFTABLES, type: Int(type.rawValue), flags: flags, sequence: sequence,
            family: family.netfilter)
    }

    private mutating func table(_ type: nf_tables_msg_types, _ flags: Int32) {
        begin(type, flags)
        writer.put(Int(NFTA_TABLE_NAME.rawValue), text: TableSocket.counterTable)
        writer.end()
    }
}
