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
        let flows = heldBack(changes.datagramFlows)
        guard rules.isWaiting else { return kernel.cleaner.clean(flows) }
        waitingFlows += flows
        flushRules()
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
        guard !isResting else { return }
        let round = rules.beginRound()
        guard round != nil || !rules.isWaiting else { return }
        let flows = waitingFlows
        waitingFlows = []
        guard let round else { return kernel.cleaner.clean(flows) }
        waitingSince = (nil, waitingSince.next)
        let inbox = kernel.inbox
        kernel.ruleWriter.submit {
            let started = Program.milliseconds()
            round.run()
            inbox.post(.rulesSent(round, flows, milliseconds: Int(Program.milliseconds() - started)))
        }
    }

    /// Takes in how that went.
    func rulesSent(_ round: ChainRound, _ flows: [DatagramFlows], milliseconds: Int) {
        tell(rules.endRound(round))
        if let since = waitingSince.now {
            kernel.health.programmed(round.places, milliseconds: Program.milliseconds() - since)
        }
        tellStory(round, milliseconds: milliseconds)
        kernel.cleaner.clean(flows)
        isResting = true
        kernel.later(min(max(milliseconds, 1), 250), .flushRules)
    }

    /// Sends the changes that wait, and waits until all are sent.
    func sendRules() {
        tell(rules.flush())
        kernel.cleaner.clean(waitingFlows)
        waitingFlows = []
    }

    /// Installs the rules of all namespaces.
    /// - Throws: what the kernel has against the rules of a whole namespace: it lacks something that all labs need.
    func installRules() throws(KernelError) {
        let news = rules.install(cluster.plan.namespaces.keys.sorted(), of: cluster.plan)
        if let refusal = news.lazy.compactMap(\.wholeRefusal).first { throw refusal }
        tell(news)
    }

    /// Puts back what someone else changed (D56), and tries again what the kernel refused.
    func inspectRules() {
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
