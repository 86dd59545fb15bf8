// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
public import Dataplane
internal import Glibc
internal import Net

/// Hears what the kernel tells of the packets that are traced in a namespace. The corresponding command is
/// `nft monitor trace`; the C name of the group is `NFNLGRP_NFTRACE`.
public final class TraceSocket: Sendable {
    private let socket: NetlinkSocket

    /// What was told since the last look.
    public struct Batch: Sendable {
        /// In the order in which it happened.
        public var messages: [TraceMessage] = []
        /// How often the kernel had to throw messages away, for they came faster than they were read.
        public var losses = 0
    }

    /// So many messages are taken in one go.
    private static let limit = 4096
    private static let operation = "listening to nftables' trace"

    /// Starts to listen in a namespace.
    /// - Parameter place: the namespace's name, for the text of errors.
    public init(in namespace: NetworkNamespace, place: String = "") throws(KernelError) {
        socket = try NetlinkSocket(.netfilter, in: namespace, place: place)
        try socket.join(NFNLGRP_NFTRACE, TraceSocket.operation)
    }

    /// For a thread that waits for many of them.
    var descriptor: SharedDescriptor { socket.descriptor }

    /// Takes what was told, and does not wait for more.
    /// - Parameter name: gives the name of an interface of the namespace.
    public func take(_ name: (UInt32) -> String) throws(KernelError) -> Batch {
        let heard = try socket.hear(TraceSocket.limit, TraceSocket.operation)
        return Batch(messages: heard.messages.compactMap { TraceMessage($0, name) }, losses: heard.losses)
    }
}

extension TraceMessage {
    /// Reads a message; nil for one of another kind, or of a family that is not IP's.
    init?(_ message: NetlinkMessage, _ name: (UInt32) -> String) {
        let type = UInt16(NFNL_SUBSYS_NFTABLES << 8) | UInt16(NFT_MSG_TRACE.rawValue)
        guard message.type == type, message.payload.count >= 4 else { return nil }
        let attributes = NetlinkAttributes(message.payload, from: 4)
        func number(_ type: nft_trace_attributes) -> UInt32? {
            attributes.network(Int(type.rawValue)).map { UInt32(truncatingIfNeeded: $0) }
        }
        guard let id = number(NFTA_TRACE_ID), let table = attributes.text(Int(NFTA_TRACE_TABLE.rawValue)),
            let chain = attributes.text(Int(NFTA_TRACE_CHAIN.rawValue))
        else { return nil }
        // What is told is the table's family, or, for a table of both, the packet's.
        let family = number(NFTA_TRACE_NFPROTO) ?? UInt32(message.payload[0])
        guard family == UInt32(NFPROTO_IPV4) || family == UInt32(NFPROTO_IPV6) else { return nil }
        self.init(
            id: id, family: family == UInt32(NFPROTO_IPV4) ? .v4 : .v6, table: table, chain: chain,
            handle: attributes.network(Int(NFTA_TRACE_RULE_HANDLE.rawValue)), verdict: Verdict(attributes),
            mark: number(NFTA_TRACE_MARK) ?? 0)
        guard let network = attributes.bytes(Int(NFTA_TRACE_NETWORK_HEADER.rawValue)),
            let transport = attributes.bytes(Int(NFTA_TRACE_TRANSPORT_HEADER.rawValue))
        else { return }
        packet = Packet(network: network, transport: transport)
        let link = attributes.bytes(Int(NFTA_TRACE_LL_HEADER.rawValue)) ?? []
        // What the namespace sends has no Ethernet header yet.
        let unsent = [UInt8](repeating: 0, count: 12) + (self.family == .v4 ? [0x08, 0x00] : [0x86, 0xdd])
        headers = (link.count == 14 ? Array(link) : unsent) + Array(network) + Array(transport)
        incoming = number(NFTA_TRACE_IIF).map(name)
        outgoing = number(NFTA_TRACE_OIF).map(name)
    }
}

extension TraceMessage.Verdict {
    /// Reads a verdict, or the policy at a base chain's end.
    fileprivate init(_ attributes: NetlinkAttributes) {
        if let policy = attributes.network(Int(NFTA_TRACE_POLICY.rawValue)) {
            self = policy == UInt64(NF_DROP) ? .drop : .accept
            return
        }
        guard let verdict = attributes.nest(Int(NFTA_TRACE_VERDICT.rawValue)),
            let code = verdict.network(Int(NFTA_VERDICT_CODE.rawValue))
        else {
            self = .proceed
            return
        }
        let chain = verdict.text(Int(NFTA_VERDICT_CHAIN.rawValue)) ?? ""
        self = .init(code: Int32(truncatingIfNeeded: code), chain)
    }

    private init(code: Int32, _ chain: String) {
        switch code {
        case NFT_CONTINUE.rawValue, NFT_BREAK.rawValue: self = .proceed
        case NFT_JUMP.rawValue: self = .jump(chain)
        case NFT_GOTO.rawValue: self = .goto(chain)
        case NFT_RETURN.rawValue: self = .return
        // Of these the upper bits may say why.
        case _ where code >= 0 && code & 0xff == NF_ACCEPT: self = .accept
        case _ where code >= 0 && code & 0xff == NF_DROP: self = .drop
        default: self = .other(code)
        }
    }
}
