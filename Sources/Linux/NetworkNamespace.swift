// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// A network namespace, held open by a descriptor. The corresponding C flag is `CLONE_NEWNET`.
public final class NetworkNamespace: Sendable {
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// The descriptor's number; valid while this object lives.
    public var raw: Int32 { descriptor.raw }

    /// Makes a namespace on a thread of its own, and runs the body in it before that thread ends.
    public static func create<Result>(
        _ body: (NetworkNamespace) throws(KernelError) -> Result
    ) throws(KernelError) -> Result {
        try ShortThread.run { () throws(KernelError) -> Result in
            _ = try checkNegated("making a network namespace", "unshare") { lab_unshare(CLONE_NEWNET_FLAG) }
            return try body(try current())
        }
    }

    /// The namespace of the calling thread.
    public static func current() throws(KernelError) -> NetworkNamespace {
        NetworkNamespace(try Descriptor.open("/proc/thread-self/ns/net"))
    }

    /// The namespace bound at a path, as `/run/netns/lab-hello-edge`.
    public static func open(_ path: String) throws(KernelError) -> NetworkNamespace {
        NetworkNamespace(try Descriptor.open(path))
    }

    /// Runs the body on a thread that has entered the namespace and ends with it. What the body opens stays there.
    public func enter<Result>(_ body: () throws(KernelError) -> Result) throws(KernelError) -> Result {
        try ShortThread.run { () throws(KernelError) -> Result in
            _ = try checkNegated("entering a network namespace", "setns") { lab_setns(raw, CLONE_NEWNET_FLAG) }
            return try body()
        }
    }
}

/// `CLONE_NEWNET`, which Glibc's Swift module does not have.
let CLONE_NEWNET_FLAG: Int32 = 0x4000_0000
