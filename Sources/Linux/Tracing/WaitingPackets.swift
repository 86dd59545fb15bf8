// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The first packets of chosen connections in one namespace, which wait until the kernels are ready to tell of them.
public final class WaitingPackets: Sendable {
    private let socket: PacketQueueSocket
    /// The kernel's numbers, which grow, of the last packet that came and of the last that was let go.
    private let numbers = Mutex((last: UInt32(0), released: UInt32(0)))

    /// So many wait at most: what comes then goes on, and is not traced.
    private static let limit: UInt32 = 4096

    /// Opens the queue in a namespace.
    /// - Parameter place: the namespace's name, for the text of errors.
    public init(_ number: UInt16, in namespace: NetworkNamespace, place: String) throws(KernelError) {
        socket = try PacketQueueSocket(
            number, in: namespace, place: place, limit: WaitingPackets.limit, isLossy: false)
    }

    /// For a thread that waits for many of them.
    var descriptor: SharedDescriptor { socket.descriptor }

    /// Notes those that have come.
    /// - Returns: the number of the last one that waits; nil if none does.
    @discardableResult
    public func take() -> UInt32? {
        let latest = socket.receive().last?.id
        return numbers.withLock { numbers in
            numbers.last = max(numbers.last, latest ?? 0)
            return numbers.last > numbers.released ? numbers.last : nil
        }
    }

    /// Lets all that wait go on, or meet the tracer's rules again.
    /// - Parameter number: only as far as the packet of this number.
    public func release(_ release: PacketQueueSocket.Release, upTo number: UInt32 = .max) {
        numbers.withLock { numbers in
            let number = min(number, numbers.last)
            guard number > numbers.released else { return }
            socket.release(upTo: number, release)
            numbers.released = number
        }
    }
}
