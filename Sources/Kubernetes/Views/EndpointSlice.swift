// SPDX-License-Identifier: Apache-2.0

public import Net

/// One entry of `endpoints` of an EndpointSlice.
public struct Endpoint: Sendable, Hashable {
    public let addresses: [Address]
    /// True unless `conditions.ready` is false.
    public let isReady: Bool
    /// `conditions.serving`; as `isReady` if it is missing.
    public let isServing: Bool
    public let isTerminating: Bool
    public let nodeName: String?
    public let hostname: String?
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
    public let transport: TransportProtocol
    /// The port of the endpoints; nil stands for all ports.
    public let port: UInt16?
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
    public let object: Object

    public init(_ object: Object) { self.object = object }

    /// The Service that the slice belongs to: the label `kubernetes.io/service-name`.
    public var serviceName: String? { object.value["metadata", "labels", "kubernetes.io/service-name"]?.string }
    /// The family of the addresses; nil for `FQDN`.
    public var addressType: Family? { object.value["addressType"]?.string.flatMap(Family.init(rawValue:)) }
    public var endpoints: [Endpoint] { object.value["endpoints"]?.elements.map(Endpoint.init) ?? [] }
    public var ports: [EndpointPort] { object.value["ports"]?.elements.map(EndpointPort.init) ?? [] }
}
