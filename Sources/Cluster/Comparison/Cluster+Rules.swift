// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Kubernetes

extension Cluster {
    /// The rules of a node or of the edge, line by line, each with what asked for it.
    /// - Parameter service: only what this Service has there.
    /// - Throws: if there is no such place.
    public func rules(of place: String, service: ObjectKey? = nil) throws(QuestionError) -> RuleListing {
        let name = try ruled(place)
        guard let namespace = plan.namespaces[name] else { return RuleListing() }
        return RuleListing(
            namespace, part: service.map { Ruleset.partName(service: "\($0.namespace)/\($0.name)") })
    }

    /// What `lab rules` prints, as JSON: `{"node", "proxyMode", "service", "lines": [{"kind", "table", "place", "text",
    /// "because": {"object", "field", "location"}, "part"}]}`.
    /// - Parameters:
    ///   - place: a node's name, or `edge`.
    ///   - service: only what this Service has there, as `hello` or `web/hello`; nil for all.
    /// - Throws: if there is no such place or Service.
    public func rulesValue(of place: String, service: String? = nil) throws(QuestionError) -> Value {
        let key = try service.map { text throws(QuestionError) in try serviceKey(text) }
        let listing = try rules(of: place, service: key)
        var value: Value = [
            "node": .string(try ruled(place).text), "proxyMode": .string(configuration.proxyMode.rawValue),
            "lines": .array(listing.lines.map(\.value)),
        ]
        value["service"] = key.map { .string("\($0.namespace)/\($0.name)") }
        return value
    }

    /// The Service that a text as `hello`, `web/hello` or `service/hello` names.
    public func serviceKey(_ text: String) throws(QuestionError) -> ObjectKey {
        var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count > 1, ["service", "services", "svc"].contains(parts[0].lowercased()) { parts.removeFirst() }
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
            throw QuestionError("\"\(text)\" is no Service: write NAME or NAMESPACE/NAME")
        }
        return try uniqueKey("Service", parts[parts.count - 1], in: parts.count == 2 ? parts[0] : nil, text)
    }

    /// The namespace of a node or of another place that may have rules.
    private func ruled(_ place: String) throws(QuestionError) -> NamespaceName {
        let text = place.hasPrefix("node/") ? String(place.dropFirst(5)) : place
        let name = NamespaceName(text)
        let places = ([.edge] + nodes.namespaces).map(\.text)
        guard places.contains(text) else {
            let near = Suggestion.closest(to: text, among: places)
            throw QuestionError(
                "\(text) has no rules: nodes have, and the edge"
                    + (near.map { "; is it \($0)?" } ?? " (\(places.prefix(8).joined(separator: ", ")))"))
        }
        return name
    }
}
