// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Dataplane
internal import Glibc
internal import Net

/// Appends the expressions that a statement stands for to a libnftnl rule.
///
/// An expression reads and writes registers of 32 bits; each statement starts at the first one. A key of several
/// values lies in consecutive registers, and what a map gives for it right behind.
@safe struct TableExpressions {
    private let rule: OpaquePointer
    private let family: Family

    /// - Parameter rule: a rule that outlives this value.
    @unsafe init(rule: OpaquePointer, family: Family) {
        unsafe self.rule = rule
        self.family = family
    }

    func add(_ statement: Statement) {
        switch statement {
        case .within(let selector, let prefix, let negated): addWithin(selector, prefix, negated)
        case .member(let selectors, let set, let negated):
            addLookup(selectors, set, isNegated: negated)
        case .equals(let selector, let number):
            load(selector, first)
            compare(NFT_CMP_EQ, TableExpressions.bytes(number))
        case .incoming(let name, let negated):
            meta(NFT_META_IIFNAME, first)
            // A name takes IFNAMSIZ bytes, the rest of them zero.
            let bytes = Array(name.utf8.prefix(15))
            compare(negated ? NFT_CMP_NEQ : NFT_CMP_EQ, bytes + Array(repeating: 0, count: 16 - bytes.count))
        case .newConnection: addFlag(Int(NFT_CT_STATE.rawValue), 1 << 3)  // NF_CT_STATE_BIT(IP_CT_NEW)
        case .translated: addFlag(Int(NFT_CT_STATUS.rawValue), 1 << 5)  // IPS_DST_NAT
        case .setMark(let number):
            let immediate = append("immediate", [(NFTNL_EXPR_IMM_DREG, first)])
            immediate.set(NFTNL_EXPR_IMM_DATA, TableExpressions.bytes(number))
            addSetMark(first)
        case .setConnectionMark(let number):
            let immediate = append("immediate", [(NFTNL_EXPR_IMM_DREG, first)])
            immediate.set(NFTNL_EXPR_IMM_DATA, TableExpressions.bytes(number))
            append("ct", [(NFTNL_EXPR_CT_KEY, UInt32(NFT_CT_MARK.rawValue)), (NFTNL_EXPR_CT_SREG, first)])
        case .setMarkFromMap(let selectors, let map): addSetMark(addLookup(selectors, map, hasData: true))
        case .setPriority(let selector):
            load(selector, first)
            addSetPriority(first)
        case .setPriorityFromMap(let selectors, let map): addSetPriority(addLookup(selectors, map, hasData: true))
        case .verdictMap(let selectors, let map): addLookup(selectors, map, isVerdict: true)
        case .dnatFromMap(let selectors, let map): addTranslation(addLookup(selectors, map, hasData: true))
        case .update(let map, let key, let value): addChange(NFT_DYNSET_OP_UPDATE, map, key, value)
        case .delete(let map, let key, let value): addChange(NFT_DYNSET_OP_DELETE, map, key, value)
        case .masquerade: append("masq", [])
        case .trace:
            append("immediate", [(NFTNL_EXPR_IMM_DREG, first)]).set(NFTNL_EXPR_IMM_DATA, [1])
            append("meta", [(NFTNL_EXPR_META_KEY, UInt32(NFT_META_NFTRACE.rawValue)), (NFTNL_EXPR_META_SREG, first)])
        case .queue(let number, let expression): addQueue(number, expression)
        case .reject: addReject()
        case .verdict(let verdict): addVerdict(verdict)
        }
    }

    // MARK: Wires

    func add(_ rule: WireRule) {
        add(.incoming(rule.interface, negated: false))
        switch rule.fate {
        case .drop: break
        case .dropSome(let number):
            load(.random(modulus: 1_000_000), first)
            append("byteorder", TableExpressions.toNetworkOrder(first))
            compare(NFT_CMP_LT, Array(TableExpressions.bytes(number).reversed()))
        case .wait(let queue, let expression):
            addQueue(queue, expression)
            return
        }
        addVerdict(.drop)
    }

    /// Hands packets to a program, or lets them go on if none listens.
    private func addQueue(_ number: UInt16, _ expression: QueueExpression) {
        switch expression {
        case .native:
            let queue = append("queue", [])
            queue.set(NFTNL_EXPR_QUEUE_NUM, number)
            queue.set(NFTNL_EXPR_QUEUE_TOTAL, 1 as UInt16)
            queue.set(NFTNL_EXPR_QUEUE_FLAGS, UInt16(NFT_QUEUE_FLAG_BYPASS))
        case .target:
            let target = append("target", [(NFTNL_EXPR_TG_REV, 3)])
            target.set(NFTNL_EXPR_TG_NAME, "NFQUEUE")
            // `struct xt_NFQ_info_v3`: the queue, how many, and `NFQ_FLAG_BYPASS`.
            target.put(
                NFTNL_EXPR_TG_INFO, [UInt8(truncatingIfNeeded: number), UInt8(number >> 8), 1, 0, 1, 0, 0, 0])
        }
    }

