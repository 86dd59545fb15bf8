// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// One thing that must hold: what is looked at, and what must be true of it.
public struct Check: Sendable, Equatable {
    /// What is looked at.
    public enum Subject: Sendable, Equatable {
        /// What came of the step's own action.
        case action
        /// Requests of the check's own.
        case traffic(Traffic)
        /// A program of the check's own.
        case exec(Action.Exec)
        /// The background traffic of this name, from the beginning of the step.
        case background(String)
        /// Objects of the API.
        case object(ObjectSelection)
        /// The rules of a node; nil for all nodes.
        case rules(node: String?)
        /// What the walker says of a packet.
        case why(Walk)
        /// Packets that were counted from the beginning of the step.
        case counter(Counter)
        /// Events of the API.
        case event(EventQuestion)
    }

    /// What is looked at.
    public var subject: Subject
    /// What must be true of it, all of it.
    public var tests: [Test]
    /// Where it stands.
    public var place: Place

    /// A packet for the walker.
    public struct Walk: Sendable, Equatable {
        /// From where.
        public var from: Location
        /// Where to, as `lab why` takes it, with substitutions.
        public var to: String
        /// Whether it is UDP, or SCTP: as in `TCP`.
        public var transport = "TCP"
    }

    /// Where packets are counted.
    public struct Counter: Sendable, Equatable {
        /// The node.
        public var node: String
        /// The interface; nil if a Service's packets are counted.
        public var interface: String?
        /// The Service, as `web` or `shop/web`; nil if an interface's packets are counted.
        public var service: String?
    }

    /// Which Events.
    public struct EventQuestion: Sendable, Equatable {
        /// Their reason; nil for any.
        public var reason: String?
        /// What they are about; nil for anything.
        public var object: ObjectReference?
        /// What their text must be; nil for any.
        public var message: Expectation?
    }
}
