// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// The rules of the lab's namespaces, from the plan to the kernels.
extension Lab {
    /// Sends what changed to the kernels, and what they refuse to whoever reads logs and Events.
    /// - Parameter started: when what asked for them was written, in the milliseconds of the machine's clock.
    func commit(_ changes: Changes, since started: Double = Program.milliseconds()) {
        noteForTracers(changes)
        for update in changes.rules {
            let sent = Program.milliseconds()
            let news = rules.commit(update)
            tell(news)
            tellStory(update, news, milliseconds: Program.milliseconds() - sent)
        }
        noteProgrammed(changes, since: started)
        followRules(AfterRules(flows: heldBack(changes.datagramFlows)))
        if rules.isWaiting { flushRules() }
    }

    /// Does something once nobody is led to a Pod any more: the rules that were changed by now are in the kernels, and its
    /// conversations over UDP are forgotten, if there is another endpoint for them. At once, if there is nothing to do before.
    func afterLeaving(_ pod: ObjectKey, _ body: @escaping @Sendable () -> Void) {
        followRules(AfterRules(flows: heldBack(cluster.datagrams(leaving: pod)), waiting: [body]))
    }

    /// Does what is to be done after the rules: now, or when those that wait are sent.
    func followRules(_ next: AfterRules) {
        guard !next.isEmpty, rules.isWaiting || areRulesUnknown else { return finish(next) }
        afterRules.add(next)
    }

    private func finish(_ next: AfterRules) {
        guard !next.waiting.isEmpty else { return kernel.cleaner.clean(next.flows) }
        kernel.cleaner.clean(next.flows) { next.waiting.forEach { $0() } }
    }

    /// Counts how long it took from a change of endpoints to the rules: those of iptables have to wait.
    private func noteProgrammed(_ changes: Changes, since started: Double) {
        let kinds: Set = ["EndpointSlice", "Service"]
        guard !changes.rules.isEmpty, changes.events.contains(where: { kinds.contains($0.key.kind) }) else { return }
        guard !rules.isWaiting else {
            waitingSince.next = waitingSince.next ?? started
            return
        }
        let places = changes.rules.flatMap { update in update.namespaces.map { RulePlace($0, update.family) } }
        kernel.health.programmed(Set(places), milliseconds: Program.milliseconds() - started)
    }

    /// Begins to send the changes that wait. Where a program has to be started for each node, nobody waits for it: what
    /// comes meanwhile is sent together, after a pause as long as it took, so that there is time for other work.
    func flushRules() {
        guard !isResting, !areRulesUnknown else { return }
        let round = rules.beginRound()
        guard round != nil || !rules.isWaiting else { return }
        let next = afterRules
        afterRules = AfterRules()
        guard let round else { return finish(next) }
        waitingSince = (nil, waitingSince.next)
        let inbox = kernel.inbox
        kernel.ruleWriter.submit {
            let started = Program.milliseconds()
            round.run()
            inbox.post(.rulesSent(round, next, milliseconds: Int(Program.milliseconds() - started)))
        }
    }

    /// Takes in how that went.
    func rulesSent(_ round: ChainRound, _ next: AfterRules, milliseconds: Int) {
        tell(rules.endRound(round))
        if let since = waitingSince.now {
            kernel.health.programmed(round.places, milliseconds: Program.milliseconds() - since)
        }
        tellStory(round, milliseconds: milliseconds)
        finish(next)
        isResting = true
        kernel.later(min(max(milliseconds, 1), 250), .flushRules)
        finishAfterRules()
    }

    /// Sends the changes that wait, and waits until all are sent.
    func sendRules() {
        tell(rules.flush())
        finishAfterRules()
    }

    /// Goes on with what waited for rules, if none is on its way any more.
    func finishAfterRules() {
        guard !rules.isWaiting, !areRulesUnknown else { return }
        let next = afterRules
        afterRules = AfterRules()
        finish(next)
    }

    /// Installs the rules of all namespaces.
    /// - Throws: what the kernel has against the rules of a whole namespace: it lacks something that all labs need.
    func installRules() throws(KernelError) {
        let news = rules.install(cluster.plan.namespaces.keys.sorted(), of: cluster.plan)
        if let refusal = news.lazy.compactMap(\.wholeRefusal).first { throw refusal }
        keepVariant()
        tell(news)
    }

    /// Keeps which way of writing iptables rules works here, so that a later daemon need not try them.
    func keepVariant() {
        if let variant = rules.chains.variant { kernel.state.keep([KeptSetup.variant(variant)]) }
    }

    /// Puts back what someone else changed (D56), and tries again what the kernel refused.
    func inspectRules() {
        guard !areRulesUnknown else { return }
        // The plan may be ahead of what was sent: that is nobody's doing, and must not be sent once more after a repair.
        settle()
        sendRules()
        let names = rules.disturbed(cluster.plan)
        for name in names {
            let isOurs = rules.isDifferent(name, from: cluster.plan)
            let news = rules.install([name], of: cluster.plan)
            let isDone = !news.contains { if case .refused(_, part: nil, _) = $0 { true } else { false } }
            rules.repaired(name, isDone)
            if isDone, isOurs, Program.milliseconds() > adoptionEnd { tellRestored(name) }
            if isDone, !isOurs { log("someone changed nftables in \(name); the lab's own rules were made anew") }
            tell(news)
        }
        tell(rules.retry(cluster.plan))
    }

    private func tellRestored(_ name: NamespaceName) {
        let text = "the rules of \(name) were not as they should be, and were put back"
        log(text)
        tellStory(failure: text)
        let note = EventNote(
            .warning, "RulesRestored", "Someone changed the Service rules of \(name); they were put back",
            about: ObjectKey("Node", "", name.text), from: "kube-proxy", host: name.text)
        cluster.record(note, now: .now())
    }

    private func fail(_ text: String) {
        log(text)
        tellStory(failure: text)
    }

    /// Says what became of rules, in the log and in Events.
    func tell(_ news: [RuleNews]) {
        for item in news {
            switch item {
            case .refused(let place, nil, let error):
                fail("the rules of \(place) stay as they were, and are tried again: \(error)")
            case .refused(let place, let part?, let error):
                fail("the rules of \(place) lack those of \(part), which are tried again: \(error)")
                guard let key = ObjectKey(rulePart: part) else { continue }
                let message = "The rules on \(place) stay as they were, and are tried again: \(error)"
                let note = EventNote(
                    .warning, "RulesRefused", message, about: key, from: "kube-proxy", host: place.namespace.text)
                cluster.record(note, now: .now())
            case .accepted(let place, let part): log("the rules of \(place) have those of \(part) now")
            }
        }
    }
}

/// What is to be done once rules that wait are in the kernels.
struct AfterRules: Sendable {
    /// UDP connections to look at.
    var flows: [DatagramFlows] = []
    /// What comes after that.
    var waiting: [@Sendable () -> Void] = []

    var isEmpty: Bool { flows.isEmpty && waiting.isEmpty }

    mutating func add(_ more: AfterRules) {
        flows += more.flows
        waiting += more.waiting
    }
}

extension ObjectKey {
    /// The object that a part of the rules is made for: `service default/web`, `pod default/web-1`.
    init?(rulePart part: String) {
        let words = part.split(separator: " ")
        let names = words.last?.split(separator: "/", maxSplits: 1) ?? []
        guard words.count == 2, names.count == 2 else { return nil }
        switch words[0] {
        case "service": self.init("Service", String(names[0]), String(names[1]))
        case "pod", "ports": self.init("Pod", String(names[0]), String(names[1]))
        default: return nil
        }
    }
}
