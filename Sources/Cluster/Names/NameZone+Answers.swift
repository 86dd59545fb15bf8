// SPDX-License-Identifier: Apache-2.0
public import DNS
internal import Net

extension NameZone {
    /// Answers a query.
    ///
    /// Most answers allocate nothing if the output is used again and again.
    /// - Parameters:
    ///   - query: the message, without the two bytes of length that go before it on a stream.
    ///   - output: emptied, then the whole answer, without these two bytes.
    /// - Returns: what to do.
    public mutating func answer(
        _ query: Span<UInt8>, over transport: Transport, into output: inout [UInt8]
    ) -> NameOutcome {
        var memory: [UInt8] = []
        swap(&memory, &output)
        switch QueryHead.read(query) {
        case .silent:
            memory.removeAll(keepingCapacity: true)
            output = memory
            return .silent
        case .refused(let head, let code):
            output = AnswerWriter.refusal(head, of: query, code, over: transport, reusing: consume memory)
            return .answered
        case .query(let head):
            var writer = AnswerWriter(head, of: query, over: transport, reusing: consume memory)
            let outcome = answer(head, query, over: transport, &writer)
            output = writer.finished()
            return outcome
        }
    }

    /// As `answer` of a Span, for those who hold a pointer.
    public mutating func answer(
        _ query: UnsafeRawBufferPointer, over transport: Transport, into output: inout [UInt8]
    ) -> NameOutcome {
        let bytes = unsafe Span<UInt8>(_unsafeBytes: query)
        return answer(bytes, over: transport, into: &output)
    }

    private mutating func answer(
        _ head: QueryHead, _ query: Span<UInt8>, over transport: Transport, _ writer: inout AnswerWriter
    ) -> NameOutcome {
        let entry = entry(query, at: QueryHead.nameStart, length: head.nameLength)
        switch entry {
        case .forwarded(let servers):
            writer.isAuthoritative = false
            writer.code = .serverFailure
            return .forward(servers)
        case .unknown(let hasNamesBelow):
            if !hasNamesBelow { unknown.note(head.name(in: query)) }
            writeUnknown(exists: hasNamesBelow, &writer)
            return .answered
        default:
            if let target = target(of: entry) {
                let name = head.name(in: query)
                return writeAlias(Query(name, head.type), target, limit: head.limit(over: transport), &writer)
            }
            write(head.type, of: entry, &writer)
            return .answered
        }
    }

    /// A name that exists with the records of a type, or without them; or that does not.
    mutating func write(_ type: RecordType, of entry: ZoneEntry, _ writer: inout AnswerWriter) {
        if type == .any { return writeAny(of: entry, &writer) }
        let exists: Bool
        switch type {
        case .a: exists = writeAddresses(.v4, of: entry, .question, &writer)
        case .aaaa: exists = writeAddresses(.v6, of: entry, .question, &writer)
        case .srv: exists = writeServers(of: entry, &writer)
        default: exists = writeOthers(type, of: entry, &writer)
        }
        if !exists { writer.code = .nameError }
        if writer.count(.answer) == 0, !writer.isTruncated { writeAuthority(of: entry, &writer) }
    }

    /// RFC 8482: one record is enough for those who ask for all.
    private mutating func writeAny(of entry: ZoneEntry, _ writer: inout AnswerWriter) {
        guard exists(entry) else {
            writer.code = .nameError
            return writeAuthority(of: entry, &writer)
        }
        writer.add(.question, ttl: configuration.ttl, .hinfo(Array("RFC8482".utf8), []))
    }

    /// NS, SOA, TXT and PTR are what is left; a name has none of any other type.
    private func writeOthers(_ type: RecordType, of entry: ZoneEntry, _ writer: inout AnswerWriter) -> Bool {
        switch (entry, type) {
        case (.apex, .soa), (.reverseApex, .soa): writer.add(.question, ttl: configuration.ttl, .soa(zoneHead))
        case (.apex, .ns), (.reverseApex, .ns): writeServer(.question, &writer)
        case (.version, .txt): writer.add(.question, ttl: 28800, .txt([Array("1.1.0".utf8)]))
        case (.reverse(let address), .ptr):
            for name in names(of: address) where !writer.add(.question, ttl: configuration.ttl, .ptr(name)) {
                writer.truncate()
                break
            }
        default: return exists(entry)
        }
        return true
    }

    /// The server of a zone, and where it is: at kube-dns.
    private func writeServer(_ owner: AnswerWriter.Owner, _ writer: inout AnswerWriter) {
        writer.add(owner, ttl: configuration.ttl, .ns(zoneNames.server))
        for address in serverAddresses {
            writer.add(.name(zoneNames.server), ttl: configuration.ttl, .address(address), to: .additional)
        }
    }

    /// The addresses of `kube-system/kube-dns`.
    var serverAddresses: [Address] {
        places[ServiceName(namespace: "kube-system", name: "kube-dns")].map { services[$0].clusterAddresses } ?? []
    }

    /// PTR: the Service of a cluster address, or else one name for each Service that has it as an endpoint (D70), and
    /// what the lab file calls it.
    func names(of address: Address) -> [DomainName] {
        if let place = owners[address] { return [services[place].domainName] }
        var names: [DomainName] = []
        for holder in holders[address] {
            let label = Array((holder.hostname ?? address.dashed).utf8)
            guard let name = services[holder.service].domainName.prepending(label), !names.contains(name) else {
                continue
            }
            names.append(name)
        }
        return names + (hostNames[address] ?? [])
    }

    // MARK: What there is not

    func exists(_ entry: ZoneEntry) -> Bool {
        switch entry {
        case .missing, .reverseMissing: false
        case .unknown(let hasNamesBelow): hasNamesBelow
        case .service(let place, let wanted): exists(place, wanted)
        case .endpoint(let place, let label): hasEndpoint(place, label) || isTransport(label, of: place)
        default: true
        }
    }

    /// RFC 2308: the head of the zone that would have it says for how long it has not. The cluster is in charge of its
    /// domain and its reverse zones, and of names in the lab file.
    func writeAuthority(of entry: ZoneEntry, _ writer: inout AnswerWriter) {
        let owner: AnswerWriter.Owner
        switch entry {
        case .reverseApex(let zone), .reverseBetween(let zone), .reverseMissing(let zone, _):
            owner = .name(zoneNames.reverse[zone].name)
        case .reverse(let address):
            owner = zoneNames.reverse.first { $0.range.contains(address) }.map { .name($0.name) } ?? .question
        case .host: owner = .question
        case .unknown, .forwarded: owner = .name(.root)
        default: owner = .name(zoneNames.domain)
        }
        writer.add(owner, ttl: min(configuration.ttl, 300), .soa(zoneHead), to: .authority)
    }

    /// Not ours to say, and yet it is certain here: nothing leaves the lab. The root's name makes it last for a while.
    func writeUnknown(exists: Bool, _ writer: inout AnswerWriter) {
        writer.isAuthoritative = false
        writer.code = exists ? .noError : .nameError
        writer.add(.name(.root), ttl: configuration.ttl, .soa(zoneHead), to: .authority)
    }

    private var zoneHead: StartOfAuthority {
        StartOfAuthority(
            server: zoneNames.server, mailbox: zoneNames.mailbox, serial: serial,
            minimum: min(configuration.ttl, 300))
    }
}
