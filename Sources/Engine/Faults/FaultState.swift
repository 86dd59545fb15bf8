// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Linux

/// The faults of a lab, and what of them is the daemon's own.
struct FaultState {
    /// Those in force, by identifier.
    private(set) var inForce: [String: LabFault] = [:]
    /// The bad wires, by where their packets come out.
    var wires: [WireEnd: BadWire] = [:]
    /// The ends of the links that are bad, by the fault's identifier.
    var ends: [String: (near: WireEnd, far: WireEnd)] = [:]
    /// The queues of slow wires, by the interface that packets come in by.
    var queues: [WireEnd: PacketQueue] = [:]
    /// How the kernel hands over packets, once that is known.
    var expression: QueueExpression?
    /// UDP connections that a node whose proxy is stopped should have forgotten.
    var missedFlows: [NamespaceName: [DatagramFlows]] = [:]
    /// True while tables of connections are filled up again.
    var isToppingUp = false
    private var lastQueue: UInt16 = 0

    /// All of them, in order.
    var all: [LabFault] { inForce.values.sorted { $0.id < $1.id } }

    /// Sets a fault, or ends it.
    mutating func set(_ id: String, _ fault: LabFault?) { inForce[id] = fault }

    /// A number for another queue: its own in all namespaces.
    mutating func nextQueue() -> UInt16 {
        lastQueue = lastQueue == .max ? 1 : lastQueue + 1
        return lastQueue
    }

    /// True if a node and its Pods stand still.
    func isFrozen(_ node: String) -> Bool { inForce["freeze/\(node)"]?.target == .node(node) }

    /// True if a wire that a node speaks to the control plane by lets nothing through.
    func isCutOff(_ node: String) -> Bool {
        guard let fault = inForce["link/\(node)"], fault.target == .node(node),
            case .link(let inward, let outward) = fault.kind
        else { return false }
        return inward.losesAll || outward.losesAll
    }
}

/// Where packets come out of a wire.
struct WireEnd: Sendable, Hashable {
    var namespace: NamespaceName
    var interface: String
}
