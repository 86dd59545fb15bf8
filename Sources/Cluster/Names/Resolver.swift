// SPDX-License-Identifier: Apache-2.0
public import DNS
public import Kubernetes
internal import Net

/// What the `/etc/resolv.conf` of Pods, nodes and the host are made of.
public struct Resolver: Sendable, Hashable {
    /// The cluster's domain.
    public let domain: String
    /// Where the cluster's names are found; none if they are not.
    private let servers: [Address]
    /// Where names outside are found: what a node's own resolver is in a real cluster.
    private let upstream: [Address]

    /// The resolvers of a cluster.
    public init(_ configuration: Configuration) {
        domain = configuration.dns.domain
        servers = configuration.nameServers
        // The file has no place for a port.
        upstream = configuration.dns.upstream.filter { $0.port == 53 }.map(\.address)
    }

    /// As the kubelet writes it for `dnsPolicy` and `dnsConfig` (D74).
    ///
    /// Without any server a look-up fails at once: glibc then asks 127.0.0.1, where nobody listens.
    public func configuration(for pod: Pod) -> ResolverConfiguration {
        var resolver: ResolverConfiguration
        switch pod.dnsPolicy {
        case "None": resolver = ResolverConfiguration()
        case "ClusterFirst" where !pod.isHostNetwork, "ClusterFirstWithHostNet":
            resolver = clusterFirst(pod.namespace)
        // On its node's network a Pod is as the node is, unless it says otherwise.
        default: resolver = ResolverConfiguration(servers: upstream)
        }
        let config = pod.object.spec["dnsConfig"]
        resolver.servers += config?["nameservers"]?.elements.compactMap { $0.string.flatMap { Address($0) } } ?? []
        resolver.search += config?["searches"]?.elements.compactMap(\.string) ?? []
        resolver.options = options(resolver.options, config?["options"]?.elements ?? [])
        // The kubelet leaves out what is there twice.
        var seen: Set<String> = []
        resolver.search.removeAll { !seen.insert($0).inserted }
        resolver.servers.removeAll { !seen.insert($0.description).inserted }
        return resolver
    }

    /// For nodes and the host: where people type, names work as in a Pod of the namespace `default`. In a real cluster they
    /// do not, and a Pod with the policy `Default` does without them here too.
    public var placeConfiguration: ResolverConfiguration { clusterFirst("default") }

    private func clusterFirst(_ namespace: String) -> ResolverConfiguration {
        ResolverConfiguration(
            servers: servers, search: ["\(namespace).svc.\(domain)", "svc.\(domain)", domain], options: ["ndots:5"])
    }

    /// A Pod's own options take the place of those of the same name.
    private func options(_ standard: [String], _ own: [Value]) -> [String] {
        var values: [String: String] = [:]
        for option in standard {
            let parts = option.split(separator: ":", maxSplits: 1).map(String.init)
            values[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        for option in own { values[option["name"]?.string ?? ""] = option["value"]?.string ?? "" }
        return values.sorted { $0.key < $1.key }.map { $0.value.isEmpty ? $0.key : "\($0.key):\($0.value)" }
    }
}
