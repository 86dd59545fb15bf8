// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import DNS
public import Kubernetes

extension Cluster {
    /// Answers `{"name", "types", "from"}`: the look-up, or `{"error": text}` for a question that is none.
    func answer(lookUp request: Value, in zone: NameZone) -> Value {
        do throws(QuestionError) {
            var types: [RecordType] = []
            for text in request["types"]?.elements.compactMap(\.string) ?? [] {
                guard let type = RecordType(text) else {
                    throw QuestionError("there is no type \(text); A, AAAA, SRV, PTR, … are")
                }
                types.append(type)
            }
            let name = request["name"]?.string ?? ""
            return try lookUp(name, types, from: request["from"]?.string ?? "host", in: zone).value
        } catch {
            return ["error": .string(error.description)]
        }
    }
}

extension PlannedLab {
    /// Answers `{"name", "types", "from"}` as a running lab would.
    public func lookUp(_ request: Value) -> Value {
        var zone = NameZone(NameZone.Configuration(cluster.configuration), seed: 1)
        for change in cluster.names { zone.apply(change) }
        return cluster.answer(lookUp: request, in: zone)
    }
}
