// SPDX-License-Identifier: Apache-2.0
internal import Glibc

extension Descriptor {
    /// A socket that hears every packet of a namespace, on all interfaces, and never waits.
    /// The corresponding C call is `socket(AF_PACKET, SOCK_RAW, ETH_P_ALL)`.
    static func packets(in namespace: NetworkNamespace, _ doing: String) throws(KernelError) -> Descriptor {
        let all = UInt16(0x0003).bigEndian  // ETH_P_ALL
        let raw = try namespace.enter { () throws(KernelError) in
            try check(doing, "socket") {
                Glibc.socket(
                    AF_PACKET, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue),
                    Int32(all))
            }
        }
        return Descriptor(owning: raw)
    }
}
