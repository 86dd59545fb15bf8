// SPDX-License-Identifier: Apache-2.0
public import Net

/// A container's port that its node has too (`spec.containers[].ports[].hostPort`): what comes to the node's address and
/// this port goes to the Pod, its source address kept. On real nodes a CNI plugin (`portmap`) makes these rules.
public struct HostPortEntry: Sendable, Hashable {
    /// The number that stands for the port in the nftables maps, of the same numbers as a Service port's pool.
    public var pool: UInt32
    /// The protocol of the port.
    public var transport: TransportProtocol
    /// The node's address that has the port (`hostIP`); nil for all of them.
    public var hostAddress: Address?
    /// The port of the node.
    public var hostPort: UInt16
    /// The Pod's address, and the container's port.
    public var target: SocketAddress
    /// What asked for it.
    public var because: Because

    /// Puts one together from its parts.
    public init(
        pool: UInt32, transport: TransportProtocol, hostAddress: Address? = nil, hostPort: UInt16,
        target: SocketAddress, because: Because
    ) {
        self.pool = pool
        self.transport = transport
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.target = target
        self.because = because
    }
}
