// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes
public import Net

/// One answer of cluster DNS on the way from a name to addresses.
public struct NameStep: Sendable, Hashable {
    /// The whole name, as `hello.web.svc.cluster.local`.
    public var name: String
    /// The Service that has the name.
    public var service: ObjectKey
    /// The other name that it stands for (`CNAME`); nil if it has addresses of its own.
    public var alias: String?
    /// The addresses that it has; none for a headless Service without endpoints.
    public var addresses: [Address]
}

/// Where a question's connection goes, once names and ports are resolved.
struct Goal {
    var transport: AskedProtocol
    /// What cluster DNS answers.
    var steps: [NameStep] = []
    /// The addresses, each as likely as the others; none if the name leads nowhere.
    var sockets: [SocketAddress] = []
    /// The Service that was named.
    var service: ObjectKey?
    var remarks: [Remark] = []
}

/// What has been read of a question when its goal is looked for.
struct GoalRequest {
    var target: TargetText
    /// What the user or the scheme says is spoken.
    var transport: AskedProtocol?
    var origin: Origin

    var port: PortReference? { target.port ?? target.usualPort.map { .number($0) } }

    init(_ question: Question, from origin: Origin) throws(QuestionError) {
        target = try TargetText(question.to)
        transport = question.transport ?? target.transport
        self.origin = origin
    }
}

extension Cluster {
    func goal(_ request: GoalRequest) throws(QuestionError) -> Goal {
        switch request.target.host {
        case .address(let address): return try goal(request, address: address)
        case .name(let name): return try goal(request, name: name)
        case .object(let kind, let namespace, let name):
            switch kind.first {
            case "s": return try goal(request, service: uniqueKey("Service", name, in: namespace, request.target.text))
            case "n": return try goal(request, node: name)
            case "p": return try goal(request, pod: uniquePod(name, in: namespace, request.target.text))
            default:
                if namespace == Cluster.outsideKind, let system = outsideSystem(.outside(name)) {
                    return try goal(request, outside: system)
                }
                let service = ObjectKey("Service", namespace ?? "default", name)
                if store[service] != nil { return try goal(request, service: service) }
                return try goal(request, pod: uniquePod(name, in: namespace, request.target.text))
            }
        }
    }

    // MARK: Addresses, Pods, nodes

    private func goal(_ request: GoalRequest, address: Address) throws(QuestionError) -> Goal {
        let asked = request.transport ?? .tcp
        if asked == .icmp { return Goal(transport: .icmp, sockets: [SocketAddress(address, 0)]) }
        let number = request.port.flatMap { if case .number(let number) = $0 { number } else { nil } }
        if let number {
            let transport = request.transport ?? spoken(at: SocketAddress(address, number))
            return Goal(transport: transport, sockets: [SocketAddress(address, number)])
        }
        // Without a number, whoever has the address says which ports there are.
        switch destination(SocketAddress(address, 0), asked.transport) {
        case .clusterAddress(let key), .loadBalancer(let key), .externalAddress(let key):
            guard let object = store[key] else { break }
            let (port, transport) = try port(of: Service(object), request)
            return Goal(transport: transport, sockets: [SocketAddress(address, port)])
        case .pod(let key):
            let (port, transport) = try port(ofPod: key, request)
            return Goal(transport: transport, sockets: [SocketAddress(address, port)])
        default: break
        }
        throw QuestionError("\"\(request.target.text)\": which port? write \(address.text(withPort: "PORT"))")
    }

    /// TCP, or what else a Service speaks at an address and port.
    private func spoken(at socket: SocketAddress) -> AskedProtocol {
        let found = TransportProtocol.allCases.first { transport in
            switch destination(socket, transport) {
            case .nodePort, .hostPort: return true
            case let role:
                guard let object = role.service.flatMap({ store[$0] }) else { return false }
                return Service(object).ports.contains { $0.port == socket.port && $0.transport == transport }
            }
        }
        return found.map { AskedProtocol($0) } ?? .tcp
    }

    private func goal(_ request: GoalRequest, node name: String) throws(QuestionError) -> Goal {
        guard let state = nodes.states[name], let plan = plan.namespaces[state.namespace] else {
            let near = Suggestion.closest(to: name, among: nodes.states.keys)
            throw QuestionError("there is no node \(name)" + (near.map { "; is it \($0)?" } ?? ""))
        }
        let addresses = plan.interfaces.values.flatMap(\.addresses).map(\.address).filter { !$0.isLinkLocal }.sorted()
        guard let address = reachable(addresses, from: request.origin) else {
            throw QuestionError("node \(name) has no address")
        }
        return try goal(request, address: address)
    }

