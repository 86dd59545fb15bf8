// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

/// The text of watch events: one line of JSON each.
enum WatchText {
    /// `{"type":"ADDED","object":{…}}`.
    static func event(_ type: String, _ object: Value, isPretty: Bool = false) -> [UInt8] {
        let value: Value = ["type": .string(type), "object": object]
        return value.line(pretty: isPretty)
    }

    /// A failure as the last event of a stream.
    static func failure(_ status: Status) -> [UInt8] { event("ERROR", status.value) }

    /// A bookmark: nothing happened, up to a revision. The one that ends the initial events says so.
    static func bookmark(_ watch: Watch, _ revision: UInt64, endsInitialEvents: Bool = false) -> [UInt8] {
        var metadata: Value = ["resourceVersion": .string(String(revision))]
        if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        metadata["creationTimestamp"] = .null
        let printer = watch.printer
        let object = Object([
            "kind": .string(printer.resource.kind), "apiVersion": .string(printer.apiVersion), "metadata": metadata,
        ])
        switch printer.form {
        case .whole: return event("BOOKMARK", object.value)
        case .metadata: return event("BOOKMARK", PartialObjectMetadata.value(of: object))
        case .table:
            // A real server's bookmark of a table has a row of empty cells that carries the metadata.
            let row: Value = ["cells": [], "object": PartialObjectMetadata.value(of: object)]
            let table: Value = [
                "kind": "Table", "apiVersion": "meta.k8s.io/v1",
                "metadata": ["resourceVersion": .string(String(revision))], "columnDefinitions": [],
                "rows": [row],
            ]
            return event("BOOKMARK", table)
        }
    }
}

/// What one write is to a watch: selectors turn changes into additions and deletions.
struct WatchChange: Sendable {
    let type: StoreEvent.Kind
    let object: Object

    /// What the event is to a watch with this filter; nil if nothing.
    init?(_ event: StoreEvent, _ filter: ObjectFilter) {
        let old = event.old.flatMap { filter.matches($0) ? $0 : nil }
        let new = event.new.flatMap { filter.matches($0) ? $0 : nil }
        switch (old, new) {
        case (nil, let new?): (type, object) = (.added, new)
        case (_?, let new?): (type, object) = (.modified, new)
        case (var old?, nil):
            old.resourceVersion = event.revision
            (type, object) = (.deleted, old)
        case (nil, nil): return nil
        }
    }
}
