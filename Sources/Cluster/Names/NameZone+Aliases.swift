// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import Net

/// Services of type ExternalName, and the lab file's other names (D71).
extension NameZone {
    /// What a name is an alias of; nil if it is none.
    func target(of entry: ZoneEntry) -> DomainName? {
        switch entry {
        case .host(.alias(let target)): return target
        case .service(let place, _):
            guard case .external(let target) = services[place].form else { return nil }
            return target
        default: return nil
        }
    }

    /// Aliases that lead through aliases, this many at most.
    static let aliasLimit = 8

    /// Only addresses are looked for behind an alias; of other types it has nothing, as CoreDNS has it.
    mutating func writeAlias(
        _ query: Query, _ target: DomainName, limit: Int, _ writer: inout AnswerWriter
    ) -> NameOutcome {
        switch query.type {
        case .cname, .any: writer.add(.question, ttl: configuration.ttl, .cname(target))
        case .a: return follow(query, target, .v4, limit: limit, &writer)
        case .aaaa: return follow(query, target, .v6, limit: limit, &writer)
        default: writeAuthority(of: entry(query.name), &writer)
        }
        return .answered
    }

    private mutating func follow(
        _ query: Query, _ first: DomainName, _ family: Family, limit: Int, _ writer: inout AnswerWriter
    ) -> NameOutcome {
        let mark = writer.mark
        var owner = AnswerWriter.Owner.question
        var target = first
        var seen: Set<DomainName> = [query.name]
        while seen.insert(target).inserted, seen.count <= NameZone.aliasLimit + 1 {
            guard writer.add(owner, ttl: configuration.ttl, .cname(target)) else {
                writer.truncate()
                return .answered
            }
            let entry = entry(target)
            owner = .name(target)
            if let next = self.target(of: entry) {
                target = next
                continue
            }
            switch entry {
            case .forwarded(let servers):
                return .resolve(ForwardedAlias(servers: servers, target: Query(target, query.type), limit: limit))
            case .unknown:
                // The alias alone: there is nobody to ask what it stands for.
                unknown.note(target)
                return .answered
            default: break
            }
            let count = writer.count(.answer)
            _ = writeAddresses(family, of: entry, owner, &writer)
            if writer.count(.answer) > count || writer.isTruncated { return .answered }
            // A name outside that has addresses of the other family only.
            if case .host = entry { return .answered }
            break
        }
        // A circle, or a name of the cluster that stands for no such address: CoreDNS then leaves the aliases out.
        writer.goBack(to: mark)
        writeAuthority(of: self.entry(query.name), &writer)
        return .answered
    }
}
