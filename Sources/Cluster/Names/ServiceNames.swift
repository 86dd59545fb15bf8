// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import Kubernetes
internal import Net

/// What names a Service to those who ask.
struct ServiceName: Sendable, Hashable {
    var namespace: String
    var name: String
}

/// What the zone knows of one Service: what its object says, and the endpoints that its slices have.
struct ServiceNames: Sendable {
    /// What the names of a Service stand for.
    enum Form: Sendable, Hashable {
        /// There are slices of a Service that is not there.
        case missing
        /// `spec.clusterIPs`.
        case cluster([Address])
        case headless
        /// `spec.externalName`; nil for one that is no name, which then does not exist.
        case external(DomainName?)
    }

    /// A port that SRV records tell of. One without a name has none of its own, but stands among those of the Service.
    struct Port: Sendable, Hashable {
        /// In lower case, as all names here.
        var name: String
        /// `tcp`, `udp` or `sctp`.
        var transport: String
        /// nil for a Service or a slice that names no port, and so has addresses and no SRV record.
        var number: UInt16?

        /// As CoreDNS, which takes an empty part for any.
        func matches(_ wanted: Wanted) -> Bool {
            (wanted.port.isEmpty || wanted.port == name)
                && (wanted.transport.isEmpty || wanted.transport == transport)
        }
    }

    /// `_PORT._PROTOCOL` of a query, without the underscores; both empty for any port.
    struct Wanted: Sendable, Hashable {
        var port = ""
        var transport = ""
    }

    let key: ServiceName
    /// `NAME.NAMESPACE.svc.DOMAIN`.
    let domainName: DomainName
    var form = Form.missing
    var ports: [Port] = []
    var slices: [SliceNames] = []
    /// How often an address stands in the slices beyond the first time.
    var repetitions = 0

    init(_ key: ServiceName, _ domainName: DomainName) {
        self.key = key
        self.domainName = domainName
    }

    /// What a Service's object says.
    mutating func read(_ object: Object?) {
        guard let object else {
            (form, ports) = (.missing, [])
            return
        }
        let service = Service(object)
        form = ServiceNames.form(service)
        ports = service.ports.map {
            Port(name: $0.name.lowercased(), transport: $0.transport.keyword, number: $0.port)
        }
        if ports.isEmpty { ports = [ServiceNames.anyPort] }
    }

    static let anyPort = Port(name: "", transport: "", number: nil)

    private static func form(_ service: Service) -> Form {
        if service.type == .externalName {
            let text = service.externalName
            return .external(Address(text) == nil ? DomainName(text) : nil)
        }
        return service.isHeadless ? .headless : .cluster(service.clusterAddresses)
    }

    /// The Service's cluster addresses; none if it has another form.
    var clusterAddresses: [Address] {
        guard case .cluster(let addresses) = form else { return [] }
        return addresses
    }
}

/// What the zone knows of one EndpointSlice: its endpoints that are ready (D67; those that a Service publishes before
/// they are count as such in their slice).
struct SliceNames: Sendable {
    let name: String
    let ports: [ServiceNames.Port]
    /// The addresses, each once: one of the two, whichever family the slice has.
    let v4: [UInt32]
    let v6: [UInt128]
    /// The endpoints, if some have a name of their own; most have none, and are no more than their addresses.
    private let named: [Endpoint]

    struct Endpoint: Sendable, Hashable {
        var address: Address
        /// In lower case.
        var hostname: String?
    }

    init(_ name: String, _ facts: SliceFacts) {
        self.name = name
        let ports = facts.ports.map {
            ServiceNames.Port(name: $0.name.lowercased(), transport: $0.transport.keyword, number: $0.port)
        }
        self.ports = ports.isEmpty ? [ServiceNames.anyPort] : ports
        var endpoints: [Endpoint] = []
        endpoints.reserveCapacity(facts.endpoints.count)
        for endpoint in facts.endpoints where endpoint.state == .ready {
            guard let address = endpoint.address, address.family == facts.family else { continue }
            endpoints.append(Endpoint(address: address, hostname: endpoint.hostname?.lowercased()))
        }
        named = endpoints.contains { $0.hostname != nil } ? endpoints : []
        var (v4, v6): ([UInt32], [UInt128]) = ([], [])
        for endpoint in endpoints {
            switch endpoint.address {
            case .v4(let value): v4.append(value)
            case .v6(let value): v6.append(value)
            }
        }
        self.v4 = v4
        self.v6 = v6
    }

    /// True if some endpoint has a name of its own.
    var hasHostnames: Bool { !named.isEmpty }

    /// True if there is no endpoint.
    var isEmpty: Bool { v4.isEmpty && v6.isEmpty }

    /// The endpoints, in the slice's order.
    var endpoints: [Endpoint] {
        guard !hasHostnames else { return named }
        return v4.map { Endpoint(address: .v4($0)) } + v6.map { Endpoint(address: .v6($0)) }
    }
}

extension Address {
    /// The address as a label: `10-1-2-3`, `fd00--1` (D68).
    var dashed: String {
        String(decoding: description.utf8.map { $0 == 46 || $0 == 58 ? 45 : $0 }, as: UTF8.self)
    }

    /// The address that a label of a Pod's name spells, in any of its forms (D73); nil if it spells none.
    init?(dashed label: String) {
        let dashes = label.utf8.count { $0 == 45 }
        let isV4 = dashes == 3 && !label.contains("--")
        self.init(String(decoding: label.utf8.map { $0 == 45 ? (isV4 ? 46 : 58) : $0 }, as: UTF8.self))
    }

    /// The address whose label this is, letter for letter; nil for any other text.
    static func exact(dashed label: String) -> Address? {
        if let address = exactV4(dashed: label.utf8) { return address }
        guard let address = Address(dashed: label), address.dashed == label else { return nil }
        return address
    }

    /// Four numbers below 256 without zeros before them. Nearly all names of endpoints begin so: no text is made of it.
    private static func exactV4(dashed label: String.UTF8View) -> Address? {
        var value: UInt32 = 0
        var number: UInt32 = 0
        var digits = 0
        var dashes = 0
        for byte in label {
            switch byte {
            case 48...57:
                guard digits == 0 || number > 0 else { return nil }
                number = number * 10 + UInt32(byte - 48)
                digits += 1
                guard number < 256 else { return nil }
            case 45:
                guard digits > 0, dashes < 3 else { return nil }
                value = value << 8 | number
                number = 0
                digits = 0
                dashes += 1
            default: return nil
            }
        }
        return dashes == 3 && digits > 0 ? .v4(value << 8 | number) : nil
    }
}
