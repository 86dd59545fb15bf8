// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The first packets of chosen connections in one namespace, which wait until the kernels are ready to tell of them.
public final class WaitingPackets: Sendable {
    private let socket: PacketQueueSocket
    /// The last one that waits.
    private let last = Mutex<UInt32?>(nil)

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
    func take() {
        guard let latest = socket.receive().last?.id else { return }
        last.withLock { $0 = latest }
    }

    /// Lets all that wait go on, or meet the tracer's rules again. Nothing if none waits.
    public func release(_ release: PacketQueueSocket.Release) {
        last.withLock { last in
            guard let latest = last else { return }
            socket.release(upTo: latest, release)
            last = nil
        }
    }
}
