// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
internal import Synchronization

/// A netlink socket, which belongs to the namespace it was opened in and may be used from any thread.
///
/// One conversation goes on at a time: a request is sent and its answers are read whole before the next one starts.
/// None waits longer than `patience` for the kernel. The corresponding C call is `socket(AF_NETLINK, …)`.
public final class NetlinkSocket: Sendable {
    /// The part of the kernel at the other end.
    public enum Subsystem: Int32, Sendable {
        /// Links, addresses, routes and neighbours: `NETLINK_ROUTE`.
        case route = 0
        /// nftables and connection tracking: `NETLINK_NETFILTER`.
        case netfilter = 12
    }

    /// How many seconds an answer may take before the conversation fails with `EAGAIN`.
    public static let patience = 5

    /// Where the socket is, for the text of errors: `node-1`; may be empty.
    public let place: String
    let descriptor: SharedDescriptor
    /// How many bytes may be sent in one go.
    let limit: Int
    /// True after a failed conversation, whose answers may still lie in the receive buffer; its lock is the
    /// lock of the conversation.
    private let stale = Mutex(false)

    /// Opens a socket: in a namespace, on a short thread that enters it, or else in the calling thread's namespace.
    public init(
        _ subsystem: Subsystem, in namespace: NetworkNamespace? = nil, place: String = ""
    ) throws(KernelError) {
        self.place = place
        let open = { () throws(KernelError) -> SharedDescriptor in try NetlinkSocket.open(subsystem, place: place) }
        descriptor = if let namespace { try namespace.enter(open) } else { try open() }
        limit = NetlinkSocket.limit(of: descriptor.raw)
    }

    /// How many bytes the socket takes in one call. The kernel counts twice what it is asked for, and some for itself.
    private static func limit(of raw: Int32) -> Int {
        var size: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(raw, SOL_SOCKET, SO_SNDBUF, &size, &length) == 0 else { return .max }
        return Int(size) - 64
    }

    private static func open(_ subsystem: Subsystem, place: String) throws(KernelError) -> SharedDescriptor {
        let operation = "opening a netlink socket" + suffix(place)
        let raw = try check(operation, "socket") {
            socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), subsystem.rawValue)
        }
        let descriptor = SharedDescriptor(Descriptor(owning: raw))
        func set(_ level: Int32, _ option: Int32, _ value: Int32) throws(KernelError) {
            _ = try check(operation, "setsockopt") {
                unsafe withUnsafePointer(to: value) { unsafe setsockopt(raw, level, option, $0, 4) }
            }
        }
        // A table of 30,000 Services is one message of some 60 MB; the kernel takes memory only when it is sent.
        for (forced, option, size) in [
            (SO_SNDBUFFORCE, SO_SNDBUF, Int32(512 << 20)), (SO_RCVBUFFORCE, SO_RCVBUF, 16 << 20),
        ] {
            // Only root of the machine may have more than net.core.wmem_max and rmem_max; others get as much as that.
            do throws(KernelError) { try set(SOL_SOCKET, forced, size) } catch  where error.errno == .notPermitted {
                try set(SOL_SOCKET, option, size)
            }
        }
        try set(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        try set(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        let patience = timeval(tv_sec: patience, tv_usec: 0)
        _ = try check(operation, "setsockopt") {
            unsafe withUnsafePointer(to: patience) {
                unsafe setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, $0, socklen_t(MemoryLayout<timeval>.size))
            }
        }
        return descriptor
    }

    /// Sends messages that are numbered from 1, of which the one with the number `last` asks for an acknowledgement
    /// (or for a dump), and reads all that comes until the kernel has answered that one.
    ///
    /// The kernel answers within `send`, so the failures of the messages before lie in the buffer already.
    /// - Parameter operation: what is being done, for errors of the conversation itself.
    func converse(
        _ bytes: [UInt8], last: UInt32, _ operation: @autoclosure () -> String, call: String
    ) throws(KernelError) -> NetlinkAnswer {
        try stale.withLock { (stale: inout sending Bool) throws(KernelError) -> NetlinkAnswer in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 16)
            defer { unsafe buffer.deallocate() }
            if stale { unsafe drain(buffer) }
            stale = true
            _ = try check(operation() + suffix, call) {
                unsafe bytes.withUnsafeBytes { unsafe send(descriptor.raw, $0.baseAddress, $0.count, 0) }
            }
            var answer = NetlinkAnswer(last: last)
            while !answer.isComplete {
                let count = try check(operation() + suffix, call) {
                    unsafe recv(descriptor.raw, buffer.baseAddress, buffer.count, 0)
                }
                unsafe answer.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
            stale = !answer.failures.isEmpty
            return answer
        }
    }

    /// Takes what is left of an earlier conversation out of the receive buffer; bounded by that buffer's size.
    private func drain(_ buffer: UnsafeMutableRawBufferPointer) {
        for _ in 0..<100_000 {
            guard unsafe recv(descriptor.raw, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) >= 0
            else { return }
        }
    }

    /// The text that tells where, at the end of an error's operation: ` in node-1`, or nothing.
    var suffix: String { NetlinkSocket.suffix(place) }

    private static func suffix(_ place: String) -> String { place.isEmpty ? "" : " in \(place)" }
}

extension NetlinkSocket {
    /// Sends a request for a whole table, numbered 1, and returns all its messages; asks again, a few times, if the
    /// table changed while it was read.
    func dump(_ request: [UInt8], _ operation: String, call: String) throws(KernelError) -> [NetlinkMessage] {
        var answer = NetlinkAnswer(last: 1)
        for _ in 0..<8 {
            answer = try converse(request, last: 1, operation, call: call)
            if !answer.isInterrupted { break }
        }
        if let failure = answer.failures.first {
            throw KernelError(operation + suffix, call: call, failure.errno, message: failure.message)
        }
        return answer.messages
    }
}
