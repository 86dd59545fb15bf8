// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// What a lab tells those who listen to its story.
extension Lab {
    // MARK: Listening

    /// Tells a listener all that there is, and from now on what happens; or only what happened since a line that it has.
    func open(_ listener: StoryListener, after number: Int?) {
        let isFirst = !kernel.story.isHeard
        let goesOn = kernel.story.open(listener, after: number)
        if isFirst { beginStory() }
        guard !goesOn else { return }
        kernel.story.tell(listener, .lab, storyOpening)
        Task { await self.tellAll(listener) }
    }

    /// A listener has gone.
    func close(_ listener: StoryListener) {
        if kernel.story.close(listener) { endStory() }
    }

    /// Somebody listens: connections are counted from now on.
    private func beginStory() {
        storyCounters = StoryCounters()
        do {
            let samples = try counterSamples()
            storyCounting = Task {
                for await sample in samples { self.tellStory(sample) }
            }
        } catch { tellStory(failure: "connections are not counted: \(error)") }
    }

    /// Nobody listens any more.
    private func endStory() {
        storyCounting?.cancel()
        storyCounting = nil
        storyCounters = StoryCounters()
    }

    /// Tells of what was counted, where it is another figure than before, and of some connections.
    private func tellStory(_ sample: CounterSample) {
        for fields in storyCounters.take(sample) { kernel.story.tell(.counters, fields) }
        for connection in sample.seen { kernel.story.tell(.connection, connection.value) }
    }

    /// Tells one listener what there is, in portions, as fast as it listens; what happens meanwhile comes in between.
    private func tellAll(_ listener: StoryListener) async {
        for fields in texts.storyFields { kernel.story.tell(listener, .source, fields) }
        var last: ObjectKey?
        while await listener.hasRoom() {
            let objects = cluster.storyObjects(after: last, limit: Lab.storyPortion)
            for object in objects { kernel.story.tell(listener, .object, object.fields) }
            guard let key = objects.last?.key else { break }
            last = key
        }
        for name in cluster.plan.namespaces.keys.sorted() where await listener.hasRoom() {
            for fields in wholeRules(of: name) { kernel.story.tell(listener, .rules, fields) }
        }
        for fault in faults.all { kernel.story.tell(listener, .fault, Lab.storyFields(fault, isSet: true)) }
        for fields in storyCounters.told { kernel.story.tell(listener, .counters, fields) }
        kernel.story.tell(listener, .ready, ["revision": .int(Int64(clamping: cluster.store.revision))])
    }

    /// So many objects are told of before others have their turn.
    private static let storyPortion = 100

    private var storyOpening: Value {
        var fields = cluster.storyFields
        let now = Timestamp.now()
        fields["version"] = .string(LabVersion.text)
        fields["startedAt"] = .string("\(now)")
        fields["startedMilliseconds"] = .int(now.milliseconds)
        fields["isolated"] = .bool(options.isIsolated)
        fields["setup"] = StoryPlan.setup(options, cluster.configuration, document)
        return fields
    }

    // MARK: Changes

    /// Keeps what applied manifests say, and tells of it.
    func keep(_ texts: ManifestTexts) {
        self.texts.keep(texts)
        guard kernel.story.isHeard else { return }
        for fields in texts.storyFields { kernel.story.tell(.source, fields) }
    }

    /// Tells of writes.
    func tellStory(_ events: [StoreEvent]) {
        guard kernel.story.isHeard else { return }
        for event in events {
            if let fields = cluster.storyFields(event) { kernel.story.tell(.object, fields) }
        }
    }

    /// Tells of changes of tables that were sent, where they were taken.
    func tellStory(_ update: RuleUpdate, _ news: [RuleNews], milliseconds: Double) {
        guard kernel.story.isHeard else { return }
        var refused = rules.held
        for case .refused(let place, _, _) in news { refused.insert(place.namespace) }
        let names = update.namespaces.filter { !refused.contains($0) }
        let changes = update.parts.map(\.changes).filter { if case .table = $0 { true } else { false } }
        tellStory(names, update.family, changes, "nftables", milliseconds: milliseconds)
    }

