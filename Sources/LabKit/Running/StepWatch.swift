// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux
internal import Net

/// What must be looked at before a step, so that afterwards it can be told what the step did.
struct StepWatch: Sendable {
    /// When the step began.
    let began: Duration
    private let lab: Lab
    private var interfaces: [Key: Traffic] = [:]
    private var services: [Key: PacketCounter] = [:]

    private struct Key: Hashable {
        var node: String
        var name: String
    }

    private struct Traffic {
        var packets: Int
        var bytes: Int
    }

    init(_ step: Scenario.Step, _ lab: Lab) async throws {
        began = lab.now
        self.lab = lab
        for check in step.checks {
            guard case .counter(let counter) = check.subject else { continue }
            if let interface = counter.interface {
                interfaces[Key(node: counter.node, name: interface)] = try await read(counter.node, interface)
            } else if let service = counter.service {
                let addresses = try await lab.addresses(ofService: service)
                let place = try await lab.locate(.node(counter.node))
                services[Key(node: counter.node, name: service)] = try await Blocking.run {
                    try PacketCounter(in: place.namespace, to: addresses)
                }
            }
        }
    }

    /// What was counted since the step began.
    func counted(_ counter: Check.Counter) async throws -> Observation {
        if let interface = counter.interface {
            let now = try await read(counter.node, interface)
            let before = interfaces[Key(node: counter.node, name: interface)] ?? now
            return .counted(packets: now.packets - before.packets, bytes: now.bytes - before.bytes)
        }
        guard let found = services[Key(node: counter.node, name: counter.service ?? "")] else {
            return .unavailable("nothing was counted")
        }
        // The last packets may not have been read yet.
        try? await Task.sleep(for: .milliseconds(20))
        return .counted(packets: found.packets, bytes: found.bytes)
    }

    /// What passed an interface, in both directions together: a line of `/proc/net/dev`.
    private func read(_ node: String, _ interface: String) async throws -> Traffic {
        let place = try await lab.locate(.node(node))
        let text = try await Blocking.run {
            try place.namespace.enter { () throws(KernelError) in try File.read("/proc/thread-self/net/dev") }
        }
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].filter({ $0 != " " }) == interface else { continue }
            let numbers = parts[1].split(separator: " ").map { Int($0) ?? 0 }
            guard numbers.count >= 10 else { continue }
            return Traffic(packets: numbers[1] + numbers[9], bytes: numbers[0] + numbers[8])
        }
        throw LabFailure("\(node) has no interface \(interface)")
    }
}

extension Lab {
    /// All addresses by which a Service is reached, as `web` or `shop/web` names it.
    func addresses(ofService text: String) async throws -> [Address] {
        let parts = text.split(separator: "/").map(String.init)
        let reference = ObjectReference(
            kind: "service", namespace: parts.count > 1 ? parts[0] : "default", name: parts.last ?? "")
        guard let service = try await find(reference).map(Service.init) else {
            throw LabFailure("there is no \(reference)")
        }
        return service.clusterAddresses + service.loadBalancerIngress.compactMap(\.address) + service.externalIPs
    }
}
