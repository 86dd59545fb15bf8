// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

extension KnownSystems {
    /// Whether a Pod of this name is chosen by a selector.
    /// - Parameter namespace: nil for any.
    func isChosen(_ name: String, by selector: LabelSelector, in namespace: String?) -> Bool {
        pods.contains { pod in
            (namespace == nil || pod.namespace == namespace) && selector.matches(pod.labels)
                && AnswererEvaluation.isSame("\(pod.namespace)/\(pod.name)", name)
        }
    }

    /// Whose address it is: `pod/web-1`, `node-1`, `outside/visitor`; nil if nobody's.
    func name(of address: Address) -> String? {
        // A Pod that has its node's address is told by the node's name.
        if let node = nodes.sorted(by: { $0.key < $1.key }).first(where: { $0.value.contains(address) }) {
            return node.key
        }
        if let pod = pods.first(where: { $0.addresses.contains(address) }) { return "pod/\(pod.name)" }
        return others.sorted { $0.key < $1.key }.first { $0.value.contains(address) }?.key
    }

    /// Whether an address is one of those that a source stands for; the client's own is not known here.
    func contains(_ address: Address, in source: Check.Source) -> Bool {
        switch source {
        case .client: false
        case .node: nodes.values.contains { $0.contains(address) }
        case .address(let text): Address(text) == address
        case .range(let text): Prefix(text)?.contains(address) ?? false
        case .location(let location): addresses(of: location).contains(address)
        }
    }

    private func addresses(of location: Location) -> [Address] {
        switch location {
        case .host: others["host"] ?? []
        case .edge: others["edge"] ?? []
        case .node(let name): nodes[name] ?? others[name] ?? []
        case .outside(let name): others["outside/\(name)"] ?? []
        case .pod(let name, let namespace):
            pods.filter { $0.name == name && $0.namespace == namespace }.flatMap(\.addresses)
        case .selected(let selector, let namespace):
            pods.filter { $0.namespace == namespace && selector.matches($0.labels) }.flatMap(\.addresses)
        }
    }
}
