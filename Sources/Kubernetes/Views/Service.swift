// SPDX-License-Identifier: Apache-2.0

public import Net

/// How a Service is reached. The corresponding field is `spec.type`.
public enum ServiceType: String, Sendable, Hashable, CaseIterable {
    case clusterIP = "ClusterIP"
    case nodePort = "NodePort"
    case loadBalancer = "LoadBalancer"
    case externalName = "ExternalName"
}

/// Which endpoints traffic of one kind may use. The corresponding fields are `spec.externalTrafficPolicy` and
/// `spec.internalTrafficPolicy`.
public enum TrafficPolicy: String, Sendable, Hashable, CaseIterable {
    case cluster = "Cluster"
    case local = "Local"
}

/// A port by its number or by the name that a container gives it. The corresponding Go type is `intstr.IntOrString`.
public enum PortReference: Sendable, Hashable, CustomStringConvertible {
    case number(UInt16)
    case name(String)

    /// The reference that a field's value spells: a number, or a string that is no number; nil for 0, an empty string
    /// and anything else.
    public init?(_ value: Value?) {
        switch value {
        case .string(let text) where !text.isEmpty: self = .name(text)
        case .some(let value):
            guard let port = value.port else { return nil }
            self = .number(port)
        case nil: return nil
        }
    }

    /// The number or the name.
    public var description: String {
        switch self {
        case .number(let number): String(number)
        case .name(let name): name
        }
    }
}

/// One entry of `spec.ports` of a Service.
public struct ServicePort: Sendable, Hashable {
    /// The port's name; empty if it has none.
    public let name: String
    /// The protocol.
    public let transport: TransportProtocol
    /// The port that clients connect to.
    public let port: UInt16
    /// The port of the Pods: `targetPort`, or `port` if that is missing, 0 or empty.
    public let targetPort: PortReference
    /// The port on every node; nil if there is none.
    public let nodePort: UInt16?
    /// A hint for what is spoken, as `http`.
    public let appProtocol: String?

    init(_ value: Value) {
        name = value["name"]?.string ?? ""
        transport = value["protocol"]?.string.flatMap(TransportProtocol.init(name:)) ?? .tcp
        port = value["port"]?.port ?? 0
        targetPort = PortReference(value["targetPort"]) ?? .number(port)
        nodePort = value["nodePort"]?.port
        appProtocol = value["appProtocol"]?.string
    }
}

/// One entry of `status.loadBalancer.ingress`: where the load balancer takes traffic in.
public struct LoadBalancerIngress: Sendable, Hashable {
    /// How the nodes treat traffic to the address. The corresponding field is `ipMode`.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// The nodes answer for the address themselves.
        case vip = "VIP"
        /// Traffic goes out to the load balancer.
        case proxy = "Proxy"
    }

    /// The address, if it is known by one.
    public let address: Address?
    /// The name, if it is known by one.
    public let hostname: String?
    /// Whether nodes take the address as their own.
    public let ipMode: Mode

    /// An entry for an address.
    public init(_ address: Address, ipMode: Mode = .vip) {
        self.address = address
        self.ipMode = ipMode
        hostname = nil
    }

    init(_ value: Value) {
        address = value["ip"]?.address
        hostname = value["hostname"]?.string
        ipMode = value["ipMode"]?.string.flatMap(Mode.init(rawValue:)) ?? .vip
    }

    /// The entry as it stands in `status`.
    public var value: Value {
        var value: Value = [:]
        if let address {
            value["ip"] = .string(address.description)
            value["ipMode"] = .string(ipMode.rawValue)
        }
        value["hostname"] = hostname.map(Value.string)
        return value
    }
}

/// A reading of a Service.
public struct Service: ObjectView {
    /// The object that is read.
    public let object: Object

    /// Reads an object of the kind.
    public init(_ object: Object) { self.object = object }

    /// `spec.type`.
    public var type: ServiceType { ServiceType(rawValue: text("type")) ?? .clusterIP }

