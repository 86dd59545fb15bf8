// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes

/// What a change does, as a unified diff is read; nothing where nothing is another.
struct DiffText {
    private let answer: Value
    private let width: Int?

    /// So many ends of a walk are listed.
    private static let listed = 8

    init(_ answer: Value) {
        self.answer = answer
        width = Terminal.width()
    }

    func print() {
        let parts = [rules, pods, journeys].filter { !$0.isEmpty }
        guard !parts.isEmpty else { return }
        let head = [
            Terminal.bold("--- \(answer.text("before"))".oneLine), Terminal.bold("+++ \(answer.text("after"))".oneLine),
        ]
        Terminal.print((head + [""] + parts.joined(separator: [""])).joined(separator: "\n"))
    }

    private func colored(_ text: String) -> String {
        switch text.first {
        case "+": Terminal.green(text)
        case "-": Terminal.red(text)
        default: text
        }
    }

    // MARK: Rules and Pods

    private var rules: [String] {
        (answer["rules"]?.elements ?? []).flatMap { change -> [String] in
            let places = change["namespaces"]?.elements.compactMap(\.string).joined(separator: ", ") ?? ""
            let head = Terminal.bold("@@ \(places): \(change.text("table")), \(change.text("place")) @@")
            return [head] + (change["changes"]?.elements ?? []).flatMap(line)
        }
    }

    /// A line, and its reason beside it or, where there is no room, below.
    private func line(_ change: Value) -> [String] {
        let text = change.text("sign") + change.text("text")
        guard let because = change["because"] else { return [colored(text)] }
        let reason =
            "# "
            + Because(
                because.text("object"), field: because.text("field"), location: because.text("location")
            ).description.oneLine
        if let width, text.count + 2 + reason.count > width { return [colored(text), "   " + Terminal.dim(reason)] }
        return [colored(text) + "  " + Terminal.dim(reason)]
    }

    private var pods: [String] {
        let pods = answer["pods"]?.elements ?? []
        guard !pods.isEmpty else { return [] }
        return [Terminal.bold("@@ Pods @@")]
            + pods.map { pod in
                colored("\(pod.text("sign"))\(pod.text("pod")) on \(pod.text("node")), \(pod.list("addresses"))")
            }
    }

    // MARK: Journeys

    private var journeys: [String] {
        let changes = answer["journeys"]?.elements ?? []
        let walked = answer["walked"]?.int ?? 0
        let omitted = answer["omitted"]?.int ?? 0
        guard !changes.isEmpty || omitted > 0 else { return [] }
        let count = changes.reduce(0) { $0 + ($1["from"]?.elements.count ?? 0) }
        let more = omitted > 0 ? "; \(omitted) more were not walked (--service walks one Service's)" : ""
        return [Terminal.bold("@@ Journeys: \(count) of \(walked) end otherwise\(more) @@")] + changes.flatMap(journey)
    }

    private func journey(_ change: Value) -> [String] {
        let origins = change["from"]?.elements.compactMap(\.string) ?? []
        let head = "\(origins.joined(separator: ", ")) → Service \(change.text("service")), \(change.text("door"))"
        return [head] + arrival("-", change["before"]) + arrival("+", change["after"])
    }

    private func arrival(_ sign: String, _ value: Value?) -> [String] {
        guard let value, !value.isNull else { return [colored("\(sign) there is no such address")] }
        let ends = value["ends"]?.elements ?? []
        let delivered = ends.filter { $0.text("outcome") == "delivered" }
        let rows = delivered.prefix(DiffText.listed).map { end in
            let node = end.text("node").isEmpty ? "" : " on \(end.text("node"))"
            return "\(sign)     \(end.text("probability")) to \(end.text("place"))\(node), \(end.text("destination")), "
                + "client seen as \(end.text("detail"))"
        }
        let left = delivered.count - rows.count
        let lines = ["\(sign) \(value.text("to")) \(value.text("headline"))"] + rows
        return (lines + (left > 0 ? ["\(sign)     … and \(left) more ends"] : [])).map { colored($0.oneLine) }
    }
}
