// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Net

extension Lab {
    /// The rules of one Service (`NAMESPACE/NAME`) on a node, or all of a node's, with why each is there; without a node, those
    /// of the first one.
    func pageRules(_ node: String?, _ service: String?) -> Value {
        let name = NamespaceName(node ?? cluster.configuration.nodes.first?.name ?? "")
        guard let place = cluster.plan.namespaces[name] else { return ["error": .string("there is no \(name)")] }
        var lines: [RuleLines] = []
        for family in cluster.configuration.families {
            let kept = service.map { service in place.lines(of: service, family) } ?? place.lines(family)
            if let kept { lines.append(kept) }
        }
        let rules = lines.flatMap { lines in
            zip(lines.added, lines.because).map { line, because -> Value in
                ["line": .string(line), "because": .string("\(because)"), "object": .string(because.object)]
            }
        }
        return ["node": .string(name.text), "rules": .array(rules)]
    }
}

extension NamespacePlan {
    fileprivate func lines(_ family: Family) -> RuleLines? {
        rulesets[family]?.lines ?? iptables[family]?.lines
    }

    fileprivate func lines(of service: String, _ family: Family) -> RuleLines? {
        rulesets[family]?.lines(ofService: service) ?? iptables[family]?.lines(ofService: service)
    }
}
