// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc

extension NetlinkSocket {
    /// Joins a group, to be told of what happens. The socket gets a number of its own with that: one without is taken for
    /// the kernel's, and hears nothing.
    func join(_ group: nfnetlink_groups, _ operation: String) throws(KernelError) {
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        address.nl_groups = 1 << (group.rawValue - 1)
        _ = try check(operation + suffix, "bind") {
            unsafe withUnsafePointer(to: address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(descriptor.raw, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
                }
            }
        }
    }

    /// What a listening socket was told since the last look.
    struct Heard {
        /// In the order in which it happened.
        var messages: [NetlinkMessage] = []
        /// How often the kernel had to throw messages away, for they came faster than they were read (`ENOBUFS`).
        var losses = 0
    }

    /// Takes what was told, at most so many datagrams, and does not wait for more.
    func hear(_ limit: Int, _ operation: String) throws(KernelError) -> Heard {
        var heard = Heard()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 16)
        defer { unsafe buffer.deallocate() }
        for _ in 0..<limit {
            let count = unsafe recv(descriptor.raw, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count >= 0 {
                var answer = NetlinkAnswer(last: .max)
                unsafe answer.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                heard.messages += answer.messages
                continue
            }
            switch Errno.current {
            case .again: return heard
            case .noBuffers: heard.losses += 1
            case .interrupted: continue
            case let errno: throw KernelError(operation + suffix, call: "recv", errno)
            }
        }
        return heard
    }
}
