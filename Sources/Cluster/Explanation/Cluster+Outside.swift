// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// Systems beyond the edge, as questions name them: `outside/weather`, or by a host name.
extension Cluster {
    /// The word before the slash.
    static let outsideKind = "outside"

    /// The system that has a namespace; nil for any other place.
    func outsideSystem(_ namespace: NamespaceName) -> ExternalSystem? {
        configuration.external.first { .outside($0.name) == namespace }
    }

    /// The first system with a host name, however it is written.
    func outsideSystem(hostname: String) -> ExternalSystem? {
        let name = hostname.lowercased()
        let whole = name.hasSuffix(".") ? String(name.dropLast()) : name
        return configuration.external.first { $0.hostnames.contains(whole) }
    }

    /// An outside system as a goal: without a port, its only one.
    func goal(_ request: GoalRequest, outside system: ExternalSystem) throws(QuestionError) -> Goal {
        guard let address = reachable(system.addresses, from: request.origin) else {
            throw QuestionError("outside/\(system.name) has no address")
        }
        if request.transport == .icmp { return Goal(transport: .icmp, sockets: [SocketAddress(address, 0)]) }
        let ports = system.ports.filter { request.transport == nil || AskedProtocol($0.transport) == request.transport }
        if case .number(let number) = request.port {
            let same = ports.filter { $0.number == number }
            let port = same.first { $0.transport == .tcp } ?? same.first
            let transport = request.transport ?? port.map { AskedProtocol($0.transport) } ?? .tcp
            return Goal(transport: transport, sockets: [SocketAddress(address, number)])
        }
        guard request.port == nil, ports.count == 1 else {
            let all = system.ports.map { "\($0.number)/\($0.transport.name)" }
            throw QuestionError(
                "\"\(request.target.text)\": which port? outside/\(system.name) has \(all.listed(or: "none"))")
        }
        return Goal(
            transport: AskedProtocol(ports[0].transport), sockets: [SocketAddress(address, ports[0].number)])
    }
}
