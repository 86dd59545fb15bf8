// SPDX-License-Identifier: Apache-2.0
internal import Linux

/// Work that waits in the kernel or for the daemon: it gets a thread of its own, so that it keeps no task waiting.
enum Blocking {
    static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try ShortThread.detach("labkit") { continuation.resume(with: Swift.Result { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