    /// Numbers are compared from their first byte on.
    private static func toNetworkOrder(_ register: UInt32) -> [(Int, UInt32)] {
        [
            (NFTNL_EXPR_BYTEORDER_SREG, register), (NFTNL_EXPR_BYTEORDER_DREG, register),
            (NFTNL_EXPR_BYTEORDER_OP, UInt32(NFT_BYTEORDER_HTON.rawValue)), (NFTNL_EXPR_BYTEORDER_LEN, 4),
            (NFTNL_EXPR_BYTEORDER_SIZE, 4),
        ]
    }

    // MARK: Counting

    func add(_ rule: CountRule) {
        switch rule.action {
        case .passOver(let number):
            meta(NFT_META_L4PROTO, first)
            compare(NFT_CMP_EQ, [number])
            addVerdict(.return)
        case .passOverTranslated:
            add(.translated)
            addVerdict(.return)
        case .count(let range, let set):
            add(.newConnection)
            add(.within(set.isOriginal ? .originalDestinationAddress : .destinationAddress, range, negated: false))
            count(in: set)
        }
    }

    /// Counts the packet in the element of its destination, which comes with the first one.
    private func count(in set: CountRule.CountSet) {
        let register = load([set.isOriginal ? .originalDestinationAddress : .destinationAddress, .transport])
        if set.isOriginal {
            let port = append(
                "ct", [(NFTNL_EXPR_CT_KEY, UInt32(NFT_CT_PROTO_DST.rawValue)), (NFTNL_EXPR_CT_DREG, register)])
            port.set(NFTNL_EXPR_CT_DIR, UInt8(0))  // IP_CT_DIR_ORIGINAL
        } else {
            load(.destinationPort, register)
        }
        let change = append(
            "dynset",
            [
                (NFTNL_EXPR_DYNSET_OP, UInt32(NFT_DYNSET_OP_UPDATE.rawValue)),
                (NFTNL_EXPR_DYNSET_SREG_KEY, first),
            ])
        change.set(NFTNL_EXPR_DYNSET_SET_NAME, set.rawValue)
        change.addCounter()
    }

    // MARK: Statements

    private func addWithin(_ selector: Selector, _ prefix: Prefix, _ isNegated: Bool) {
        let count = UInt32(family.bits / 8)
        load(selector, first)
        if prefix.length < family.bits {
            let mask = append(
                "bitwise",
                [(NFTNL_EXPR_BITWISE_SREG, first), (NFTNL_EXPR_BITWISE_DREG, first), (NFTNL_EXPR_BITWISE_LEN, count)])
            mask.set(NFTNL_EXPR_BITWISE_MASK, TableExpressions.mask(prefix.length, family))
            mask.set(NFTNL_EXPR_BITWISE_XOR, Array(repeating: 0, count: Int(count)))
        }
        compare(isNegated ? NFT_CMP_NEQ : NFT_CMP_EQ, prefix.address.bytes)
    }

    /// `ct KEY FLAG`: the connection has the flag.
    private func addFlag(_ key: Int, _ flag: UInt32) {
        append("ct", [(NFTNL_EXPR_CT_KEY, UInt32(key)), (NFTNL_EXPR_CT_DREG, first)])
        let mask = append(
            "bitwise",
            [(NFTNL_EXPR_BITWISE_SREG, first), (NFTNL_EXPR_BITWISE_DREG, first), (NFTNL_EXPR_BITWISE_LEN, 4)])
        mask.set(NFTNL_EXPR_BITWISE_MASK, TableExpressions.bytes(flag))
        mask.set(NFTNL_EXPR_BITWISE_XOR, [0, 0, 0, 0])
        compare(NFT_CMP_NEQ, [0, 0, 0, 0])
    }

