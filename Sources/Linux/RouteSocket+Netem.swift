// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc

extension RouteSocket {
    /// Delays what an interface sends, as `tc qdisc add dev … root netem` with a limit of 1,000 packets and no delay does:
    /// to find out whether the kernel can. The corresponding kernel option is `CONFIG_NET_SCH_NETEM`.
    public func addNetem(interface: UInt32) throws(KernelError) {
        var writer = NetlinkWriter(capacity: 256)
        writer.begin(
            type: Int(RTM_NEWQDISC), flags: NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sequence: 1)
        // tcmsg: family and padding, the interface, no handle, below the root (TC_H_ROOT), no information.
        let words = [0, interface, 0, UInt32.max, 0]
        writer.append(words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } })
        writer.put(Int(TCA_KIND), text: "netem")
        // tc_netem_qopt: latency, limit, loss, gap, duplicate, jitter.
        writer.put(Int(TCA_OPTIONS), bytes: [0, 0, 0, 0, 0xe8, 0x03, 0, 0] + [UInt8](repeating: 0, count: 16))
        writer.end()
        let answer = try socket.converse(
            writer.bytes(), last: 1, "adding netem to an interface", call: "RTM_NEWQDISC")
        guard let failure = answer.failures.first else { return }
        throw KernelError(
            "adding netem to an interface" + socket.suffix, call: "RTM_NEWQDISC", failure.errno,
            message: failure.message)
    }
}
