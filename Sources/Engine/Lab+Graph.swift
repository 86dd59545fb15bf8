// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension Lab {
    /// Answers `{"verb": "graph", "format", "service"}`: the picture as `{"text"}`, or `{"error": text}` for a Service that
    /// is none.
    func graph(_ request: Value) throws -> Value {
        guard let format = GraphFormat(rawValue: request["format"]?.string ?? "svg") else {
            throw LabError("a graph is svg, dot, mermaid or json")
        }
        do throws(QuestionError) {
            let key = try request["service"]?.string.map { text throws(QuestionError) in try cluster.serviceKey(text) }
            return ["text": .string(Graph(cluster, service: key).text(format))]
        } catch {
            return ["error": .string(error.description)]
        }
    }
}
