// SPDX-License-Identifier: Apache-2.0

public import Net

/// One entry of `endpoints` of an EndpointSlice.
public struct Endpoint: Sendable, Hashable {
    /// Its addresses; only the first is used.
    public let addresses: [Address]
    /// True unless `conditions.ready` is false.
    public let isReady: Bool
    /// `conditions.serving`; as `isReady` if it is missing.
    public let isServing: Bool
    /// `conditions.terminating`.
    public let isTerminating: Bool
    /// The node that it is on, if any.
    public let nodeName: String?
    /// Its name below the Service's, if it has one.
    public let hostname: String?
    /// The zone of its node, if any.
    public let zone: String?
    /// The name of the Pod that `targetRef` points at.
    public let targetPod: String?

    init(_ value: Value) {
        addresses = value["addresses"]?.elements.compactMap(\.address) ?? []
        let conditions = value["conditions"]
        isReady = conditions?["ready"]?.bool ?? true
        isServing = conditions?["serving"]?.bool ?? isReady
        isTerminating = conditions?["terminating"]?.bool ?? false
        nodeName = value["nodeName"]?.string
        hostname = value["hostname"]?.string
        zone = value["zone"]?.string
        let target = value["targetRef"]
        targetPod = target?["kind"]?.string == "Pod" ? target?["name"]?.string : nil
    }
}

/// One entry of `ports` of an EndpointSlice.
public struct EndpointPort: Sendable, Hashable {
    /// The name of the Service's port; empty if it has none.
    public let name: String
    /// The protocol.
    public let transport: TransportProtocol
    /// The port of the endpoints; nil stands for all ports.
    public let port: UInt16?
    /// What is spoken on the port, as `http`.
    public let appProtocol: String?

    init(_ value: Value) {
        name = value["name"]?.string ?? ""
        transport = value["protocol"]?.string.flatMap(TransportProtocol.init(name:)) ?? .tcp
        port = value["port"]?.port
        appProtocol = value["appProtocol"]?.string
    }
}

/// A reading of an EndpointSlice.
public struct EndpointSlice: ObjectView {
    /// The object that is read.
    public let object: Object

    /// Reads an object of the kind.
    public init(_ object: Object) { self.object = object }

    /// The Service that the slice belongs to: the label `kubernetes.io/service-name`.
    public var serviceName: String? { object.value["metadata", "labels", "kubernetes.io/service-name"]?.string }
    /// The family of the addresses; nil for `FQDN`.
    public var addressType: Family? { object.value["addressType"]?.string.flatMap(Family.init(rawValue:)) }
    /// The endpoints, ready or not.
    public var endpoints: [Endpoint] { object.value["endpoints"]?.elements.map(Endpoint.init) ?? [] }
    /// The ports, which all endpoints share.
    public var ports: [EndpointPort] { object.value["ports"]?.elements.map(EndpointPort.init) ?? [] }
}
