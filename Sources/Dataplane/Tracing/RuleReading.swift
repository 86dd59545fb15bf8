// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Finds the element of a map or set that decided when a rule ran to its end: the kernel tells of the rule alone.
///
/// The key is read from the packet, as the rule did. What was drawn by chance shows in where the connection was sent.
struct RuleReading {
    let ruleset: Ruleset
    let namespace: NamespaceName
    /// The packet before the rule, with its mark.
    var packet: Packet
    /// What earlier rules left in the packet's priority; nil if that was drawn.
    var priority: UInt32?
    /// Where the connection was sent to when it came to the namespace.
    let original: SocketAddress
    /// What earlier rules left with the connection.
    var connectionMark: UInt32 = 0
    /// Where the translation led that the rule is a part of; nil if none was seen.
    var result: SocketAddress?
    /// The clients that the kernel remembered.
    var remembered = Flows()

    /// Reads a rule that ran to its end.
    mutating func element(telling rule: Rule) -> Element? {
        var telling: Element?
        for statement in rule.statements {
            let found = element(of: statement)
            if let found, telling == nil || !found.because.isOfLab { telling = found }
            run(statement, found)
        }
        return telling
    }

    private mutating func run(_ statement: Statement, _ found: Element?) {
        switch statement {
        case .setMark(let number): packet.mark = number
        case .setMarkFromMap: packet.mark = found?.number ?? packet.mark
        case .setConnectionMark(let number): connectionMark = number
        case .setPriority(let selector): if case .number(let number) = read(selector) { priority = number }
        case .setPriorityFromMap: priority = found?.number
        default: break
        }
        if case .setPriority(.random(let modulus)) = statement { priority = modulus == 1 ? 0 : nil }
    }

    private mutating func element(of statement: Statement) -> Element? {
        guard let (selectors, set) = statement.lookup else { return nil }
        if set.hasPrefix(SetName.affinityPrefix) { return rememberedElement() }
        let key = selectors.compactMap { read($0) }
        guard key.count < selectors.count else { return ruleset.element(of: set, key: key) }
        switch set {
        case SetName.endpoints: return endpoint
        case SetName.stickySlots: return stickySlot
        default: return nil
        }
    }

    private func read(_ selector: Selector) -> Datum? {
        switch selector {
        case .sourceAddress: .address(packet.source.address)
        case .destinationAddress: .address(packet.destination.address)
        case .transport: .transport(packet.transport)
        case .sourcePort: .port(packet.source.port)
        case .destinationPort: .port(packet.destination.port)
        case .mark: .number(packet.mark)
        case .priority: priority.map { .number($0) }
        case .random: nil
        case .originalDestinationAddress: .address(original.address)
        case .connectionMark: .number(connectionMark)
        }
    }

    // MARK: What was drawn

    private var pool: Datum { .number(packet.mark) }

    private func count(_ set: String) -> UInt32 {
        guard let number = ruleset.element(of: set, key: [pool])?.number else { return 0 }
        return number & Ruleset.stickyFlag == 0 ? number : 0
    }

    /// The element of `endpoints` that the connection was sent to.
    private var endpoint: Element? {
        guard let result else { return nil }
        let number = EndpointPool.number(of: result)
        // With affinity an endpoint has a number of its own, without the slot is the number.
        let places =
            count(SetName.stickyPools) > 0 ? [number, number &+ 1, number &+ 2] : Array(0..<count(SetName.pools))
        return places.lazy.compactMap { ruleset.element(of: SetName.endpoints, key: [pool, .number($0)]) }
            .first { $0.socket == result }
    }

    private var stickySlot: Element? {
        guard case .number(let number) = endpoint?.key.last else { return nil }
        return (0..<count(SetName.stickyPools)).lazy
            .compactMap { ruleset.element(of: SetName.stickySlots, key: [pool, .number($0)]) }
            .first { $0.number == number }
    }

    private mutating func rememberedElement() -> Element? {
        guard let endpoint, let result, let number = endpoint.key.last else { return nil }
        let client = Flows.Client(namespace: namespace, pool: packet.mark, address: packet.source.address)
        remembered.endpoints[client] = result
        return Element([pool, .address(packet.source.address)], .data([number]), because: endpoint.because)
    }
}
