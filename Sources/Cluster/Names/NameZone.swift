// SPDX-License-Identifier: Apache-2.0
public import DNS
internal import Kubernetes
internal import Net

/// All names of a cluster as a value: what changed goes in, answers to queries come out.
///
/// The names are those of Kubernetes' DNS specification 1.1.0; where CoreDNS does otherwise, they are CoreDNS's, as most
/// clusters have it: with `pods insecure`, `ttl 30` and answers in random order (D66–D73).
///
/// A change costs what changed, an answer what is in it, whatever the number of Services. Nobody may hold a second copy
/// of a zone while it changes: writing would copy it whole.
public struct NameZone: Sendable {
    /// What the zone was told at the beginning.
    public let configuration: Configuration
    /// SOA's serial: how many changes there were.
    public private(set) var serial: UInt32 = 1

    let zoneNames: ZoneNames
    /// The domain in lower case.
    let domainBytes: [UInt8]
    /// The names that the lab file gives to addresses.
    let hostNames: [Address: [DomainName]]
    var namespaces: Set<String> = []
    /// What is known of each Service. Places that are free have one that is missing.
    var services: [ServiceNames] = []
    var places: [ServiceName: Int] = [:]
    var free: [Int] = []
    var slicePlaces: [ObjectKey: Int] = [:]
    /// Which Service has a cluster address.
    var owners: [Address: Int] = [:]
    /// Which Services have an endpoint with an address.
    var holders = EndpointHolders()
    var numbers: RandomNumbers
    var order = ShuffledOrder()
    var unknown = UnknownNames()

    /// A zone without objects.
    /// - Parameter seed: from which the order of equal answers follows.
    public init(_ configuration: Configuration, seed: UInt64) {
        self.configuration = configuration
        zoneNames = ZoneNames(configuration)
        domainBytes = configuration.domain.lowercasedBytes
        numbers = RandomNumbers(seed: seed)
        var hostNames: [Address: [DomainName]] = [:]
        for (name, host) in configuration.hosts.sorted(by: { $0.key.text < $1.key.text }) {
            guard case .addresses(let addresses) = host else { continue }
            for address in addresses { hostNames[address, default: []].append(name) }
        }
        self.hostNames = hostNames
    }

    /// Takes in a change.
    public mutating func apply(_ change: NameChange) {
        serial &+= 1
        switch change.subject {
        case .service(let key, let object): setService(key, object)
        case .slice(let key, let facts): setSlice(key, facts)
        case .namespace(let name, true): namespaces.insert(name)
        case .namespace(let name, false): namespaces.remove(name)
        }
    }

    /// Which names outside were asked for in vain since the last call, the first few of them, and how many queries that
    /// were in all. They are worth an Event that tells how to forward.
    public mutating func takeUnknown() -> (names: [DomainName], queries: Int) {
        defer { unknown = UnknownNames() }
        return (unknown.names, unknown.queries)
    }
}

/// What was asked for in vain outside the cluster: enough of it to tell a user, and no more.
struct UnknownNames: Sendable {
    private(set) var names: [DomainName] = []
    private(set) var queries = 0
    private static let limit = 8

    mutating func note(_ name: DomainName) {
        queries += 1
        if names.count < UnknownNames.limit, !names.contains(name) { names.append(name) }
    }
}

/// Numbers in random order, one after the other: whoever stops early has not paid for the rest.
struct ShuffledOrder: Sendable {
    private var numbers: [Int] = []
    private var drawn = 0

    /// Begins anew with the numbers below a count.
    mutating func start(_ count: Int) {
        numbers.removeAll(keepingCapacity: true)
        numbers.append(contentsOf: 0..<count)
        drawn = 0
    }

    /// The next of them; nil after the last.
    mutating func next(_ random: inout RandomNumbers) -> Int? {
        guard drawn < numbers.count else { return nil }
        let left = UInt64(numbers.count - drawn)
        // The bias of a modulus of some hundreds in 64 bits is no matter.
        numbers.swapAt(drawn, drawn + Int(random.next() % left))
        drawn += 1
        return numbers[drawn - 1]
    }
}
