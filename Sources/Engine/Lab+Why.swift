// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Net

/// Where connections go, asked of a running lab.
extension Lab {
    /// Answers `{"verb": "why", "from", "to", "protocol", "all", "rules"}`: the explanation, or `{"error": text}` for a
    /// place that is none. With `questions`, an array of such objects, the answers to all of them; with `ways`, at most so
    /// many ends in each.
    func why(_ request: Value) -> Value {
        guard let questions = request["questions"]?.elements else { return answer(request) }
        return .array(questions.map { answer($0) })
    }

    private func answer(_ request: Value) -> Value {
        do throws(QuestionError) {
            // What should be, whatever was broken on purpose.
            let explanation = try cluster.honest.explain(
                Question(request), keepsJourneys: request["all"]?.bool ?? false)
            var value = explanation.value(
                everyRule: request["rules"]?.bool ?? false, ways: request["ways"]?.int ?? .max)
            value["basis"] = "lab"
            // Packets may be kept from going where the rules lead.
            let broken = faults.all.map(\.text)
            if !broken.isEmpty { value["faults"] = .array(broken.map { .string($0) }) }
            return value
        } catch {
            return ["error": .string(error.description)]
        }
    }

    /// Answers `{"verb": "walk", "from", "to", "protocol", "rules"}`: every journey in short, with nothing explained; for
    /// programs that ask often.
    func walk(_ request: Value) throws -> Value {
        let rules = request["rules"]?.bool ?? false
        return .array(try cluster.honest.journeys(Question(request)).map { $0.summary(rules: rules) })
    }
}

extension Question {
    /// The question of a request; without a protocol TCP, or what the port speaks.
    fileprivate init(_ request: Value) {
        self.init(
            from: request["from"]?.string ?? "host", to: request["to"]?.string ?? "",
            transport: request["protocol"]?.string.flatMap { AskedProtocol(rawValue: $0.lowercased()) })
    }
}