    /// Loads a key and looks it up; returns the register behind the key, where a map's data go.
    @discardableResult
    private func addLookup(
        _ selectors: [Selector], _ name: String, hasData: Bool = false, isVerdict: Bool = false,
        isNegated: Bool = false
    ) -> UInt32 {
        let register = load(selectors)
        var fields = [(NFTNL_EXPR_LOOKUP_SREG, first)]
        if hasData { fields.append((NFTNL_EXPR_LOOKUP_DREG, register)) }
        if isVerdict { fields.append((NFTNL_EXPR_LOOKUP_DREG, UInt32(NFT_REG_VERDICT.rawValue))) }
        if isNegated { fields.append((NFTNL_EXPR_LOOKUP_FLAGS, UInt32(NFT_LOOKUP_F_INV.rawValue))) }
        let lookup = append("lookup", fields)
        lookup.set(NFTNL_EXPR_LOOKUP_SET, name)
        return register
    }

    /// Changes an element of a dynamic map, its timeout that of the map.
    private func addChange(_ operation: nft_dynset_ops, _ map: String, _ key: [Selector], _ value: Selector) {
        let register = load(key)
        load(value, register)
        let change = append(
            "dynset",
            [
                (NFTNL_EXPR_DYNSET_OP, UInt32(operation.rawValue)), (NFTNL_EXPR_DYNSET_SREG_KEY, first),
                (NFTNL_EXPR_DYNSET_SREG_DATA, register),
            ])
        change.set(NFTNL_EXPR_DYNSET_SET_NAME, map)
    }

    private func addSetPriority(_ register: UInt32) {
        append("meta", [(NFTNL_EXPR_META_KEY, UInt32(NFT_META_PRIORITY.rawValue)), (NFTNL_EXPR_META_SREG, register)])
    }

    private func addSetMark(_ register: UInt32) {
        append("meta", [(NFTNL_EXPR_META_KEY, UInt32(NFT_META_MARK.rawValue)), (NFTNL_EXPR_META_SREG, register)])
    }

    /// `dnat`, with the address in a register and the port behind it.
    private func addTranslation(_ register: UInt32) {
        append(
            "nat",
            [
                (NFTNL_EXPR_NAT_TYPE, UInt32(NFT_NAT_DNAT.rawValue)),
                (NFTNL_EXPR_NAT_FAMILY, UInt32(family.netfilter)),
                (NFTNL_EXPR_NAT_REG_ADDR_MIN, register),
                (NFTNL_EXPR_NAT_REG_PROTO_MIN, register + UInt32(family.bits / 32)),
            ])
    }

    private func addReject() {
        // ICMP_PORT_UNREACH, ICMPV6_PORT_UNREACH.
        let expression = append("reject", [(NFTNL_EXPR_REJECT_TYPE, UInt32(NFT_REJECT_ICMP_UNREACH.rawValue))])
        expression.set(NFTNL_EXPR_REJECT_CODE, UInt8(family == .v4 ? 3 : 4))
    }

    private func addVerdict(_ verdict: Verdict) {
        let immediate = append(
            "immediate",
            [
                (NFTNL_EXPR_IMM_DREG, UInt32(NFT_REG_VERDICT.rawValue)),
                (NFTNL_EXPR_IMM_VERDICT, UInt32(bitPattern: verdict.code)),
            ])
        if let chain = verdict.chain { immediate.set(NFTNL_EXPR_IMM_CHAIN, chain) }
    }

    // MARK: Selectors

    /// Loads a key from the first register on; returns the register behind it.
    private func load(_ selectors: [Selector]) -> UInt32 {
        var register = first
        for selector in selectors {
            load(selector, register)
            register += selector.isAddress ? UInt32(family.bits / 32) : 1
        }
        return register
    }

