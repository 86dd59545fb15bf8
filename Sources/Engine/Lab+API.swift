// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net
internal import Server

/// What the API server asks of the lab.
extension Lab {
    /// Answers a request; what it changed has gone through the controllers when this returns.
    func respond(to request: Request) -> Response {
        let revision = cluster.store.revision
        let response = api.respond(to: request, &cluster, now: .now())
        if cluster.store.revision != revision { settle() }
        return response
    }

    /// The user of a ServiceAccount's token, if the account is still the one for which the token was made.
    func living(_ user: User) -> User? {
        let parts = user.name.split(separator: ":").map(String.init)
        guard parts.count == 4, let account = cluster.store[ObjectKey("ServiceAccount", parts[2], parts[3])],
            account.uid == user.uid
        else { return nil }
        return user
    }

    // MARK: Watches

    /// Feeds a watch from now on, beginning with what happened since its opening was made.
    func open(_ watch: Watch, _ sink: @escaping @Sendable ([UInt8]?) -> Void) -> Int {
        let number = watches.open(watch)
        sinks[number] = sink
        if let missed = cluster.store.events(since: watch.revision) {
            for event in watches.feed(missed, only: number, now: .now()) { sink(event.bytes) }
        } else {
            sink(nil)
        }
        return number
    }

    func close(watch number: Int) {
        watches.close(number)
        sinks[number] = nil
    }

    /// Tells the watches of writes.
    func publish(_ events: [StoreEvent]) {
        guard !sinks.isEmpty, !events.isEmpty else { return }
        for event in watches.feed(events, now: .now()) { sinks[event.watch]?(event.bytes) }
        for event in events where event.key.kind == "CustomResourceDefinition" && event.kind == .deleted {
            endWatches(of: event.old)
        }
    }

    /// With its definition a custom kind is gone, and those who watch it are told that nothing more comes.
    private func endWatches(of definition: Object?) {
        let kind = definition?.value["spec", "names", "kind"]?.string ?? ""
        let group = definition?.value["spec", "group"]?.string ?? ""
        for number in watches.closeAll(kind: "\(kind).\(group)") {
            sinks[number]?(nil)
            sinks[number] = nil
        }
    }

    /// Tells the watches that want to know how far the Store has come, and looks to the next time.
    func sendBookmarks() {
        for event in watches.bookmarks(cluster.store.revision) { sinks[event.watch]?(event.bytes) }
        kernel.later(Lab.bookmarkPause, .sendBookmarks)
    }

    /// How often bookmarks are sent, in milliseconds. A real API server does it about once a minute.
    private static let bookmarkPause = 60_000

    // MARK: Pods and nodes

    /// Where to connect to a Pod or node: its namespace, and its address.
    func place(toDial key: ObjectKey) throws -> (namespace: NetworkNamespace, address: Address) {
        if key.kind == "Node" {
            guard let address = cluster.store[key].flatMap({ Node($0).internalAddress }) else {
                throw LabError("\(key) is not there")
            }
            return (try kernel.edge.place(NamespaceName(key.name)).namespace, address)
        }
        guard let running = pods[key] else { throw LabError("\(key) does not run") }
        return (try kernel.edge.place(running.assignment.namespace).namespace, running.assignment.address)
    }
}
