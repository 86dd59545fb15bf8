// SPDX-License-Identifier: Apache-2.0
internal import CLinux
public import Dataplane
internal import Glibc

/// Hears the frames that come in by a namespace's interfaces, as far as a filter lets them through.
///
/// What goes out is not heard: it comes in at the link's other end. A filter costs other packets next to nothing that way,
/// for a socket that hears what goes out has every packet copied first. The corresponding C name is `AF_PACKET`.
public final class FrameSocket: Sendable {
    let descriptor: SharedDescriptor
    private let place: String

    /// So many frames are taken in one go.
    private static let limit = 1024

    /// Starts to listen in a namespace.
    /// - Parameter place: the namespace's name, for the text of errors.
    public init(in namespace: NetworkNamespace, place: String, _ filter: FrameFilter) throws(KernelError) {
        self.place = place
        let operation = "listening to frames in \(place)"
        descriptor = SharedDescriptor(try .packets(in: namespace, operation))
        var room: Int32 = 4 << 20
        unsafe setsockopt(descriptor.raw, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        try apply(filter)
        _ = try checkNegated(operation, "setsockopt") { lab_hear_incoming(descriptor.raw) }
    }

    /// Takes another filter, in the place of the one before.
    public func apply(_ filter: FrameFilter) throws(KernelError) {
        let instructions = filter.instructions
        _ = try checkNegated("filtering frames in \(place)", "setsockopt") {
            unsafe lab_attach_filter(descriptor.raw, instructions, Int32(instructions.count))
        }
    }

    /// Takes what has come, and does not wait for more.
    /// - Parameter name: gives the name of an interface of the namespace.
    public func take(_ name: (UInt32) -> String) -> [CapturedFrame] {
        var frames: [CapturedFrame] = []
        var chunk = [UInt8](repeating: 0, count: CapturedFrame.mostBytes)
        for _ in 0..<FrameSocket.limit {
            var (length, interface, time): (Int32, UInt32, UInt64) = (0, 0, 0)
            let count = unsafe lab_read_frame(
                descriptor.raw, &chunk, Int32(chunk.count), &length, &interface, &time)
            guard count >= 0 else { break }
            // The loopback interface is no link.
            guard interface != 1 else { continue }
            frames.append(
                CapturedFrame(
                    NamespaceName(place), interface: name(interface), .incoming, time: time,
                    bytes: Array(chunk.prefix(Int(count))), length: Int(length)))
        }
        return frames
    }

    /// How many frames were thrown away since the last question, for they came faster than they were read.
    public func takeLosses() -> Int { Int(max(lab_lost_frames(descriptor.raw), 0)) }
}
