// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Glibc
import Linux
import Net
import Synchronization
import Testing

/// The kernel's own account of packets, and the table that asks for it.
@Suite(.needsTables) struct TraceTests {
    private static let target = SocketAddress(Pair.rightAddress, 80)

    private func flows(_ target: SocketAddress) -> TracedFlows {
        var flows = TracedFlows()
        flows.looks = [TracedFlows.Look(.tcp, from: Pair.leftAddress, to: target)]
        return flows
    }

    private func tracing(_ pair: Pair) throws -> (table: TracerTable, socket: TraceSocket) {
        let table = try TracerTable(in: pair.left, place: "left")
        let socket = try TraceSocket(in: pair.left, place: "left")
        try table.make(.tracer(.v4, flows(Self.target), isOrigin: true))
        return (table, socket)
    }

    /// What was told, once something was; nothing after two seconds.
    private func told(_ socket: TraceSocket) throws -> [TraceMessage] {
        for _ in 0..<200 {
            let batch = try socket.take { "interface \($0)" }
            #expect(batch.losses == 0)
            if !batch.messages.isEmpty { return batch.messages }
            usleep(10_000)
        }
        return []
    }

    @Test func `the rules that a chosen packet meets are told, with the packet`() throws {
        let pair = try Pair()
        let rule = Rule([.setMark(42)], because: Because("Service default/hello"))
        try TableSocket(in: pair.left).commit([
            .addTable, .addChain(Chain("filter-output", base: Base(.filter, .output, priority: 0), [rule])),
        ])
        let (table, socket) = try tracing(pair)
        _ = try TestSocket(.tcp, in: pair.left, connected: Self.target)
        let messages = try told(socket)
        let first = try #require(messages.first)
        #expect(first.table == Tracer.table() && first.chain == "chosen" && first.handle != nil)
        #expect(first.packet?.destination == Self.target && first.packet?.source.address == Pair.leftAddress)
        #expect(Packet(frame: first.headers) == first.packet)
        let met = try #require(messages.first { $0.table == "lab" && $0.handle != nil })
        let rules = try TableSocket(in: pair.left).rules(table: "lab", chain: "filter-output")
        #expect(rules.map(\.handle) == [met.handle])
        #expect(rules.first?.holds("Service default/hello") == true)
        #expect(rules.first?.holds("Service default/other") == false)
        #expect(met.mark == 42)
        #expect(met.packet == first.packet, "the first message of each base chain shows the packet")
        withExtendedLifetime(table) {}
    }

    @Test(arguments: QueueExpression.allCases)
    func `a chosen packet waits, and meets rules that are others meanwhile`(_ expression: QueueExpression) throws {
        let pair = try Pair()
        let (table, socket) = try tracing(pair)
        // What the namespace sends itself comes by no interface.
        let action = Tracer.Action.wait(Tracer.Waiting(queue: 7, expression, interfaces: ["none", ""]))
        let queue = try WaitingPackets(7, in: pair.left, place: "left")
        let hasCome = Mutex(false)
        let watch = try TraceWatch({ _, _ in }) { _, _ in hasCome.withLock { $0 = true } }
        try watch.add(queue, TraceWatch.Place("left") { "\($0)" })
        do throws(KernelError) {
            try table.commit([.addChain(action.chain)], .v4, Tracer.table())
        } catch {
            // A kernel may have one of the two alone.
            #expect(error.errno == .noEntry, "\(error)")
            let other = QueueExpression.allCases.first { $0 != expression } ?? expression
            try table.commit(
                [.addChain(Tracer.Action.wait(Tracer.Waiting(queue: 7, other, interfaces: [""])).chain)], .v4,
                Tracer.table())
            return
        }
        let server = try TestSocket(.tcp, in: pair.right, bound: Self.target)
        let client = try TestSocket(.tcp, in: pair.left, connected: Self.target)
        for _ in 0..<200 where !hasCome.withLock({ $0 }) { usleep(10_000) }
        #expect(hasCome.withLock { $0 })
        #expect(try socket.take { "\($0)" }.messages.isEmpty, "nothing was told yet")
        #expect(server.acceptOne() == nil, "it did not arrive yet")
        try table.commit([.addChain(Tracer.Action.trace.chain)], .v4, Tracer.table())
        queue.release(.again)
        #expect(try told(socket).first?.chain == "chosen")
        #expect(server.acceptOne() != nil)
        withExtendedLifetime((client, watch)) {}
    }

