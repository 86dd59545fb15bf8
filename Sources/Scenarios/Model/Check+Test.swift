// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

extension Check {
    /// What must be true of what is looked at.
    public enum Test: Sendable, Equatable {
        /// `status`: of every reply.
        case status(Expectation)
        /// `body`: of every reply.
        case body(Expectation)
        /// `header`: of every reply; null for a field that must not be there.
        case header(name: String, Expectation)
        /// `latency`.
        case latency(Quantile, atMost: Duration)
        /// `answeredBy`.
        case answeredBy(AnsweredBy)
        /// `source`: whose address the servers saw.
        case source(Source)
        /// `outcome`: of every request.
        case outcome(Outcome)
        /// `outcome: {refused: 10, delivered: 90}`: how many ended how.
        case outcomes([Outcome: Expectation])
        /// `failures`: how many requests failed.
        case failures(Expectation)
        /// `count`: how many requests ended, Events or objects there are, or lines of rules a text is found in.
        case count(Expectation)
        /// `output` of a program.
        case output(Expectation)
        /// `errorOutput` of a program.
        case errorOutput(Expectation)
        /// `exitCode` of a program.
        case exitCode(Expectation)
        /// `object.jsonPath`: of every object that was chosen.
        case value(JSONPath, Expectation)
        /// `object.exists`.
        case exists(Bool)
        /// `answers`: the set of names or addresses that DNS gives.
        case answers([String])
        /// `code`: DNS' response code.
        case code(String)
        /// `rules.contains`, `rules.lacks`, `rules.matches`.
        case rules(RuleTest)
        /// `why.outcome`: how every way ends.
        case verdict(Outcome)
        /// `why.ends`: where the ways end: Pods' names or addresses.
        case ends([String])
        /// `counter.packets`.
        case packets(Expectation)
        /// `counter.bytes`.
        case bytes(Expectation)
    }

    /// A place in the order of latencies.
    public enum Quantile: String, Sendable, Hashable, CaseIterable {
        case p50
        case p90
        case p99
        case max
    }

    /// How a request ends.
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// With a reply.
        case delivered
        /// By a reset or an ICMP error to the first packet: nobody listens, or a rule rejects.
        case refused
        /// Without a reply.
        case timedOut
        /// By a router that knows no way.
        case unreachable
        /// By a reset after the connection was there.
        case reset
        /// Before it began: DNS knows no such name.
        case unresolved
        /// With what is no valid reply, or no valid certificate.
        case broken
    }

    /// Whose address servers saw.
    public enum Source: Sendable, Equatable {
        /// `client`: that of the client itself.
        case client
        /// `node`: that of any node.
        case node
        /// An address.
        case address(String)
        /// A range of addresses.
        case range(String)
        /// The addresses of a node, a Pod, a system outside, the host or the edge.
        case location(Location)
    }

    /// What is looked for in a node's rules.
    public enum RuleTest: Sendable, Equatable {
        case contains(String)
        case lacks(String)
        case matches(String)
        /// How many lines have a text (or match a pattern) in them.
        case lines(contains: String?, matches: String?, Expectation)
    }

    /// Who answered.
    public struct AnsweredBy: Sendable, Equatable {
        /// Who may have.
        public enum Members: Sendable, Equatable {
            /// Anybody.
            case anybody
            /// These, by name.
            case named([String])
            /// The ready Pods that a selector chooses.
            case selected(LabelSelector, namespace: String)
        }

        /// What the set of those that answered must be.
        public enum Extent: String, Sendable, Hashable, CaseIterable {
            /// All members, and nobody else.
            case exact
            /// Members only.
            case within
        }

        /// Who may have.
        public var members: Members
        /// What the set of those that answered must be.
        public var extent = Extent.within
        /// Which part each has, by its name or by a selector as `version=blue`, from 0 to 1.
        public var shares: [String: Double] = [:]
        /// By how much a share may differ.
        public var tolerance = 0.1
        /// True if all members have the same part, as far as chance allows (chi-square, p ≥ 0.001).
        public var isEven = false
        /// True if each client was always answered by the same one.
        public var isSticky = false
        /// How many different ones answered.
        public var count: Expectation?
    }
}
