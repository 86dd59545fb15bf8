// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

extension Cluster {
    /// Has other programs make the nodes' Service rules from now on: the plan has the nodes' rules in the new engine at
    /// once, and no longer in the old one. Whoever drives the cluster installs the new ones whole, from the plan, and
    /// only then takes the old ones away; the next `settle` has no changes of them.
    public mutating func setProxyMode(_ mode: Configuration.ProxyMode, now: Timestamp) {
        guard configuration.proxyMode != mode else { return }
        configuration.proxyMode = mode
    }
}
