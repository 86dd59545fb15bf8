// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// Another engine for the nodes' Service rules, while the lab runs.
extension Lab {
    /// Has other programs make the nodes' rules from now on. All nodes have the new rules before the first one loses the
    /// old ones: both are right, and what is connected stays so, for it is connection tracking that translates it.
    /// - Throws: if a kernel refuses the new rules; the lab is as it was then.
    func setProxyMode(_ mode: Configuration.ProxyMode) throws {
        let old = cluster.configuration.proxyMode
        guard mode != old else { return }
        settle()
        sendRules()
        try change(to: mode)
        let news = rules.install(nodeNames, of: cluster.plan)
        if let refusal = news.lazy.compactMap(\.wholeRefusal).first {
            try? change(to: old)
            tell(rules.removeStrays(of: cluster.plan))
            throw LabError("the nodes' rules stay with \(old.rawValue): \(refusal)")
        }
        tell(news)
        keepVariant()
        tell(rules.removeStrays(of: cluster.plan))
        serveHealth()
        tellStoryMode()
        try? File.write(paths.description, LabDirectory.description(cluster.configuration, options).json() + "\n")
        log("the nodes' Service rules are made by \(mode.rawValue) now, no longer by \(old.rawValue)")
        settle()
    }

    /// Gives the plan other rules, and the nodes the settings that go with them.
    private func change(to mode: Configuration.ProxyMode) throws(KernelError) {
        cluster.setProxyMode(mode, now: .now())
        let steps = nodeNames.flatMap { name in
            (cluster.plan.namespaces[name]?.sysctls ?? [:]).sorted { $0.key < $1.key }.map {
                Step.setSysctl(name, path: $0.key, value: $0.value)
            }
        }
        try kernel.edge.run(steps)
    }

    private var nodeNames: [NamespaceName] { cluster.configuration.nodes.map { NamespaceName($0.name) } }
}

extension RuleNews {
    /// What the kernel had against all that was sent; nil for other news.
    var wholeRefusal: KernelError? {
        if case .refused(_, part: nil, let error) = self { error } else { nil }
    }
}
