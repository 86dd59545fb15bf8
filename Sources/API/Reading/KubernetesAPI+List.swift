// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension KubernetesAPI {
    /// `GET` of an object, or of a part that reads as the whole.
    func get(_ call: Call, _ cluster: Cluster) throws(Status) -> Answer {
        let object = try call.object(cluster.store)
        return try call.answer(200, object: object, cluster.store)
    }

    /// `GET` of a collection.
    func list(_ call: Call, _ cluster: Cluster) throws(Status) -> Answer {
        let options = try ListOptions(call.request, isWatch: false)
        let filter = try ObjectFilter(call)
        let accepted = try Accepted(call.request)
        let page = try Page(call, options, filter, cluster.store)
        let printer = Printer(call, accepted, cluster.store)
        let metadata = page.metadata
        let objects = page.objects
        return Answer(200, contentType: accepted.contentType) { printer.list(objects, metadata) }
    }
}

/// One part of a list, or all of it.
struct Page: Sendable {
    private(set) var objects: [Object]
    private let revision: UInt64
    private var rest = 0
    private var token = ""

    /// What there is to list, as of the moment that the options ask for.
    init(_ call: Call, _ options: ListOptions, _ filter: ObjectFilter, _ store: Store) throws(Status) {
        let continuation = options.continuation.isEmpty ? nil : try Continuation(options.continuation)
        if continuation != nil, options.revision ?? 0 != 0 {
            throw Status(.badRequest, "specifying resource version is not allowed when using continue")
        }
        if let revision = options.revision, revision > store.revision { throw .tooLarge(revision, store.revision) }
        revision = continuation?.revision ?? (options.match == .exact ? options.revision : nil) ?? store.revision
        guard revision <= store.revision else { throw .tooLarge(revision, store.revision) }
        let namespace = call.resource.isNamespaced ? call.info.namespace : nil
        let last = continuation.map { ObjectKey(call.resource.keyKind, $0.namespace, $0.name) }
        if revision == store.revision, filter.isEmpty {
            // The most frequent list; only the objects of this page are looked up.
            let keys = store.keys(call.resource.keyKind, namespace: namespace, after: last)
            objects = keys.prefix(options.limit ?? .max).compactMap { store[$0] }
            leave(keys.count - objects.count)
            return
        }
        var all: [Object]
        if revision == store.revision {
            all = Snapshot.objects(store, call.resource, namespace, filter)
        } else if let past = Snapshot.objects(store, call.resource.keyKind, namespace, asOf: revision) {
            all = filter.isEmpty ? past : past.filter(filter.matches)
        } else {
            throw continuation == nil ? .tooOld(revision, store.revision) : Self.continueExpired
        }
        if let last { all.removeSubrange(..<all.partitioningIndex { $0.key > last }) }
        objects = Array(all.prefix(options.limit ?? .max))
        leave(all.count - objects.count)
        // With a selector a real API server does not know how many there are still to come.
        if !filter.isEmpty { rest = 0 }
    }

    /// Leaves so many objects to the next page.
    private mutating func leave(_ count: Int) {
        guard count > 0, let last = objects.last else { return }
        rest = count
        token = Continuation(revision: revision, after: last.key).token
    }

    /// The list's `metadata`.
    var metadata: Value {
        var value: Value = ["resourceVersion": .string(String(revision))]
        if !token.isEmpty { value["continue"] = .string(token) }
        if rest > 0 { value["remainingItemCount"] = .int(Int64(rest)) }
        return value
    }

    private static let continueExpired = Status(
        .expired,
        "The provided continue parameter is too old to display a consistent list result. You must start a new list "
            + "without the continue parameter.")
}

extension Array {
    /// The first index whose element, like all after it, meets the condition.
    func partitioningIndex(_ isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
