// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// What was seen of the subject of a check.
public enum Observation: Sendable, Equatable {
    /// Of requests and datagrams.
    case replies([Reply])
    /// Of questions to DNS.
    case lookups([LookupReply])
    /// Of a program.
    case execution(Execution)
    /// Objects that were chosen, whole; none if there are none.
    case objects([Object])
    /// The text of the rules, by node.
    case rules([String: String])
    /// Every way that a packet may take.
    case ways([Way])
    /// What was counted from the beginning of the step.
    case counted(packets: Int, bytes: Int)
    /// Events, by their `reason`, object and text: the objects of the API.
    case events([Object])
    /// Nothing, and why: the check fails with these words.
    case unavailable(String)

    /// A program's end.
    public struct Execution: Sendable, Equatable {
        /// Its exit code; 128 + N after signal N.
        public var exitCode: Int
        /// What it wrote.
        public var output: String
        /// What it wrote as errors.
        public var errorOutput: String

        /// Puts one together from its parts.
        public init(exitCode: Int, output: String = "", errorOutput: String = "") {
            self.exitCode = exitCode
            self.output = output
            self.errorOutput = errorOutput
        }
    }

    /// One way that a packet may take, as the walker says.
    public struct Way: Sendable, Equatable {
        /// How it ends.
        public var outcome: Check.Outcome
        /// Where it ends: a Pod's name (`web-1`), a node, or an address; nil if on the way.
        public var end: String?
        /// The source address on arrival; nil if it does not arrive.
        public var source: String?

        /// Puts one together from its parts.
        public init(_ outcome: Check.Outcome, end: String? = nil, source: String? = nil) {
            self.outcome = outcome
            self.end = end
            self.source = source
        }
    }
}
