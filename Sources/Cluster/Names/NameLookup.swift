// SPDX-License-Identifier: Apache-2.0
public import DNS
internal import Dataplane
internal import Kubernetes
public import Net

/// How a program at some place finds a name: which names its resolver asks for, in which order, and what each is answered.
public struct NameLookup: Sendable {
    /// Where the program is: `default/client`, a node's name, or `host`.
    public var place: String
    /// What it asks with.
    public var resolver: ResolverConfiguration
    /// Why the names are asked for in this order: one sentence without a full stop.
    public var order: String
    /// The names in their order, each asked for each type.
    public var steps: [Step]
    /// What the program gets in the end: addresses, or the records of the types that were asked for.
    public var records: [Record] {
        guard unreached == nil else { return [] }
        return steps.last { $0.isAsked }?.answers.filter(\.isAnswer).flatMap(\.records) ?? []
    }
    /// Why no name server hears the questions, in one sentence without a full stop; nil if one does.
    public var unreached: String?
    /// The cluster's servers, if the resolver asks others: it hears nothing of the cluster's names then.
    public var passedOver: [Address]

    /// One name that is asked for.
    public struct Step: Sendable {
        /// The whole name.
        public var name: DomainName
        /// False if an answer before it ends the search.
        public var isAsked: Bool
        /// One answer a type.
        public var answers: [NameExplanation]
    }
}

extension Cluster {
    /// How a name is looked up at a place.
    ///
    /// - Parameters:
    ///   - zone: all names of this cluster.
    ///   - name: as a program has it; an address is looked for in reverse.
    ///   - types: what is asked for; addresses of both families if there are none.
    ///   - place: as in `Question.from`: a Pod, a workload, a node, or `host`.
    /// - Throws: what is wrong with the name or the place.
    public func lookUp(
        _ name: String, _ types: [RecordType] = [], from place: String = "host", in zone: NameZone
    ) throws(QuestionError) -> NameLookup {
        let asker = try resolver(at: place)
        let address = Address(name)
        let types = types.isEmpty ? address == nil ? [.a, .aaaa] : [.ptr] : types
        let names = address.map { [DomainName(reverse: $0)] } ?? asker.resolver.queries(for: name)
        guard !names.isEmpty else { throw QuestionError("\"\(name)\" is no domain name") }
        let order =
            address == nil
            ? asker.resolver.reason(for: name)
            : "an address is looked for by its reverse name, and with nothing appended"
        var isFound = false
        let steps = names.map { name in
            let answers = types.map { zone.explain(name, $0) }
            defer { isFound = isFound || answers.contains(where: \.isAnswer) }
            return NameLookup.Step(name: name, isAsked: !isFound, answers: answers)
        }
        let own = Set(configuration.nameServers)
        return NameLookup(
            place: asker.place, resolver: asker.resolver, order: order, steps: steps,
            unreached: unreached(asker.resolver, from: place),
            passedOver: asker.resolver.servers.first.map(own.contains) == true ? [] : configuration.nameServers)
    }

    /// What keeps questions from the cluster's own servers; of others nothing is known.
    private func unreached(_ resolver: ResolverConfiguration, from place: String) -> String? {
        guard let server = resolver.servers.first else { return "it has no name server to ask" }
        guard configuration.nameServers.contains(server) else { return nil }
        let question = Question(from: place, to: SocketAddress(server, 53).description, transport: .udp)
        guard let found = try? explain(question), ![.delivered, .partly].contains(found.answer) else { return nil }
        return "nobody answers at \(server): \(found.headline)"
    }

    private func resolver(at text: String) throws(QuestionError) -> (place: String, resolver: ResolverConfiguration) {
        let origin = try origin(text)
        let resolver = Resolver(configuration)
        if let key = origin.pod, let pod = store[key].map(Pod.init) {
            return ("\(key.namespace)/\(key.name)", resolver.configuration(for: pod))
        }
        guard resolves(origin.namespace) else {
            let why =
                !configuration.dns.isEnabled
                ? "spec.dns.enabled of the lab file is false"
                : origin.namespace == .host
                    ? "spec.hostAccess keeps it from the Services" : "it is neither a Pod nor a node"
            throw QuestionError("no names are resolved at \(origin.namespace): \(why)")
        }
        return (origin.namespace.text, resolver.placeConfiguration)
    }
}