    @Test func `nothing is told of a packet that was not chosen`() throws {
        let pair = try Pair()
        let (table, socket) = try tracing(pair)
        _ = try TestSocket(.tcp, in: pair.left, connected: SocketAddress(Pair.rightAddress, 81))
        _ = try TestSocket(.tcp, in: pair.left, connected: Self.target)
        let ports = Set(try told(socket).compactMap { $0.packet?.destination.port })
        #expect(ports == [80])
        withExtendedLifetime(table) {}
    }

    @Test func `the table goes with its owner, and nobody else may change it`() throws {
        let pair = try Pair()
        let other = try TableSocket(in: pair.left)
        var table: TracerTable? = try TracerTable(in: pair.left)
        try table?.make(.tracer(.v4, flows(Self.target), isOrigin: false))
        #expect(try other.tables().contains(Tracer.table()))
        #expect(throws: KernelError.self) { try other.commit([.destroyTable], table: Tracer.table()) }
        let before = try other.generation()
        table = nil
        for _ in 0..<200 where try other.tables().contains(Tracer.table()) { usleep(10_000) }
        #expect(try !other.tables().contains(Tracer.table()))
        #expect(try other.generation() == before, "it is no change that the lab would take for somebody's")
    }

    @Test func `two may trace at the same time, and one that changes its mind takes one batch`() throws {
        let pair = try Pair()
        let tables = try TableSocket(in: pair.left)
        var first = Ruleset.tracer(.v4, flows(Self.target), isOrigin: true)
        let (one, two) = (try TracerTable(in: pair.left), try TracerTable(in: pair.left))
        try one.make(first)
        try two.make(.tracer(.v4, flows(Self.target), isOrigin: true, table: Tracer.table(2)))
        let before = try tables.generation()
        try one.commit(first.trace(flows(SocketAddress(Pair.rightAddress, 81))), .v4, Tracer.table())
        #expect(try tables.generation() == before + 1)
        #expect(try tables.countElements(of: "flows", table: Tracer.table()) == 1)
        try one.remove(.v4, Tracer.table())
        #expect(try tables.tables().sorted() == [Tracer.table(2)])
        withExtendedLifetime(two) {}
    }

    @Test(arguments: [true, false]) func `frames are heard where they come in, and only those asked for`(
        _ isAsked: Bool
    ) throws {
        let pair = try Pair()
        let filter = FrameFilter(addresses: [Pair.leftAddress], ports: [isAsked ? 80 : 81])
        let heard = try FrameSocket(in: pair.right, place: "right", filter)
        _ = try TestSocket(.tcp, in: pair.left, connected: Self.target)
        var frames: [CapturedFrame] = []
        for _ in 0..<(isAsked ? 200 : 5) where frames.isEmpty {
            frames = heard.take { "interface \($0)" }
            usleep(10_000)
        }
        guard isAsked else {
            #expect(frames.isEmpty)
            return
        }
        // The refusal goes out by the same interface, and is not heard.
        #expect(frames.allSatisfy { Packet(frame: $0.bytes)?.destination == Self.target })
        let first = try #require(frames.first)
        #expect(first.direction == .incoming && first.length >= first.bytes.count && first.namespace == "right")
        let now = Program.nanoseconds()
        #expect(first.time <= now && now - first.time < 10_000_000_000)
    }

    @Test func `a connection is found by its first packet`() throws {
        let pair = try Pair()
        // Rules that ask for connections switch their tracking on.
        let (table, _) = try tracing(pair)
        let server = try TestSocket(.tcp, in: pair.right, bound: Self.target)
        let client = try TestSocket(.tcp, in: pair.left, connected: Self.target)
        let from = try #require(server.acceptOne()).from
        let connections = try ConntrackSocket(in: pair.left)
        let packet = Packet(.tcp, from: from, to: Self.target)
        let found = try #require(try connections.entry(begunBy: packet))
        #expect(found.original.source == from && found.status.contains(.seenReply))
        #expect(
            try connections.entry(begunBy: Packet(.tcp, from: from, to: SocketAddress(Pair.rightAddress, 99))) == nil)
        withExtendedLifetime((table, client)) {}
    }
}
