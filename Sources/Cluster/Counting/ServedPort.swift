// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes
public import Net

/// A port of a Service as the rules have it: where clients connect to, and where they get.
public struct ServedPort: Sendable, Hashable {
    /// Which port.
    public var name: ServicePortName
    /// Its first address; nil for a port without one.
    public var address: SocketAddress?
    /// The endpoints that some node sends to.
    public var endpoints: [SocketAddress]

    /// Puts one together from its parts.
    public init(name: ServicePortName, address: SocketAddress?, endpoints: [SocketAddress]) {
        self.name = name
        self.address = address
        self.endpoints = endpoints
    }
}

extension Cluster {
    /// The Services that have rules, by namespace and name.
    public var servedServices: [ObjectKey] { services.tables.keys.sorted() }

    /// The ports of a Service as all nodes together have them, by number; those of a second family with the first's.
    public func servedPorts(of service: ObjectKey) -> [ServedPort] {
        var ports: [ServicePortName: ServedPort] = [:]
        for view in services.tables[service]?.views ?? [] {
            for entry in view.entry.ports {
                let name = ServicePortName(
                    service: service, name: entry.name, transport: entry.transport, port: entry.port)
                let address = (entry.clusterAddresses + entry.loadBalancerAddresses + entry.externalAddresses).first
                var port = ports[name] ?? ServedPort(name: name, address: nil, endpoints: [])
                port.address = port.address ?? address.map { SocketAddress($0, entry.port) }
                let known = Set(port.endpoints)
                port.endpoints += Set(entry.endpoints + entry.localEndpoints).subtracting(known)
                ports[name] = port
            }
        }
        return ports.values.sorted { $0.name < $1.name }.map { port in
            var port = port
            port.endpoints.sort()
            return port
        }
    }
}
