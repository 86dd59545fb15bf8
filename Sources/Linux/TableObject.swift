// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Dataplane
internal import Net

/// One libnftnl object: made, filled, built into a message, and freed with this value.
@safe struct TableObject: ~Copyable {
    private enum Kind { case table, set, chain, rule }
    private let kind: Kind
    private let pointer: OpaquePointer

    private init(_ kind: Kind, _ pointer: OpaquePointer?) {
        // libnftnl gives null only when no memory is left, and then nothing in this program could go on.
        guard let pointer = unsafe pointer else { fatalError("no memory for a netfilter object") }
        self.kind = kind
        unsafe self.pointer = pointer
    }

    deinit {
        switch kind {
        case .table: unsafe nftnl_table_free(pointer)
        case .set: unsafe nftnl_set_free(pointer)
        case .chain: unsafe nftnl_chain_free(pointer)
        case .rule: unsafe nftnl_rule_free(pointer)
        }
    }

    /// Writes the object's attributes behind a message's header.
    func build(_ header: UnsafeMutablePointer<nlmsghdr>) {
        switch kind {
        case .table: unsafe nftnl_table_nlmsg_build_payload(header, pointer)
        case .set: unsafe nftnl_set_nlmsg_build_payload(header, pointer)
        case .chain: unsafe nftnl_chain_nlmsg_build_payload(header, pointer)
        case .rule: unsafe nftnl_rule_nlmsg_build_payload(header, pointer)
        }
    }

    static func table(_ name: String, isOwned: Bool = false) -> TableObject {
        let object = unsafe TableObject(.table, nftnl_table_alloc())
        if isOwned {
            unsafe nftnl_table_set_u32(
                object.pointer, UInt16(NFTNL_TABLE_FLAGS.rawValue), UInt32(NFT_TABLE_F_OWNER.rawValue))
        }
        unsafe nftnl_table_set_str(object.pointer, UInt16(NFTNL_TABLE_NAME.rawValue), name)
        return object
    }

    static func chain(_ chain: Chain, table: String) -> TableObject {
        let object = unsafe TableObject(.chain, nftnl_chain_alloc())
        unsafe nftnl_chain_set_str(object.pointer, UInt16(NFTNL_CHAIN_TABLE.rawValue), table)
        unsafe nftnl_chain_set_str(object.pointer, UInt16(NFTNL_CHAIN_NAME.rawValue), chain.name)
        if let base = chain.base {
            unsafe nftnl_chain_set_str(object.pointer, UInt16(NFTNL_CHAIN_TYPE.rawValue), base.kind.rawValue)
            unsafe nftnl_chain_set_u32(object.pointer, UInt16(NFTNL_CHAIN_HOOKNUM.rawValue), base.hook.rawValue)
            unsafe nftnl_chain_set_s32(object.pointer, UInt16(NFTNL_CHAIN_PRIO.rawValue), base.priority)
        }
        return object
    }

    static func set(_ set: SetDeclaration, table: String, family: Family, id: UInt32) -> TableObject {
        let object = unsafe TableObject(.set, nftnl_set_alloc())
        unsafe nftnl_set_set_str(object.pointer, UInt16(NFTNL_SET_TABLE.rawValue), table)
        unsafe nftnl_set_set_str(object.pointer, UInt16(NFTNL_SET_NAME.rawValue), set.name)
        object.put(NFTNL_SET_FAMILY, UInt32(family.netfilter))
        object.put(NFTNL_SET_ID, id)
        object.put(NFTNL_SET_FLAGS, set.flags)
        object.put(NFTNL_SET_KEY_TYPE, DatumType.number(set.key))
        object.put(NFTNL_SET_KEY_LEN, DatumType.length(set.key))
        switch set.kind {
        case .plain: break
        case .intervals:
            // The kernel wants to know the parts of such a key.
            let lengths = set.key.map { UInt8($0.length) }
            _ = unsafe nftnl_set_set_data(
                object.pointer, UInt16(NFTNL_SET_DESC_CONCAT.rawValue), lengths, UInt32(lengths.count))
        case .dynamic(let timeout):
            unsafe nftnl_set_set_u64(object.pointer, UInt16(NFTNL_SET_TIMEOUT.rawValue), UInt64(timeout) * 1000)
        }
        // How nft is to print what the kernel keeps as bytes: types 0 and 1 are the byte orders of key and data.
        var userData = UserData.number(type: 0, DatumType.byteOrder(set.key))
        switch set.value {
        case .none: break
        case .verdict: object.put(NFTNL_SET_DATA_TYPE, UInt32(bitPattern: -256))
        case .data(let types):
            object.put(NFTNL_SET_DATA_TYPE, DatumType.number(types))
            object.put(NFTNL_SET_DATA_LEN, DatumType.length(types))
            userData += UserData.number(type: 1, DatumType.byteOrder(types))
        }
        if !set.comment.isEmpty { userData += UserData.comment(type: 7, [set.comment]) }
        _ = unsafe nftnl_set_set_data(
            object.pointer, UInt16(NFTNL_SET_USERDATA.rawValue), userData, UInt32(userData.count))
        return object
    }

