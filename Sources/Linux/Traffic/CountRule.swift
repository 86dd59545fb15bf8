// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Net

/// What clients connect to: an address and port, and how they speak to it.
public struct CountedDestination: Sendable, Hashable {
    /// The protocol.
    public var transport: TransportProtocol
    /// The address and port.
    public var socket: SocketAddress

    /// Puts one together from its parts.
    public init(_ transport: TransportProtocol, _ socket: SocketAddress) {
        self.transport = transport
        self.socket = socket
    }
}

/// How many packets of new connections came for each destination.
public struct DestinationCounts: Sendable, Hashable {
    /// For addresses of the outer ranges, before any rule of Services.
    public var offered: [CountedDestination: Int] = [:]
    /// For the same, those that the translating rules let pass.
    public var passed: [CountedDestination: Int] = [:]
    /// Those that the translating rules did not translate.
    public var unanswered: [CountedDestination: Int] = [:]

    /// Nothing was counted.
    public init() {}
}

/// A rule of the counting table.
struct CountRule {
    enum Action {
        /// What is no connection to a port is not looked at.
        case passOver(protocolNumber: UInt8)
        /// What was translated found its Service.
        case passOverTranslated
        /// Counts packets of new connections to a range, in a set.
        case count(Prefix, CountSet)
    }

    /// The sets, by what is counted.
    enum CountSet: String, CaseIterable {
        case offered
        case passed
        case unanswered

        /// Those that were let pass may have another destination by then.
        var isOriginal: Bool { self == .passed }

        func declaration(_ family: Family) -> SetDeclaration {
            SetDeclaration(
                rawValue, key: [DatumType(family), .transport, .port], kind: .dynamic(timeout: 86_400),
                comment: "packets of new connections, by where they go")
        }
    }

    var chain: String
    var action: Action

    /// All rules.
    /// - Parameters:
    ///   - outer: ranges that clients outside use, too: some may not.
    ///   - inner: further ranges.
    static func all(outer: [Prefix], inner: [Prefix], _ family: Family) -> [CountRule] {
        // ICMP, ICMPv6: they have no ports.
        let passOver = Action.passOver(protocolNumber: family == .v4 ? 1 : 58)
        let before = [passOver] + outer.map { .count($0, .offered) }
        let after =
            [passOver] + outer.map { .count($0, .passed) } + [.passOverTranslated]
            + (outer + inner).map { .count($0, .unanswered) }
        return [Hook.prerouting, .output].flatMap { hook in
            before.map { CountRule(chain: "before-\(hook)", action: $0) }
                + after.map { CountRule(chain: "after-\(hook)", action: $0) }
        }
    }

    /// The chains: before Services are translated (-100), and after.
    static let chains = [Hook.prerouting, .output].flatMap { hook in
        [
            Chain("before-\(hook)", base: Base(.filter, hook, priority: -101), []),
            Chain("after-\(hook)", base: Base(.filter, hook, priority: -99), []),
        ]
    }
}
