// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension KubernetesAPI {
    /// `GET` with `watch=true`.
    func watch(_ call: Call, _ cluster: Cluster) throws(Status) -> Response {
        let options = try ListOptions(call.request, isWatch: true)
        let filter = try ObjectFilter(call)
        var watch = Watch(call, options, filter, try Accepted(call.request), cluster.store)
        let since = options.revision ?? 0
        if options.sendsInitialEvents == true {
            if since > cluster.store.revision { throw .tooLarge(since, cluster.store.revision) }
            watch.openWithAll(cluster.store)
            if options.allowsBookmarks {
                watch.opening.append(WatchText.bookmark(watch, cluster.store.revision, endsInitialEvents: true))
            }
        } else if since > 0 {
            guard watch.replay(cluster.store, since: since) else { return Self.gone(since, cluster.store, watch) }
        } else if options.sendsInitialEvents == nil {
            watch.openWithAll(cluster.store)
        }
        return .watch(watch)
    }

    /// A stream that says but one thing: that its beginning is forgotten.
    private static func gone(_ revision: UInt64, _ store: Store, _ watch: Watch) -> Response {
        let line = WatchText.failure(.tooOld(revision, store.revision))
        return .answer(Answer(200, contentType: watch.contentType) { line })
    }
}

extension Watch {
    fileprivate init(
        _ call: Call, _ options: ListOptions, _ filter: ObjectFilter, _ accepted: Accepted, _ store: Store
    ) {
        kind = call.resource.keyKind
        namespace = call.resource.isNamespaced ? call.info.namespace : nil
        contentType = accepted.contentType
        opening = []
        revision = store.revision
        timeoutSeconds = options.timeoutSeconds ?? Self.anyTimeout(store.revision)
        wantsBookmarks = options.allowsBookmarks
        self.filter = filter
        printer = Printer(call, accepted, store)
        look = WatchLook(form: accepted.form, apiVersion: call.info.groupVersion, isPretty: printer.isPretty)
        hasColumns = false
    }

    /// Between half an hour and an hour, so that watches that begin together do not end together.
    private static func anyTimeout(_ revision: UInt64) -> Int { 1800 + Int(revision &* 2_654_435_761 % 1800) }

    /// Everything there is, as if it had just been added.
    fileprivate mutating func openWithAll(_ store: Store) {
        for object in Snapshot.objects(store, printer.resource, namespace, filter) {
            tell(.added, object, now: printer.now)
        }
    }

    /// What has happened since a revision; false if that is not all remembered.
    fileprivate mutating func replay(_ store: Store, since: UInt64) -> Bool {
        guard let events = store.events(since: since) else { return false }
        revision = max(since, revision)
        for event in events where event.key.kind == kind && (namespace == nil || event.key.namespace == namespace) {
            if let change = WatchChange(event, filter) { tell(change.type, change.object, now: printer.now) }
        }
        return true
    }

    private mutating func tell(_ type: StoreEvent.Kind, _ object: Object, now: Timestamp) {
        opening.append(bytes(type, object, now: now))
        hasColumns = true
    }

    /// The line of an event.
    func bytes(_ type: StoreEvent.Kind, _ object: Object, now: Timestamp) -> [UInt8] {
        guard case .table = printer.form else {
            return WatchText.event(type.rawValue, printer.value(object), isPretty: printer.isPretty)
        }
        let metadata: Value = ["resourceVersion": .string(String(object.resourceVersion))]
        let served = object.served(as: printer.apiVersion)
        let table = printer.table([served], metadata, showsColumns: !hasColumns, now: now)
        return WatchText.event(type.rawValue, table, isPretty: printer.isPretty)
    }
}