    private func goal(_ request: GoalRequest, pod key: ObjectKey) throws(QuestionError) -> Goal {
        guard let object = store[key] else { throw QuestionError("\(key) is gone") }
        guard let placement = nodes.placements[key] else {
            var goal = Goal(transport: request.transport ?? .tcp)
            goal.remarks = [.podHasNoAddress(key, trouble(of: object))]
            return goal
        }
        guard let address = reachable(placement.addresses, from: request.origin) else {
            throw QuestionError("\(key) has no address")
        }
        let (port, transport) = try port(ofPod: key, request)
        return Goal(transport: transport, sockets: [SocketAddress(address, port)])
    }

    /// The first of the addresses to which the sender has a route, else the first.
    func reachable(_ addresses: [Address], from origin: Origin) -> Address? {
        addresses.first { plan.namespaces[origin.namespace]?.sourceAddress(to: $0) != nil } ?? addresses.first
    }

    // MARK: Ports

    private func port(ofPod key: ObjectKey, _ request: GoalRequest) throws(QuestionError) -> (UInt16, AskedProtocol) {
        if request.transport == .icmp { return (0, .icmp) }
        if case .number(let number) = request.port { return (number, request.transport ?? .tcp) }
        guard let object = store[key] else { throw QuestionError("\(key) is gone") }
        let pod = Pod(object)
        let declared = (pod.containers + pod.initContainers.filter(\.isRestartableInit)).flatMap(\.ports)
            .filter { request.transport == nil || AskedProtocol($0.transport) == request.transport }
        let listed = declared.map { $0.name.isEmpty ? "\($0.containerPort)" : "\($0.containerPort) (\($0.name))" }
        if case .name(let name) = request.port {
            guard let port = declared.first(where: { $0.name == name }) else {
                throw noPort(name, of: key, declared.map(\.name), listed)
            }
            return (port.containerPort, AskedProtocol(port.transport))
        }
        guard declared.count == 1 else {
            throw QuestionError("\"\(request.target.text)\": which port? \(key) declares \(listed.listed(or: "none"))")
        }
        return (declared[0].containerPort, AskedProtocol(declared[0].transport))
    }

    func port(of service: Service, _ request: GoalRequest) throws(QuestionError) -> (UInt16, AskedProtocol) {
        if request.transport == .icmp { return (0, .icmp) }
        let ports = service.ports.filter {
            request.transport == nil || AskedProtocol($0.transport) == request.transport
        }
        switch request.port {
        case .number(let number):
            let same = ports.filter { $0.port == number }
            let port = same.first { $0.transport == .tcp } ?? same.first
            return (number, port.map { AskedProtocol($0.transport) } ?? request.transport ?? .tcp)
        case .name(let name):
            guard let port = ports.first(where: { $0.name == name }) else {
                throw noPort(name, of: service.key, ports.map(\.name), ports.map(\.text))
            }
            return (port.port, AskedProtocol(port.transport))
        case nil:
            guard ports.count == 1 else {
                throw QuestionError(
                    "\"\(request.target.text)\": which port? \(service.key) has \(ports.map(\.text).listed(or: "none"))"
                )
            }
            return (ports[0].port, AskedProtocol(ports[0].transport))
        }
    }

    private func noPort(_ name: String, of key: ObjectKey, _ names: [String], _ listed: [String]) -> QuestionError {
        let near = Suggestion.closest(to: name, among: names.filter { !$0.isEmpty })
        return QuestionError(
            "\(key) has no port named \(name)"
                + (near.map { "; is it \($0)?" } ?? "; it has \(listed.listed(or: "none"))"))
    }
}

extension ServicePort {
    /// `80`, `80 (http)`, `53/UDP (dns)`.
    var text: String {
        "\(port)" + (transport == .tcp ? "" : "/\(transport.name)") + (name.isEmpty ? "" : " (\(name))")
    }
}

extension [String] {
    /// `a`, `a and b`, `a, b and c`, `a, b and 8 more`.
    func listed(upTo limit: Int = 6, or none: String = "") -> String {
        guard let last else { return none }
        if count == 1 { return last }
        guard count > limit else { return dropLast().joined(separator: ", ") + " and " + last }
        return prefix(limit - 1).joined(separator: ", ") + " and \(count - limit + 1) more"
    }
}

extension Address {
    /// `10.0.0.1:80` or `[fd00::1]:80`.
    func text(withPort port: String) -> String { family == .v4 ? "\(self):\(port)" : "[\(self)]:\(port)" }
}
