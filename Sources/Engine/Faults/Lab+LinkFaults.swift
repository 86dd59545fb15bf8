// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// Links that cut packets off, delay or lose them.
extension Lab {
    /// Makes the link of a node, a Pod or a system outside what a request says: `direction`, and `state` (cut, up),
    /// `delayMilliseconds`, `jitterMilliseconds`, `loss` (per cent), `bitsPerSecond`. The other direction stays.
    func setLink(_ target: FaultTarget, _ request: Value) throws {
        let wire = try wire(request)
        var (inward, outward) = (BadWire(), BadWire())
        if case .link(let knownInward, let knownOutward) = faults.inForce["link/\(target.text)"]?.kind {
            (inward, outward) = (knownInward, knownOutward)
        }
        switch request["direction"]?.string ?? "both" {
        case "in": inward = wire
        case "out": outward = wire
        case "both": (inward, outward) = (wire, wire)
        case let direction: throw LabError("the direction is in, out or both, not \"\(direction)\"")
        }
        try setLink(target, inward: inward, outward: outward)
    }

    private func wire(_ request: Value) throws -> BadWire {
        var wire = BadWire(request)
        switch request["state"]?.string {
        case nil, "up": break
        case "cut": wire.isCut = true
        case let state?: throw LabError("the state of a link is cut or up, not \"\(state)\"")
        }
        guard (0...100).contains(wire.loss) else { throw LabError("loss takes 0 to 100 per cent") }
        guard (0...60_000).contains(wire.delay) else { throw LabError("delay takes at most a minute") }
        guard (0...wire.delay).contains(wire.jitter) else { throw LabError("jitter takes at most the delay") }
        if let rate = wire.bitsPerSecond, rate < 1000 { throw LabError("rate takes at least 1000 bit/s") }
        return wire
    }

    /// Makes a link this bad, or good again.
    func setLink(_ target: FaultTarget, inward: BadWire, outward: BadWire) throws {
        let known = faults.inForce["link/\(target.text)"]
        try makeWires(target, inward, outward)
        if inward.isBad || outward.isBad {
            begin(.link(inward: inward, outward: outward), target)
        } else if let known {
            forget(known)
        }
        inspectNodes()
    }

    /// Has both ends' kernels treat packets that way. Nothing is another if one of them refuses.
    func makeWires(_ target: FaultTarget, _ inward: BadWire, _ outward: BadWire) throws {
        let (near, far) = try ends(of: target)
        if near.namespace == .host, !options.isIsolated, inward.isBad {
            throw LabError(
                "what comes to the host passes the machine's own firewall, which a lab leaves alone; "
                    + "use --direction out, or lab up --isolated")
        }
        let before = faults.wires[near] ?? BadWire()
        try setWire(near, inward)
        do { try setWire(far, outward) } catch {
            try? setWire(near, before)
            throw error
        }
        faults.ends["link/\(target.text)"] = inward.isBad || outward.isBad ? (near, far) : nil
    }

    /// The two ends of a link: the node's own or the Pod's, and that at the edge or on the node.
    private func ends(of target: FaultTarget) throws -> (near: WireEnd, far: WireEnd) {
        let name: NamespaceName
        switch target {
        case .node(let node): name = NamespaceName(node)
        case .place(let place):
            name = place == NamespaceName.host.text ? .host : .outside(String(place.dropFirst("outside/".count)))
        case .pod(let key, _):
            guard let running = pods[key] else { throw LabError("\(key) does not run") }
            guard running.assignment.interface != nil else {
                throw LabError("\(key) is on its node's network; cut the link of \(running.assignment.node) instead")
            }
            name = running.assignment.namespace
        }
        let interfaces = cluster.plan.namespaces[name]?.interfaces.values.sorted { $0.name < $1.name } ?? []
        // Of a node's interfaces, the one to the edge; a Pod has but one.
        guard let near = interfaces.first(where: { $0.peerNamespace == .edge }) ?? interfaces.first else {
            throw LabError("\(target.text) has no link")
        }
        return (
            WireEnd(namespace: name, interface: near.name),
            WireEnd(namespace: near.peerNamespace, interface: near.peerName)
        )
    }

    // MARK: One end

    /// Has packets that come out of a wire treated that way.
    private func setWire(_ end: WireEnd, _ wire: BadWire) throws {
        let before = faults.wires[end]
        guard before ?? BadWire() != wire else { return }
        let queue = wire.waits ? try openQueue(end, wire) : nil
        let old = faults.queues[end]
        faults.wires[end] = wire.isBad ? wire : nil
        faults.queues[end] = queue
        do { try sendWires(of: end.namespace) } catch {
            (faults.wires[end], faults.queues[end]) = (before, old)
            queue?.stop()
            throw error
        }
        old?.stop()
    }

    private func openQueue(_ end: WireEnd, _ wire: BadWire) throws -> PacketQueue {
        do throws(KernelError) {
            return try PacketQueue(
                faults.nextQueue(), in: try kernel.edge.place(end.namespace).namespace, place: end.namespace.text,
                delay: wire.delay, jitter: wire.jitter, bitsPerSecond: wire.bitsPerSecond.map { UInt64($0) })
        } catch { throw LabError("this kernel lacks queues for packets (CONFIG_NETFILTER_NETLINK_QUEUE): \(error)") }
    }

    /// Sends all bad wires of a namespace.
    private func sendWires(of name: NamespaceName) throws {
        let ends = faults.wires.keys.filter { $0.namespace == name }.sorted { $0.interface < $1.interface }
        let wires = ends.map { end in
            let wire = faults.wires[end] ?? BadWire()
            return Wire(
                end.interface, isCut: wire.losesAll, lossPerMillion: UInt32((wire.loss * 10_000).rounded()),
                queue: faults.queues[end]?.number)
        }
        let socket = try TableSocket(in: try kernel.edge.place(name).namespace, place: name.text)
        let expressions = faults.expression.map { [$0] } ?? QueueExpression.allCases
        var refusals: [KernelError] = []
        for expression in expressions {
            do throws(KernelError) {
                try socket.setWires(wires, by: expression)
                rules.countOne(in: name)
                if wires.contains(where: { $0.queue != nil }) { faults.expression = expression }
                return
            } catch { refusals.append(error) }
        }
        let reasons = refusals.map { "\($0)" }.joined(separator: "; ")
        guard wires.contains(where: { $0.queue != nil }) else { throw LabError(reasons) }
        throw LabError(
            "this kernel lacks a way to delay packets (CONFIG_NFT_QUEUE, or CONFIG_NETFILTER_XT_TARGET_NFQUEUE with "
                + "CONFIG_NFT_COMPAT): \(reasons)")
    }

    /// Lets go of what a link fault of a Pod that is gone has here.
    func dropQueues(of fault: LabFault) {
        guard let (near, far) = faults.ends.removeValue(forKey: fault.id) else { return }
        for end in [near, far] {
            faults.wires[end] = nil
            faults.queues.removeValue(forKey: end)?.stop()
        }
        // The Pod's own end has gone with its namespace.
        do { try sendWires(of: far.namespace) } catch { log("the link of \(fault.target.text): \(error)") }
    }
}
