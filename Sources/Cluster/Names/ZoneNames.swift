// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import Net

/// The names that follow from the domain and the ranges alone.
struct ZoneNames: Sendable {
    let domain: DomainName
    /// `svc.DOMAIN`.
    private let services: DomainName
    /// `ns.dns.DOMAIN`: the server that SOA and NS name.
    let server: DomainName
    let mailbox: DomainName
    let reverseV4: DomainName
    let reverseV6: DomainName
    /// Names that have others below them, outside the cluster's domain: they exist, though they have no records.
    let ancestors: Set<DomainName>
    /// The ranges' reverse zones.
    let reverse: [ReverseZone]

    init(_ configuration: NameZone.Configuration) {
        domain = configuration.domain
        services = ZoneNames.below(domain, "svc")
        server = ZoneNames.below(ZoneNames.below(domain, "dns"), "ns")
        mailbox = ZoneNames.below(domain, "hostmaster")
        reverseV4 = ZoneNames.below(ZoneNames.below(.root, "arpa"), "in-addr")
        reverseV6 = ZoneNames.below(ZoneNames.below(.root, "arpa"), "ip6")
        reverse = configuration.ranges.map(ReverseZone.init)
        var ancestors: Set<DomainName> = [.root]
        for name in [domain] + Array(configuration.hosts.keys) + reverse.map(\.name) {
            var outer = name.parent
            while let next = outer, ancestors.insert(next).inserted { outer = next.parent }
        }
        self.ancestors = ancestors
    }

    func service(_ name: ServiceName) -> DomainName? {
        services.prepending(Array(name.namespace.utf8))?.prepending(Array(name.name.utf8))
    }

    /// A name one label longer, or the same if that would be too long.
    private static func below(_ name: DomainName, _ label: String) -> DomainName {
        name.prepending(Array(label.utf8)) ?? name
    }
}

/// A range of the cluster among the reverse names: the zone is cut where names have a dot, at bytes or half bytes.
struct ReverseZone: Sendable {
    let range: Prefix
    let name: DomainName

    init(_ range: Prefix) {
        self.range = range
        let step = range.family == .v4 ? 8 : 4
        name = DomainName(reverse: range.address, labels: range.length / step)
    }
}