    static func rule(_ rule: Rule, chain: String, table: String, family: Family) -> TableObject {
        let object = unsafe TableObject(.rule, nftnl_rule_alloc())
        unsafe nftnl_rule_set_str(object.pointer, UInt16(NFTNL_RULE_TABLE.rawValue), table)
        unsafe nftnl_rule_set_str(object.pointer, UInt16(NFTNL_RULE_CHAIN.rawValue), chain)
        unsafe nftnl_rule_set_u32(object.pointer, UInt16(NFTNL_RULE_FAMILY.rawValue), UInt32(family.netfilter))
        let comment = rule.because.userData
        if comment.count > 3 {
            _ = unsafe nftnl_rule_set_data(
                object.pointer, UInt16(NFTNL_RULE_USERDATA.rawValue), comment, UInt32(comment.count))
        }
        let expressions = unsafe TableExpressions(rule: object.pointer, family: family)
        for statement in rule.statements { expressions.add(statement) }
        return object
    }

    static func rule(_ rule: WireRule, chain: String, table: String) -> TableObject {
        let object = unsafe TableObject(.rule, nftnl_rule_alloc())
        unsafe nftnl_rule_set_str(object.pointer, UInt16(NFTNL_RULE_TABLE.rawValue), table)
        unsafe nftnl_rule_set_str(object.pointer, UInt16(NFTNL_RULE_CHAIN.rawValue), chain)
        unsafe nftnl_rule_set_u32(object.pointer, UInt16(NFTNL_RULE_FAMILY.rawValue), UInt32(NFPROTO_INET))
        // Of a family that these expressions do not ask for.
        let expressions = unsafe TableExpressions(rule: object.pointer, family: .v4)
        expressions.add(rule)
        return object
    }

    static func rule(_ rule: CountRule, table: String, family: Family) -> TableObject {
        let object = unsafe TableObject(.rule, nftnl_rule_alloc())
        unsafe nftnl_rule_set_str(object.pointer, UInt16(NFTNL_RULE_TABLE.rawValue), table)
        unsafe nftnl_rule_set_str(object.pointer, UInt16(NFTNL_RULE_CHAIN.rawValue), rule.chain)
        unsafe nftnl_rule_set_u32(object.pointer, UInt16(NFTNL_RULE_FAMILY.rawValue), UInt32(family.netfilter))
        let expressions = unsafe TableExpressions(rule: object.pointer, family: family)
        expressions.add(rule)
        return object
    }

    private func put(_ field: nftnl_set_attr, _ value: UInt32) {
        unsafe nftnl_set_set_u32(pointer, UInt16(field.rawValue), value)
    }
}

extension SetDeclaration {
    /// The kernel's flags. The corresponding C names are `NFT_SET_MAP`, `NFT_SET_EVAL`, ….
    fileprivate var flags: UInt32 {
        var flags = value == .none ? 0 : UInt32(NFT_SET_MAP.rawValue)
        switch kind {
        case .plain: break
        case .intervals: flags |= UInt32(NFT_SET_INTERVAL.rawValue) | UInt32(NFT_SET_CONCAT.rawValue)
        case .dynamic: flags |= UInt32(NFT_SET_EVAL.rawValue) | UInt32(NFT_SET_TIMEOUT.rawValue)
        }
        return flags
    }
}
