// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net
internal import Server

/// The API server of a lab on its sockets: the loopback of the host's namespace, for the user, and the control plane's
/// address, for the Pods (`https://kubernetes.default.svc`).
struct APIFront: Sendable {
    private let access: APIAccess
    private let server: HTTPServer

    init(_ access: APIAccess, _ lab: Lab) throws {
        self.access = access
        server = try HTTPServer(access.authority, LabBackend(lab: lab, access: access))
    }

    /// Listens, and writes the kubeconfig.
    /// - Parameter former: the port that the lab had under another daemon.
    /// - Returns: the port on the loopback of the host's namespace.
    func open(
        _ edge: KernelEdge, _ paths: LabPaths, _ configuration: Configuration, _ owner: InvokingUser,
        former: UInt16? = nil
    ) async throws -> UInt16 {
        let ports = (former.map { [$0] } ?? []) + APIFront.ports(configuration.name)
        let local = try APIFront.listen(edge, .host, Address(127, 0, 0, 1), ports)
        let port = TCPSocket.port(local)
        try await server.listen(on: local)
        for address in Topology(configuration).controlPlaneAddresses {
            try await server.listen(on: APIFront.listen(edge, .controlPlane, address, [6443]))
        }
        try File.write(paths.kubeconfig, access.kubeconfig(lab: configuration.name, port: port), mode: 0o600)
        if owner.user != 0 { try File.setOwner(paths.kubeconfig, user: owner.user, group: owner.group) }
        return port
    }

    /// The first of the ports that is free.
    private static func listen(
        _ edge: KernelEdge, _ place: NamespaceName, _ address: Address, _ ports: [UInt16]
    ) throws(KernelError) -> Int32 {
        let namespace = try edge.place(place).namespace
        return try namespace.enter { () throws(KernelError) in
            for port in ports.dropLast() {
                if let socket = try? TCPSocket.listen(SocketAddress(address, port)) { return socket.release() }
            }
            return try TCPSocket.listen(SocketAddress(address, ports.last ?? 0)).release()
        }
    }

    /// A lab of the same name has the same port where it can, so that kubectl's cache, which goes by the address, serves
    /// it again; else any that is free.
    private static func ports(_ name: String) -> [UInt16] {
        let number = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return [UInt16(36_000 + number % 2000), 0]
    }
}
