// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// The variables that tell of Services, in the two manners that a container gets them (D76–D78): the cluster's own and
/// Docker's links. The corresponding Go package is the kubelet's `envvars`.
extension PodSources {
    /// The API's Service, and the Services of the Pod's namespace that are there at this moment; those that come later are
    /// unknown to the container until it starts anew.
    var serviceVariables: [(String, String)] {
        let sources = pod.hasServiceLinks ? services(pod.namespace).map(Service.init) : []
        var variables: [(String, String)] = []
        // A namespace's own Service of this name goes before the cluster's.
        if !sources.contains(where: { $0.name == PodSources.apiService.name && !$0.clusterAddresses.isEmpty }),
            let service = object(PodSources.apiService).map(Service.init)
        {
            variables += PodSources.variables(service)
        }
        for service in sources { variables += PodSources.variables(service) }
        return variables
    }

    private static let apiService = ObjectKey("Service", "default", "kubernetes")

    /// None for a Service without a cluster address: it has nothing that a variable could name.
    private static func variables(_ service: Service) -> [(String, String)] {
        guard let address = service.clusterAddresses.first, let first = service.ports.first else { return [] }
        let prefix = variableName(service.name)
        var variables = [("\(prefix)_SERVICE_HOST", "\(address)"), ("\(prefix)_SERVICE_PORT", "\(first.port)")]
        for port in service.ports where !port.name.isEmpty {
            variables.append(("\(prefix)_SERVICE_PORT_\(variableName(port.name))", "\(port.port)"))
        }
        for (index, port) in service.ports.enumerated() {
            let transport = "\(port.transport)".lowercased()
            let url = "\(transport)://\(SocketAddress(address, port.port))"
            let own = "\(prefix)_PORT_\(port.port)_\(transport.uppercased())"
            if index == 0 { variables.append(("\(prefix)_PORT", url)) }
            variables += [
                (own, url), ("\(own)_PROTO", transport), ("\(own)_PORT", "\(port.port)"), ("\(own)_ADDR", "\(address)"),
            ]
        }
        return variables
    }

    private static func variableName(_ name: String) -> String {
        String(name.map { $0 == "-" ? "_" : $0 }).uppercased()
    }
}
