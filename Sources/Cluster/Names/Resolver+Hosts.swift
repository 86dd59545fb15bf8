// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
public import Net

/// How a Pod calls itself.
extension Resolver {
    /// With what the kubelet begins every Pod's file.
    private static let firstHosts = """
        # Kubernetes-managed hosts file.
        127.0.0.1\tlocalhost
        ::1\tlocalhost ip6-localhost ip6-loopback
        fe00::0\tip6-localnet
        fe00::0\tip6-mcastprefix
        fe00::1\tip6-allnodes
        fe00::2\tip6-allrouters

        """

    /// The Pod's host name: `spec.hostname`, else its name, cut to the kernel's 63 bytes as the kubelet does; with the
    /// domain if `setHostnameAsFQDN` says so.
    public func hostname(_ pod: Pod) -> String {
        let name = shortHostname(pod)
        guard !pod.isHostNetwork, pod.object.spec["setHostnameAsFQDN"]?.bool == true else { return name }
        let qualified = qualifiedHostname(pod)
        // The kernel has no room for a longer one.
        return qualified.isEmpty || qualified.utf8.count > 64 ? name : qualified
    }

    /// `/etc/hosts` as the kubelet writes it for a Pod with these addresses (D75).
    public func hosts(_ pod: Pod, _ addresses: [Address]) -> String {
        let name = shortHostname(pod)
        let qualified = qualifiedHostname(pod)
        let names = qualified.isEmpty ? name : "\(qualified)\t\(name)"
        let aliases = pod.hostAliases.map { "\($0.address)\t\($0.hostnames.joined(separator: "\t"))\n" }.joined()
        return Self.firstHosts + addresses.map { "\($0)\t\(names)\n" }.joined()
            + (aliases.isEmpty ? "" : "\n# Entries added by HostAliases.\n\(aliases)")
    }

    /// With `spec.subdomain`: the name that DNS has for the Pod behind a headless Service of that name. Empty without.
    private func qualifiedHostname(_ pod: Pod) -> String {
        pod.subdomain.isEmpty ? "" : "\(shortHostname(pod)).\(pod.subdomain).\(pod.namespace).svc.\(domain)"
    }

    /// The same without the domain, however many dots it has.
    private func shortHostname(_ pod: Pod) -> String {
        // On its node's network it has its node's name.
        if pod.isHostNetwork, let node = pod.nodeName { return node }
        var name = String((pod.hostname.isEmpty ? pod.name : pod.hostname).prefix(63))
        while let last = name.last, last == "-" || last == "." { name.removeLast() }
        return name
    }
}
