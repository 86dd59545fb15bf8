// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux

/// The rules of a running lab's nodes, for who wants to read them.
extension Lab {
    /// Answers `{"verb": "rules", "node", "service", "observe"}`: the node's rules line by line, as
    /// `Cluster.rulesValue(of:service:)` has them, or `{"error": text}` for a place or a Service that is none. With
    /// `observe` it says, too, in what the kernel's rules differ from them (`differences`).
    func rules(_ request: Value) throws -> Value {
        let place = request["node"]?.string ?? ""
        var value: Value
        do throws(QuestionError) {
            value = try cluster.rulesValue(of: place, service: request["service"]?.string)
        } catch {
            return ["error": .string(error.description)]
        }
        value["basis"] = "lab"
        let broken = faults.all.map(\.text)
        if !broken.isEmpty { value["faults"] = .array(broken.map { .string($0) }) }
        guard request["observe"]?.bool == true else { return value }
        return try observed(value, of: NamespaceName(value["node"]?.string ?? place))
    }
}
