// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension StepFlow {
    /// - Parameter action: what the step does; nil if it only looks.
    mutating func read(check: Value, of action: (name: String, kind: TrafficKind)?, at path: String) {
        guard case .object = check else { return }
        let own = ["request", "udp", "dns", "exec", "background"].filter { check[$0] != nil }
        var kind = action?.kind ?? .none
        var what = action.map { "the action \($0.name)" } ?? "a step without an action"
        if let name = own.first {
            what = name == "background" ? "background traffic" : name
            kind = TrafficKind(rawValue: name) ?? background(check["background"]?.string, "\(path).background")
            checkHasTest(check, name, path)
        }
        // Traffic that is not known was refused already.
        if own.first != "background" || kind != .none { refuseUnfit(check, kind, what, path) }
        for name in ["request", "udp", "dns", "exec", "object", "rules", "why", "counter", "event"] {
            guard let value = check[name] else { continue }
            checkReferences(value, "\(path).\(name)")
            checkPlaces(value, name, "\(path).\(name)")
        }
        checkShares(check["answeredBy"], "\(path).answeredBy")
        checkRepeatable(check, "\(path)")
    }

    /// Requests, programs and background traffic without anything that must be true of them.
    private mutating func checkHasTest(_ check: Value, _ name: String, _ path: String) {
        let tests = ShapeTable.tests.map(\.name) + ShapeTable.subjects.map(\.name).suffix(5)
        guard !tests.contains(where: { check[$0] != nil }) else { return }
        if name == "dns", check["dns", "answers"] != nil || check["dns", "code"] != nil { return }
        let kind = TrafficKind(rawValue: name) ?? .request
        let words = kind.tests.sorted().prefix(9).joined(separator: ", ")
        // A mistyped test is refused as an unknown field.
        let known = Set(ShapeTable.record("Check").fields.map(\.name))
        guard check.fields.keys.allSatisfy(known.contains) else { return }
        add("\(path).\(name)", .required, "beside it stands what must be true of it: one of \(words)")
    }

    private mutating func refuseUnfit(_ check: Value, _ kind: TrafficKind, _ what: String, _ path: String) {
        for test in ShapeTable.tests.map(\.name) where check[test] != nil && !kind.tests.contains(test) {
            let fitting = [TrafficKind.request, .udp, .dns, .exec].filter { $0.tests.contains(test) }.map(\.rawValue)
            let words =
                fitting.count > 1
                ? fitting.dropLast().joined(separator: ", ") + " or " + fitting[fitting.count - 1] : fitting.joined()
            add("\(path).\(test)", .forbidden, "says something of \(words), and not of \(what)")
        }
    }

    /// The parts that shares give, which together are no more than the whole.
    private mutating func checkShares(_ value: Value?, _ path: String) {
        let shares = (value?["shares"]?.fields ?? [:]).compactMapValues(\.share).filter { 0...1 ~= $0.value }
        let sum = shares.values.reduce(0, +)
        if sum > 1.000001 {
            add(
                "\(path).shares", .invalid,
                "the shares are \(Numbers.text(sum * 100)) % together, and cannot be over 100 %")
        }
        for key in shares.keys.sorted() where key.contains("=") {
            if let detail = TextForm.selector.problem(of: key) {
                add(FieldName.join("\(path).shares", key), .invalid, detail)
            }
        }
    }

    /// Who answers can be even or sticky only over several requests.
    private mutating func checkRepeatable(_ check: Value, _ path: String) {
        guard let request = check["request"] ?? check["udp"], case .object(let members) = check["answeredBy"] else {
            return
        }
        guard request["duration"] == nil, (request["count"]?.int ?? 1) < 2 else { return }
        for test in ["even", "sticky"] where members[test] == true {
            add(
                "\(path).answeredBy.\(test)", .forbidden,
                "one request tells nothing of this; add a count to the request")
        }
    }
}
