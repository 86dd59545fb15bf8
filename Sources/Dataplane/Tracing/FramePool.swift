// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The frames that were heard of late, by what is in them.
struct FramePool: Sendable {
    private var frames: [Ends: [CapturedFrame]] = [:]
    private var count = 0

    private static let mostFrames = 16_384

    /// Keeps a frame, unless there are too many, or no packet with ports is in it.
    mutating func add(_ frame: CapturedFrame) {
        guard count < FramePool.mostFrames, let packet = Packet(frame: frame.bytes) else { return }
        let ends = Ends(packet)
        guard (frames[ends]?.count ?? 0) < TracedJourney.mostFrames else { return }
        count += 1
        frames[ends, default: []].append(frame)
    }

    /// True if such a packet came to a namespace.
    func has(_ packet: Packet, arrivingIn namespace: NamespaceName) -> Bool {
        frames[Ends(packet)]?.contains { $0.namespace == namespace && $0.direction == .incoming } == true
    }

    /// The frames of some packets, in order of time.
    func frames(of ends: Set<Ends>) -> [CapturedFrame] {
        let found = ends.flatMap { frames[$0] ?? [] }.sorted { $0.time < $1.time }
        return Array(found.prefix(TracedJourney.mostFrames))
    }

    /// Lets old ones go.
    mutating func forget(before time: UInt64) {
        frames = frames.compactMapValues { list in
            let kept = list.filter { $0.time >= time }
            return kept.isEmpty ? nil : kept
        }
        count = frames.values.reduce(0) { $0 + $1.count }
    }
}
