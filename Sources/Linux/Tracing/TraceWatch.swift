// SPDX-License-Identifier: Apache-2.0
internal import CLinux
public import Dataplane
internal import Synchronization

/// One thread that hears in many namespaces what becomes of connections: nftables' trace, and frames; and of packets that
/// wait.
/// Its owner goes, and with it the thread and its sockets.
public final class TraceWatch: Sendable {
    /// Where something can be heard.
    public struct Place: Sendable {
        let name: NamespaceName
        let interfaceName: @Sendable (UInt32) -> String

        /// A namespace.
        /// - Parameter interfaceName: gives the name of one of its interfaces.
        public init(_ name: NamespaceName, interfaceName: @escaping @Sendable (UInt32) -> String) {
            self.name = name
            self.interfaceName = interfaceName
        }
    }

    private enum Source: Sendable {
        case trace(TraceSocket)
        case frames(FrameSocket)
        case waiting(WaitingPackets)
        case marks(Marks)
    }

    /// Moments of which somebody asks whether all that could be heard then was taken in.
    private final class Marks: Sendable {
        let event: SharedDescriptor
        /// The last moment that was asked about, that the thread knows of, and that is behind it.
        let last = Mutex((asked: 0, known: 0, reached: 0))

        init() throws(KernelError) {
            event = SharedDescriptor(
                Descriptor(owning: try checkNegated("making an event", "eventfd") { lab_eventfd() }))
        }

        func ask() -> Int {
            defer { _ = lab_eventfd_raise(event.raw) }
            return last.withLock { last in
                last.asked += 1
                return last.asked
            }
        }

        /// What became readable before the event did has been read when it is its turn. So what the thread knew of the last
        /// time is behind it; what was asked about since is not yet.
        func pass() {
            _ = lab_eventfd_clear(event.raw)
            let isMore = last.withLock { last in
                (last.reached, last.known) = (last.known, last.asked)
                return last.known > last.reached
            }
            if isMore { _ = lab_eventfd_raise(event.raw) }
        }
    }

    private struct Subject: Sendable {
        var place: Place
        var source: Source
    }

    private let watch: DescriptorWatch<Subject>
    private let marks: Marks

    /// Starts the thread.
    /// - Parameters:
    ///   - hear: called on the thread with what was heard, and how much was lost; both may be nothing.
    ///   - wait: called on the thread when packets have come that wait, with the last one's number.
    public init(
        _ hear: @escaping @Sendable ([TraceSighting], _ losses: Int) -> Void,
        wait: @escaping @Sendable (WaitingPackets, UInt32) -> Void = { packets, _ in packets.release(.onward) }
    ) throws(KernelError) {
        watch = try DescriptorWatch("listening to traces", thread: "traces") { subject in
            switch subject.source {
            case .waiting(let packets):
                if let number = packets.take() { wait(packets, number) }
                return true
            case .marks(let marks):
                marks.pass()
                return true
            case .trace, .frames: break
            }
            guard let (sightings, losses) = TraceWatch.take(subject) else { return false }
            hear(sightings, losses)
            return true
        }
        marks = try Marks()
        try add(.marks(marks), marks.event, Place("") { _ in "" })
    }

    /// A number for this moment: see `hasHeard`.
    public func mark() -> Int { marks.ask() }

    /// True if all that could be heard at a moment has been taken in.
    public func hasHeard(_ mark: Int) -> Bool { marks.last.withLock { $0.reached >= mark } }

    /// Hears the kernel's trace, too.
    public func add(_ socket: TraceSocket, _ place: Place) throws(KernelError) {
        try add(.trace(socket), socket.descriptor, place)
    }

    /// Hears frames, too.
    public func add(_ socket: FrameSocket, _ place: Place) throws(KernelError) {
        try add(.frames(socket), socket.descriptor, place)
    }

    /// Hears of packets that wait, too.
    public func add(_ packets: WaitingPackets, _ place: Place) throws(KernelError) {
        try add(.waiting(packets), packets.descriptor, place)
    }

    private func add(_ source: Source, _ descriptor: SharedDescriptor, _ place: Place) throws(KernelError) {
        try watch.add(Subject(place: place, source: source), descriptor, "listening to traces in \(place.name)")
    }

    /// What has come; nil if nothing more is to be heard there.
    private static func take(_ subject: Subject) -> (sightings: [TraceSighting], losses: Int)? {
        let (name, time) = (subject.place.name, Program.nanoseconds())
        func sighting(_ content: TraceSighting.Content) -> TraceSighting { TraceSighting(name, time: time, content) }
        switch subject.source {
        case .trace(let socket):
            guard let batch = try? socket.take(subject.place.interfaceName) else { return nil }
            return (batch.messages.map { sighting(.message($0)) }, batch.losses)
        case .frames(let socket):
            let frames = socket.take(subject.place.interfaceName)
            return (frames.map { sighting(.frame($0)) }, socket.takeLosses())
        case .waiting, .marks: return nil
        }
    }
}