    /// Tells of changes of chains that were sent.
    func tellStory(_ round: ChainRound, milliseconds: Int) {
        guard kernel.story.isHeard else { return }
        for (place, changes) in round.changes {
            tellStory(
                [place.namespace], place.family, [.chains(changes)], "iptables", milliseconds: Double(milliseconds))
        }
    }

    /// Tells of all rules of a namespace, which were made what the plan says after others had been there.
    func tellStory(allRulesOf name: NamespaceName) {
        guard kernel.story.isHeard else { return }
        for fields in wholeRules(of: name) { kernel.story.tell(.rules, fields) }
    }

    private func tellStory(
        _ names: [NamespaceName], _ family: Family, _ changes: [RuleChanges], _ engine: String, milliseconds: Double
    ) {
        var lines = RuleLines()
        for change in changes { change.tell(family, to: &lines) }
        guard !lines.isEmpty else { return }
        var fields = lines.storyFields
        fields["family"] = .string(family.text)
        fields["engine"] = .string(engine)
        fields["revision"] = .int(Int64(clamping: cluster.store.revision))
        fields["milliseconds"] = .double((milliseconds * 1000).rounded() / 1000)
        for name in names {
            fields["node"] = .string(name.text)
            kernel.story.tell(.rules, fields)
        }
    }

    /// Tells of the way of a packet that was traced.
    func tellStory(_ traced: TracedJourney) {
        kernel.story.tell(
            .journey, ["journey": traced.value(), "revision": .int(Int64(clamping: cluster.store.revision))])
    }

    /// Tells of something that went wrong.
    func tellStory(failure: String) { kernel.story.tell(.failure, ["text": .string(failure)]) }

    /// Tells of a fault that was set, or cleared.
    func tellStory(_ fault: LabFault, isSet: Bool) {
        kernel.story.tell(.fault, Lab.storyFields(fault, isSet: isSet))
    }

    private static func storyFields(_ fault: LabFault, isSet: Bool) -> Value {
        [
            "verb": isSet ? "set" : "cleared", "id": .string(fault.id), "text": .string(fault.text),
            "fault": fault.value,
        ]
    }

    // MARK: Whole rules

    /// The nodes' rules are made by other programs now.
    func tellStoryMode() {
        guard kernel.story.isHeard else { return }
        kernel.story.tell(.mode, ["proxyMode": .string(cluster.configuration.proxyMode.rawValue)])
        for name in cluster.plan.namespaces.keys.sorted() {
            for fields in wholeRules(of: name) { kernel.story.tell(.rules, fields) }
        }
    }

    /// All rules of a namespace that Services change, one value a family and engine.
    private func wholeRules(of name: NamespaceName) -> [Value] {
        guard let place = cluster.plan.namespaces[name] else { return [] }
        var all: [Value] = []
        for family in cluster.configuration.families {
            if let table = place.rulesets[family] {
                all.append(whole(name, family, "nftables", table.partCount) { table.lines })
            }
            if let chains = place.iptables[family] {
                all.append(whole(name, family, "iptables", chains.partCount) { chains.lines })
            }
        }
        return all
    }

    private func whole(
        _ name: NamespaceName, _ family: Family, _ engine: String, _ count: Int, _ lines: () -> RuleLines
    ) -> Value {
        let isTold = count <= Lab.mostToldParts
        var fields = (isTold ? lines() : RuleLines()).storyFields
        fields["node"] = .string(name.text)
        fields["family"] = .string(family.text)
        fields["engine"] = .string(engine)
        fields["revision"] = .int(Int64(clamping: cluster.store.revision))
        fields["whole"] = true
        if !isTold { fields["omitted"] = .int(Int64(count)) }
        return fields
    }

    /// The rules of more Services and Pods than this are not told of as a whole.
    private static let mostToldParts = 2000
}

extension RuleLines {
    /// The lines as a story has them.
    var storyFields: Value {
        var fields: Value = [
            "added": .array(added.map { .string($0) }), "removed": .array(removed.map { .string($0) }),
            "because": .array(because.map { .string("\($0)") }),
        ]
        if !flushed.isEmpty { fields["flushed"] = .array(flushed.map { .string($0) }) }
        return fields
    }
}