    /// `spec.clusterIPs` as it stands, `None` included.
    public var clusterIPs: [String] {
        let all = texts("clusterIPs")
        let first = text("clusterIP")
        return all.isEmpty && !first.isEmpty ? [first] : all
    }

    /// The virtual addresses of the Service: `spec.clusterIPs` without `None`.
    public var clusterAddresses: [Address] { type == .externalName ? [] : clusterIPs.compactMap { Address($0) } }

    /// True if the Service has no virtual address (`spec.clusterIP: None`).
    public var isHeadless: Bool { clusterIPs.first == "None" }

    /// `spec.ports`.
    public var ports: [ServicePort] { field("ports")?.elements.map(ServicePort.init) ?? [] }

    /// The labels that Pods must have; nil if the field is absent or empty, when endpoints are someone else's to make.
    public var selector: [String: String]? {
        guard type != .externalName, let selector = field("selector")?.strings, !selector.isEmpty else { return nil }
        return selector
    }

    /// `spec.externalIPs`.
    public var externalIPs: [Address] { texts("externalIPs").compactMap { Address($0) } }
    /// `spec.externalName`; empty if there is none.
    public var externalName: String { text("externalName") }
    /// `spec.publishNotReadyAddresses`.
    public var publishNotReadyAddresses: Bool { flag("publishNotReadyAddresses") }

    /// For how many seconds a client stays with its endpoint; nil if `spec.sessionAffinity` is `None`.
    public var sessionAffinityTimeout: Int? {
        guard text("sessionAffinity") == "ClientIP" else { return nil }
        return object.value["spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds"]?.int ?? 10800
    }

    /// `spec.externalTrafficPolicy`.
    public var externalTrafficPolicy: TrafficPolicy {
        TrafficPolicy(rawValue: text("externalTrafficPolicy")) ?? .cluster
    }
    /// `spec.internalTrafficPolicy`.
    public var internalTrafficPolicy: TrafficPolicy {
        TrafficPolicy(rawValue: text("internalTrafficPolicy")) ?? .cluster
    }

    /// `status.loadBalancer.ingress`.
    public var loadBalancerIngress: [LoadBalancerIngress] {
        object.value["status", "loadBalancer", "ingress"]?.elements.map(LoadBalancerIngress.init) ?? []
    }

    /// The address that the user asks the load balancer for (deprecated in Kubernetes, and still honoured by many).
    public var loadBalancerIP: Address? { field("loadBalancerIP")?.address }
    /// `spec.loadBalancerClass`.
    public var loadBalancerClass: String? { field("loadBalancerClass")?.string }

    /// The clients that the load balancer lets in; empty means all. Blanks around an entry are tolerated.
    public var loadBalancerSourceRanges: [Prefix] {
        texts("loadBalancerSourceRanges").compactMap { Prefix(trimmed: $0) }
    }

    /// False only if `spec.allocateLoadBalancerNodePorts` says so.
    public var allocatesLoadBalancerNodePorts: Bool { field("allocateLoadBalancerNodePorts")?.bool ?? true }
    /// `spec.healthCheckNodePort`.
    public var healthCheckNodePort: UInt16? { field("healthCheckNodePort")?.port }
    /// `spec.trafficDistribution`.
    public var trafficDistribution: String? { field("trafficDistribution")?.string }
    /// `spec.ipFamilies`.
    public var ipFamilies: [Family] { texts("ipFamilies").compactMap(Family.init(rawValue:)) }
    /// `spec.ipFamilyPolicy`.
    public var ipFamilyPolicy: String? { field("ipFamilyPolicy")?.string }
}

extension Prefix {
    /// A range from `ADDRESS/LENGTH` with blanks around it; bits beyond the length are dropped.
    init?(trimmed text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = Address(String(parts[0].trimmingPrefix { $0 == " " })),
            let length = Int(parts[1].prefix { $0 != " " }), (0...address.family.bits).contains(length)
        else { return nil }
        self.init(address, length)
    }
}
