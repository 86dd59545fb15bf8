// SPDX-License-Identifier: Apache-2.0

extension Action {
    /// A program that is run in the lab.
    public struct Exec: Sendable, Equatable {
        /// Where.
        public var location: Location
        /// In which of a Pod's containers; nil for the first.
        public var container: String?
        /// The program and its arguments; a text is given to `/bin/sh -c` by the reader.
        public var command: [String]
        /// What it reads.
        public var input = ""
        /// How long it may take; nil for as long as the scenario.
        public var timeout: Duration?
    }

    /// Traffic that goes on while later steps run.
    public struct Background: Sendable, Equatable {
        /// By which checks and `stop` refer to it.
        public var name: String
        /// What is sent.
        public var traffic: Traffic
    }

    /// What is killed.
    public struct Kill: Sendable, Equatable {
        /// Which Pods.
        public var pods: PodSelection
        /// In which container; nil for all.
        public var container: String?
        /// The signal's name without SIG: `KILL`, `TERM`, ….
        public var signal = "KILL"
    }

    /// Pods or a node.
    public enum FaultTarget: Sendable, Equatable {
        case pods(PodSelection)
        case node(String)
    }

    /// A node that leaves the network, or comes back.
    public struct NodeState: Sendable, Equatable {
        /// The node.
        public var name: String
        /// `state: up`.
        public var isUp: Bool
    }

    /// What happens to packets on a link.
    public struct Link: Sendable, Equatable {
        /// As seen from the node or Pod.
        public enum Direction: String, Sendable, Hashable, CaseIterable {
            case `in`
            case out
            case both
        }

        /// Whose link.
        public enum End: Sendable, Equatable {
            case node(String)
            case pods(PodSelection)
            /// A system beyond the edge.
            case outside(String)
        }

        /// Whose link.
        public var end: End
        /// In which direction.
        public var direction = Direction.both
        /// True for `state: cut`: nothing passes.
        public var isCut = false
        /// How much later packets come.
        public var delay: Duration?
        /// By how much the delay varies.
        public var jitter: Duration?
        /// Which part of the packets is lost, from 0 to 1.
        public var loss: Double?

        /// True for a link that is as at the beginning: `state: up` and nothing else.
        public var isHealed: Bool { !isCut && delay == nil && loss == nil }
    }

    /// Whether a node's rules follow the objects.
    public struct Proxy: Sendable, Equatable {
        /// The node; nil for all.
        public var node: String?
        /// `state: running`.
        public var isRunning: Bool
    }

    /// Whether name servers answer.
    public struct NameServer: Sendable, Equatable {
        /// Which, by its Pod's name; nil for all.
        public var pod: String?
        /// `state: running`.
        public var isRunning: Bool
    }

    /// How full a node's table of connections is made.
    public struct Conntrack: Sendable, Equatable {
        /// The node.
        public var node: String
        /// From 0 (what was put there is taken away) to 1.
        public var fill: Double
    }

    /// How the daemon ends.
    public enum DaemonEnd: String, Sendable, Hashable, CaseIterable {
        case restart
        case kill
    }
}
