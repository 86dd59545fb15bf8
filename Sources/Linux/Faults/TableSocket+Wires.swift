// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
public import Dataplane
internal import Glibc

extension TableSocket {
    /// The name of the table of bad wires, apart from all that translates.
    public static let wireTable = "lab-faults"

    /// Makes the wires of a namespace as bad as these, and all others good. One batch, whatever is there; without any
    /// wire the table goes. The corresponding command is `nft add table inet lab-faults { … }`.
    ///
    /// Packets are caught where they come in, before anything tracks or translates them: to both ends of the wire it
    /// looks like the wire.
    public func setWires(_ wires: [Wire], by expression: QueueExpression = .native) throws(KernelError) {
        let (bytes, last) = WireBatch.encode(wires, expression)
        let operation = "making wires bad"
        let answer = try socket.converse(bytes, last: last, operation, call: "NFT_MSG_NEWRULE")
        guard let failure = answer.failures.min(by: { $0.sequence < $1.sequence }) else { return }
        throw KernelError(
            operation + socket.suffix, call: "NFT_MSG_NEWRULE", failure.errno, message: failure.message)
    }
}

/// The batch that makes a namespace's wires bad.
private struct WireBatch: ~Copyable {
    private var writer = NetlinkWriter()
    private var sequence: UInt32 = 0
    /// Before everything else that looks at a packet: the first of the kernel's own, which joins fragments, has -400.
    private static let arriving = Chain("arriving", base: Base(.filter, .prerouting, priority: -450), [])

    static func encode(_ wires: [Wire], _ expression: QueueExpression) -> (bytes: [UInt8], last: UInt32) {
        var batch = WireBatch()
        let rules = wires.flatMap { WireRule.rules(of: $0, expression) }
        batch.boundary(NFNL_MSG_BATCH_BEGIN)
        batch.table(NFT_MSG_NEWTABLE, NLM_F_CREATE, isLast: false)
        batch.table(NFT_MSG_DELTABLE, 0, isLast: rules.isEmpty)
        if !rules.isEmpty {
            batch.table(NFT_MSG_NEWTABLE, NLM_F_CREATE, isLast: false)
            batch.chain()
            for (index, rule) in rules.enumerated() { batch.add(rule, isLast: index == rules.count - 1) }
        }
        let last = batch.sequence
        batch.boundary(NFNL_MSG_BATCH_END)
        return (batch.writer.bytes(), last)
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
            family: Int32(NFPROTO_INET))
    }

    private mutating func end(isLast: Bool) {
        if isLast { writer.add(flag: NLM_F_ACK) }
        writer.end()
    }

    private mutating func table(_ type: nf_tables_msg_types, _ flags: Int32, isLast: Bool) {
        begin(type, flags)
        writer.put(Int(NFTA_TABLE_NAME.rawValue), text: TableSocket.wireTable)
        end(isLast: isLast)
    }

    private mutating func chain() {
        begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE)
        let object = TableObject.chain(WireBatch.arriving, table: TableSocket.wireTable)
        writer.put(object)
        end(isLast: false)
    }

    private mutating func add(_ rule: WireRule, isLast: Bool) {
        begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND)
        let object = TableObject.rule(rule, chain: WireBatch.arriving.name, table: TableSocket.wireTable)
        writer.put(object)
        end(isLast: isLast)
    }
}

/// One rule of a bad wire: which packets, and what becomes of them.
struct WireRule {
    enum Fate {
        case drop
        /// So many of a million go.
        case dropSome(UInt32)
        case wait(UInt16, QueueExpression)
    }
    var interface: String
    var fate: Fate

    static func rules(of wire: Wire, _ expression: QueueExpression) -> [WireRule] {
        if wire.isCut || wire.lossPerMillion >= 1_000_000 { return [WireRule(interface: wire.interface, fate: .drop)] }
        var fates: [Fate] = []
        if wire.lossPerMillion > 0 { fates.append(.dropSome(wire.lossPerMillion)) }
        if let queue = wire.queue { fates.append(.wait(queue, expression)) }
        return fates.map { WireRule(interface: wire.interface, fate: $0) }
    }
}
