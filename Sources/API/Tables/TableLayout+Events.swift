// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension TableLayout {
    static let event = TableLayout(
        reading: EventReading.init,
        [
            .text("Last Seen", "How long ago it was seen last") { $0.lastSeen },
            .text("Type", "Whether it is a matter of course or a warning") { $0.field("type") },
            .text("Reason", "One word for it") { $0.field("reason") },
            .text("Object", "What it is about") { $0.target },
            .wide("Subobject", "Which part of the object it is about") { $0.involved?["fieldPath"].text ?? "" },
            .wide("Source", "Who tells of it") { $0.source },
            .text("Message", "What has happened") { $0.message },
            .wide("First Seen", "How long ago it was seen first") { $0.firstSeen },
            TableColumn("Count", priority: 1, "How often it was seen") { .int(Int64($0.count)) },
            TableColumn("Name", format: "name", priority: 1, "The event's name, unique in its namespace") {
                .string($0.subject.object.name)
            },
        ])
}

/// A reading of an event of `v1` or of `events.k8s.io/v1`, which have other names for the same.
private struct EventReading {
    let subject: TableSubject

    private var value: Value { subject.object.value }
    var involved: Value? { value["involvedObject"] ?? value["regarding"] }

    func field(_ name: String) -> String { value[name].text ?? "" }

    var firstSeen: String {
        let first = (value["firstTimestamp"] ?? value["deprecatedFirstTimestamp"]).timestamp
        return first.map(age) ?? subject.age(of: value["eventTime"])
    }

    var lastSeen: String {
        if let series = value["series"], !series.isNull { return subject.age(of: series["lastObservedTime"]) }
        return (value["lastTimestamp"] ?? value["deprecatedLastTimestamp"]).timestamp.map(age) ?? firstSeen
    }

    var count: Int {
        if let series = value["series"], !series.isNull { return series["count"]?.int ?? 0 }
        return max(1, (value["count"] ?? value["deprecatedCount"])?.int ?? 0)
    }

    var target: String {
        let kind = (involved?["kind"].text ?? "").lowercased()
        return involved?["name"].text.map { "\(kind)/\($0)" } ?? kind
    }

    var source: String {
        let source = value["source"] ?? value["deprecatedSource"]
        let component = source?["component"].text ?? (value["reportingComponent"] ?? value["reportingController"]).text
        let instance = source?["host"].text ?? value["reportingInstance"].text
        return [component ?? "", instance].compactMap { $0 }.joined(separator: ", ")
    }

    var message: String {
        let text = (value["message"] ?? value["note"]).text ?? ""
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }

    private func age(_ moment: Timestamp) -> String { HumanDuration.text(from: moment, to: subject.now) }
}
