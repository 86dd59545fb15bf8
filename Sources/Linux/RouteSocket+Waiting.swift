// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
public import Net

extension RouteSocket {
    /// Waits until interfaces whose two ends are up carry packets; no longer than two seconds.
    ///
    /// The end of a veth pair that came up first drops what it is to send (the first SYN: a second's delay) until a
    /// worker of the kernel's has seen that the other end is up. Since Linux 6.8 to be asked for the interface makes
    /// the kernel do that work first, so that one call is enough; before, this asks again every millisecond.
    public func waitUntilUp(_ interfaces: [UInt32]) throws(KernelError) {
        var waiting = interfaces
        for _ in 0..<2000 where !waiting.isEmpty {
            let states = try operationalStates(of: waiting)
            waiting.removeAll { states[$0] == RouteSocket.operationalUp }
            if !waiting.isEmpty { _ = usleep(1000) }
        }
        guard let first = waiting.first else { return }
        throw KernelError(
            "waiting for interface \(first) to carry packets" + socket.suffix, call: "RTM_GETLINK", .again)
    }

    /// Waits until packets to the namespace's own addresses are taken in; no longer than two seconds.
    ///
    /// IPv4 takes an address in at once. Of IPv6 the local route is made by a worker of the kernel's, even when no
    /// duplicate is looked for.
    public func waitUntilLocal(_ addresses: [Address]) throws(KernelError) {
        for address in addresses where address.family == .v6 {
            var isLocal = false
            for _ in 0..<2000 where !isLocal {
                isLocal = try routeTo(address)?.kind == .local
                if !isLocal { _ = usleep(1000) }
            }
            guard !isLocal else { continue }
            throw KernelError("waiting for the address \(address)" + socket.suffix, call: "RTM_GETROUTE", .again)
        }
    }

    /// `IF_OPER_UP`.
    private static let operationalUp: UInt8 = 6

    private func operationalStates(of interfaces: [UInt32]) throws(KernelError) -> [UInt32: UInt8] {
        var writer = NetlinkWriter()
        for (index, interface) in interfaces.enumerated() {
            let isLast = index == interfaces.count - 1
            writer.begin(type: RTM_GETLINK, flags: isLast ? NLM_F_ACK : 0, sequence: UInt32(index + 1))
            writer.append(interface: interface)
            writer.put(IFLA_EXT_MASK, bytes: [UInt8(RTEXT_FILTER_SKIP_STATS), 0, 0, 0])
            writer.end()
        }
        let operation = "reading the state of \(interfaces.count) interfaces"
        let answer = try socket.converse(
            writer.bytes(), last: UInt32(interfaces.count), operation, call: "RTM_GETLINK")
        if let failure = answer.failures.first {
            throw KernelError(
                operation + socket.suffix, call: "RTM_GETLINK", failure.errno, message: failure.message)
        }
        var states: [UInt32: UInt8] = [:]
        for message in answer.messages where message.payload.count >= 16 {
            let state = NetlinkAttributes(message.payload, from: 16).bytes(IFLA_OPERSTATE)?.first
            states[message.payload.word(at: 4)] = state
        }
        return states
    }
}
