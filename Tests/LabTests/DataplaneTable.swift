// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Who writes the nodes' rules.
enum RuleMode: String, CaseIterable, Sendable { case nftables, iptables }

/// One row of the table of what Services do: a line of the semantics, a connection, and what becomes of it.
struct DataplaneRow: Sendable {
    /// The line that it proves: `D40`.
    let line: String
    /// What it is about, in a few words.
    let about: String
    /// The place that connects.
    let from: String
    /// Where to: `ADDRESS:PORT`, with `{web}`, `{lb:web}`, `{pod:web-1}`, `{node-1}` and `{host}` for the addresses that
    /// the lab gave out.
    let to: String
    let transport: String
    /// What becomes of it in nftables mode, and in iptables mode unless that says otherwise.
    let expected: Expected
    let iptables: Expected?

    /// What becomes of a connection.
    enum Expected: Sendable, Equatable {
        /// These Pods answer, each of them sometimes, and see the client at that address (nil: not asked).
        case answers([String], seen: String? = nil)
        /// Any one of these answers, and always the same.
        case sticks([String])
        /// The client is told at once that nobody takes it.
        case refused
        /// The packet arrives where nothing listens.
        case closed
        /// Nothing comes back.
        case silence
        /// An HTTP server of the node's own answers with this status.
        case status(Int)
    }

    init(
        _ line: String, _ about: String, from: String, to: String, _ transport: String, _ expected: Expected,
        iptables: Expected? = nil
    ) {
        self.line = line
        self.about = about
        self.from = from
        self.to = to
        self.transport = transport
        self.expected = expected
        self.iptables = iptables
    }

    /// A connection over TCP.
    init(
        _ line: String, _ about: String, from: String, to: String, _ expected: Expected, iptables: Expected? = nil
    ) {
        self.init(line, about, from: from, to: to, "tcp", expected, iptables: iptables)
    }

    /// The lines where the modes differ by design; everywhere else one expectation holds for both.
    static let differing: Set<String> = ["D41", "D47", "D48"]

    func expected(_ mode: RuleMode) -> Expected { mode == .iptables ? iptables ?? expected : expected }

    /// How many connections are made: enough that each of three endpoints is seen in all but one of 10⁷ runs.
    var tries: Int { max(expected.tries, iptables?.tries ?? 1) }
}

extension DataplaneRow.Expected {
    fileprivate var tries: Int {
        switch self {
        case .answers(let pods, _): pods.count > 1 ? 40 : 6
        case .sticks: 20
        case .refused, .closed, .silence, .status: 1
        }
    }
}

extension DataplaneRow.Expected {
    var seen: String? { if case .answers(_, let seen) = self { seen } else { nil } }
}

/// What came of a row's connections on the wire.
struct WireOutcome: CustomStringConvertible {
    /// The clients' addresses that each Pod saw.
    var answers: [String: Set<String>] = [:]
    var errors: Set<String> = []
    var status: Int?

    var description: String {
        let pods = answers.sorted { $0.key < $1.key }.map {
            "\($0.key) (client \($0.value.sorted().joined(separator: ", ")))"
        }
        return (pods + errors.sorted() + (status.map { ["status \($0)"] } ?? [])).joined(separator: ", ")
    }

    func fits(_ expected: DataplaneRow.Expected) -> Bool {
        switch expected {
        case .answers(let pods, let seen):
            errors.isEmpty && Set(answers.keys) == Set(pods)
                && (seen == nil || answers.values.allSatisfy { $0 == [seen] })
        case .sticks(let pods):
            errors.isEmpty && answers.count == 1 && answers.keys.allSatisfy { pods.contains($0) }
        case .refused, .closed: answers.isEmpty && errors == ["refused"]
        case .silence: answers.isEmpty && errors == ["silence"]
        case .status(let code): status == code
        }
    }
}
