// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import DNS
internal import Kubernetes
internal import Net
internal import Synchronization

/// The cluster's names, where the lab's actor writes what changed and the name servers read: each answer is made of what
/// the Store had a moment ago.
final class NameBoard: Sendable {
    private let zone: Mutex<NameZone>

    init(_ configuration: Configuration, seed: UInt64 = .random(in: 0...UInt64.max)) {
        zone = Mutex(NameZone(NameZone.Configuration(configuration), seed: seed))
    }

    /// Takes in what changed.
    func apply(_ changes: [NameChange]) {
        guard !changes.isEmpty else { return }
        zone.withLock { zone in for change in changes { zone.apply(change) } }
    }

    /// Answers a query; the bytes hold what is to be sent.
    func answer(_ query: Span<UInt8>, over transport: Transport, into output: inout [UInt8]) -> NameOutcome {
        zone.withLock { $0.answer(query, over: transport, into: &output) }
    }

    /// Looks into the zone without changing it.
    func read<Result>(_ body: (NameZone) -> Result) -> Result { zone.withLock { body($0) } }

    /// Which names outside were asked for in vain since the last call, and how many queries that were.
    func takeUnknown() -> (names: [DomainName], queries: Int) { zone.withLock { $0.takeUnknown() } }
}

extension NameZone.Configuration {
    /// What a zone is told of a lab before the first object comes.
    init(_ configuration: Configuration) {
        let dns = configuration.dns
        self.init(domain: DomainName(dns.domain) ?? .root)
        ttl = UInt32(dns.ttl)
        for (name, host) in dns.hosts {
            guard let name = DomainName(name) else { continue }
            switch host {
            case .addresses(let addresses): hosts[name] = .addresses(addresses)
            case .alias(let other): hosts[name] = DomainName(other).map { .alias($0) }
            }
        }
        // A name that several systems have leads to all of them; what spec.dns.hosts says goes before.
        var outside: [DomainName: [Address]] = [:]
        for system in configuration.external {
            for hostname in system.hostnames.compactMap({ DomainName($0) }) {
                outside[hostname, default: []] += system.addresses
            }
        }
        hosts.merge(outside.mapValues { .addresses($0) }) { own, _ in own }
        stubs = dns.zones.compactMap { zone in
            DomainName(zone.name).map { Stub(name: $0, servers: zone.servers) }
        }
        upstream = dns.upstream
        ranges = configuration.ranges.flatMap { [$0.services, $0.pods] }
    }
}
