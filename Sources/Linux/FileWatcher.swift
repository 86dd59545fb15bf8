// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// Tells when files are written to: one thread for thousands of them. The corresponding C functions are those of inotify(7).
///
/// What comes close together is told once, so that a program that writes a lot does not keep the thread busy.
public final class FileWatcher: Sendable {
    /// One file that is watched.
    public struct Watch: Sendable, Hashable {
        fileprivate let number: Int32
    }

    /// Called on the watcher's own thread, which it must not hold up.
    public typealias Handler = @Sendable () -> Void

    private final class Shared: Sendable {
        let notify: Descriptor
        let handlers = Mutex<[Int32: Handler]>([:])
        let isOver = Atomic<Bool>(false)

        init() throws(KernelError) {
            notify = Descriptor(owning: try checkNegated("watching files", "inotify_init1") { lab_notify_open() })
        }
    }

    private let shared: Shared

    /// How long what happens is gathered before it is told, in milliseconds.
    private static let pause = 4

    /// Starts the thread.
    public init() throws(KernelError) {
        let shared = try Shared()
        self.shared = shared
        try ShortThread.detach("files") { FileWatcher.run(shared) }
    }

    deinit {
        // An event wakes the thread, which then finds that nobody wants it.
        shared.isOver.store(true, ordering: .relaxed)
        _ = unsafe lab_notify_remove(shared.notify.raw, lab_notify_add(shared.notify.raw, "/dev"))
    }

    /// Calls the handler each time after the file was written to. A file has one handler.
    public func watch(_ path: String, _ handler: @escaping Handler) throws(KernelError) -> Watch {
        let shared = shared
        // Under the lock, so that no event comes before its handler.
        let number = try shared.handlers.withLock { handlers throws(KernelError) in
            let number = try checkNegated("watching \(path)", "inotify_add_watch") {
                unsafe lab_notify_add(shared.notify.raw, path)
            }
            handlers[number] = handler
            return number
        }
        return Watch(number: number)
    }

    /// Ends a watch; its file may be gone.
    public func stop(_ watch: Watch) {
        shared.handlers.withLock { $0[watch.number] = nil }
        _ = lab_notify_remove(shared.notify.raw, watch.number)
    }

    private static func run(_ shared: Shared) {
        var watches = [Int32](repeating: 0, count: 1024)
        while true {
            let count = unsafe lab_notify_read(shared.notify.raw, &watches, 1024)
            if shared.isOver.load(ordering: .relaxed) { return }
            let happened = Set(watches.prefix(Int(max(count, 0))))
            let handlers = shared.handlers.withLock { handlers in
                // The kernel's queue was full: whatever was written to, nobody is left out.
                happened.contains(-1) ? Array(handlers.values) : happened.compactMap { handlers[$0] }
            }
            for handler in handlers { handler() }
            Program.sleep(milliseconds: pause)
        }
    }
}
