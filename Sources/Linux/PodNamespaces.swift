// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// The host name and the message namespaces that all containers of a Pod share, held open by descriptors.
/// The corresponding C flags are `CLONE_NEWUTS` and `CLONE_NEWIPC`.
public final class PodNamespaces: Sendable {
    private let hostname: Descriptor
    private let messages: Descriptor

    private static let flags: Int32 = 0x0400_0000 | 0x0800_0000

    init(_ hostname: consuming Descriptor, _ messages: consuming Descriptor) {
        self.hostname = hostname
        self.messages = messages
    }

    /// Makes both on a thread of its own and gives the host a name.
    public static func create(hostname name: String) throws(KernelError) -> PodNamespaces {
        try ShortThread.run { () throws(KernelError) -> PodNamespaces in
            _ = try checkNegated("making a Pod's namespaces", "unshare") { lab_unshare(flags) }
            _ = try check("naming the host \(name)", "sethostname") { unsafe sethostname(name, name.utf8.count) }
            return PodNamespaces(
                try Descriptor.open("/proc/thread-self/ns/uts"), try Descriptor.open("/proc/thread-self/ns/ipc"))
        }
    }

    /// Runs the body on a thread that has entered both and ends with it: a process that it starts is in them.
    public func enter<Result>(_ body: () throws(KernelError) -> Result) throws(KernelError) -> Result {
        try ShortThread.run { () throws(KernelError) -> Result in
            for raw in [hostname.raw, messages.raw] {
                _ = try checkNegated("entering a Pod's namespaces", "setns") { lab_setns(raw, 0) }
            }
            return try body()
        }
    }
}
