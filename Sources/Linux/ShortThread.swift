// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Runs work on a thread of its own that ends with it, and waits for the result.
///
/// A namespace belongs to a thread: what enters one must never be a thread that other code will run on.
/// The corresponding C functions are `pthread_create` and `pthread_join`.
public enum ShortThread {
    /// Calls the body on a new thread and returns what it returned.
    public static func run<Result>(_ body: () throws(KernelError) -> Result) throws(KernelError) -> Result {
        var outcome: Swift.Result<Result, KernelError>?
        withoutActuallyEscaping(body) { body in
            let work = Work {
                do throws(KernelError) { outcome = .success(try body()) } catch { outcome = .failure(error) }
            }
            var thread = pthread_t()
            let context = unsafe Unmanaged.passRetained(work).toOpaque()
            let code = unsafe pthread_create(&thread, nil, runWork, context)
            guard code == 0 else {
                unsafe Unmanaged<Work>.fromOpaque(context).release()
                outcome = .failure(KernelError("starting a thread", call: "pthread_create", Errno(rawValue: code)))
                return
            }
            pthread_join(thread, nil)
        }
        guard let outcome else { fatalError("a joined thread left no outcome") }
        return try outcome.get()
    }

    /// Starts a thread that runs the body and is never joined: for the reader threads that live as long as the program.
    public static func detach(_ name: String, _ body: @escaping @Sendable () -> Void) throws(KernelError) {
        let work = Work {
            _ = unsafe lab_name_thread(name)
            body()
        }
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(work).toOpaque()
        let code = unsafe pthread_create(&thread, nil, runWork, context)
        guard code == 0 else {
            unsafe Unmanaged<Work>.fromOpaque(context).release()
            throw KernelError("starting the thread \(name)", call: "pthread_create", Errno(rawValue: code))
        }
        pthread_detach(thread)
    }
}

private final class Work {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
}

/// The thread's first function; not within any actor, so a C callback may call it.
private nonisolated func runWork(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
    return nil
}
