// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A count that threads wait for. The corresponding C type is `sem_t`.
@safe public final class Semaphore: Sendable {
    /// The kernel's object lives at an address of its own for as long as this one.
    private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

    /// A semaphore of which so many waiters may pass at once. The corresponding C function is `sem_init`.
    public init(_ count: UInt32 = 0) throws(KernelError) {
        unsafe semaphore = .allocate(capacity: 1)
        guard unsafe sem_init(semaphore, 0, count) == 0 else {
            throw KernelError("making a semaphore", call: "sem_init", .current)
        }
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    /// Adds one. The corresponding C function is `sem_post`.
    public func signal() { unsafe sem_post(semaphore) }

    /// Waits for one and takes it. The corresponding C function is `sem_wait`.
    public func wait() { while unsafe sem_wait(semaphore) != 0 {} }
}