    /// Loads what the selector reads into registers from the given one on.
    private func load(_ selector: Selector, _ register: UInt32) {
        switch selector {
        case .sourceAddress: payload(NFT_PAYLOAD_NETWORK_HEADER, family == .v4 ? 12 : 8, family.bits / 8, register)
        case .destinationAddress:
            payload(NFT_PAYLOAD_NETWORK_HEADER, family == .v4 ? 16 : 24, family.bits / 8, register)
        case .sourcePort: payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2, register)
        case .destinationPort: payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, register)
        case .transport: meta(NFT_META_L4PROTO, register)
        case .mark: meta(NFT_META_MARK, register)
        case .priority: meta(NFT_META_PRIORITY, register)
        case .random(let modulus):
            append(
                "numgen",
                [
                    (NFTNL_EXPR_NG_DREG, register), (NFTNL_EXPR_NG_MODULUS, modulus),
                    (NFTNL_EXPR_NG_TYPE, UInt32(NFT_NG_RANDOM.rawValue)),
                ])
        case .connectionMark:
            append("ct", [(NFTNL_EXPR_CT_KEY, UInt32(NFT_CT_MARK.rawValue)), (NFTNL_EXPR_CT_DREG, register)])
        case .originalDestinationAddress:
            let key = family == .v4 ? NFT_CT_DST_IP : NFT_CT_DST_IP6
            let connection = append(
                "ct", [(NFTNL_EXPR_CT_KEY, UInt32(key.rawValue)), (NFTNL_EXPR_CT_DREG, register)])
            connection.set(NFTNL_EXPR_CT_DIR, UInt8(0))  // IP_CT_DIR_ORIGINAL
        }
    }

    private func payload(_ base: nft_payload_bases, _ offset: Int, _ length: Int, _ register: UInt32) {
        append(
            "payload",
            [
                (NFTNL_EXPR_PAYLOAD_BASE, UInt32(base.rawValue)), (NFTNL_EXPR_PAYLOAD_OFFSET, UInt32(offset)),
                (NFTNL_EXPR_PAYLOAD_LEN, UInt32(length)), (NFTNL_EXPR_PAYLOAD_DREG, register),
            ])
    }

    private func meta(_ key: nft_meta_keys, _ register: UInt32) {
        append("meta", [(NFTNL_EXPR_META_KEY, UInt32(key.rawValue)), (NFTNL_EXPR_META_DREG, register)])
    }

    private func compare(_ operation: nft_cmp_ops, _ bytes: [UInt8]) {
        let comparison = append(
            "cmp", [(NFTNL_EXPR_CMP_SREG, first), (NFTNL_EXPR_CMP_OP, UInt32(operation.rawValue))])
        comparison.set(NFTNL_EXPR_CMP_DATA, bytes)
    }

    // MARK: libnftnl

    /// The first register of 32 bits.
    private var first: UInt32 { UInt32(NFT_REG32_00.rawValue) }

    /// Appends an expression with its numbers; the rule owns it.
    @discardableResult
    private func append(_ name: String, _ fields: [(Int, UInt32)]) -> Expression {
        guard let pointer = unsafe nftnl_expr_alloc(name) else { fatalError("no memory for an expression \(name)") }
        for (field, value) in fields { unsafe nftnl_expr_set_u32(pointer, UInt16(field), value) }
        unsafe nftnl_rule_add_expr(rule, pointer)
        return unsafe Expression(pointer: pointer)
    }

    /// An expression that its rule owns; valid as long as the rule.
    @safe private struct Expression {
        let pointer: OpaquePointer

        func set(_ field: Int, _ bytes: [UInt8]) {
            _ = unsafe nftnl_expr_set(pointer, UInt16(field), bytes, UInt32(bytes.count))
        }
        func set(_ field: Int, _ text: String) { _ = unsafe nftnl_expr_set_str(pointer, UInt16(field), text) }
        func set(_ field: Int, _ byte: UInt8) { unsafe nftnl_expr_set_u8(pointer, UInt16(field), byte) }
        func set(_ field: Int, _ half: UInt16) { unsafe nftnl_expr_set_u16(pointer, UInt16(field), half) }
        /// Has each element count packets. The expression owns the counter.
        func addCounter() {
            guard let counter = unsafe nftnl_expr_alloc("counter") else { fatalError("no memory for a counter") }
            _ = unsafe nftnl_expr_set(pointer, UInt16(NFTNL_EXPR_DYNSET_EXPR), UnsafeRawPointer(counter), 0)
        }
        /// Hands over a copy, which the expression frees.
        func put(_ field: Int, _ bytes: [UInt8]) {
            guard let copy = unsafe malloc(bytes.count) else { fatalError("no memory for an expression") }
            unsafe bytes.withUnsafeBytes { source in
                guard let start = source.baseAddress else { return }
                unsafe copy.copyMemory(from: start, byteCount: source.count)
            }
            _ = unsafe nftnl_expr_set(pointer, UInt16(field), copy, UInt32(bytes.count))
        }
    }

    /// A number's bytes in host order.
    private static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
    }

    /// So many one bits, then zeroes, as an address's bytes.
    private static func mask(_ length: Int, _ family: Family) -> [UInt8] {
        (0..<(family.bits / 8)).map { byte in
            let bits = min(max(length - byte * 8, 0), 8)
            return UInt8(truncatingIfNeeded: 0xff << (8 - bits))
        }
    }
}

extension Selector {
    /// True for what takes as many registers as an address.
    var isAddress: Bool {
        switch self {
        case .sourceAddress, .destinationAddress, .originalDestinationAddress: true
        case .transport, .sourcePort, .destinationPort, .mark, .priority, .random, .connectionMark: false
        }
    }
}
