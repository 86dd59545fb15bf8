// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import DNS
internal import Kubernetes
internal import Linux
internal import Net

/// The private files of a Pod: `/etc/hosts`, `/etc/hostname`, `/etc/resolv.conf` and its containers' logs.
struct PodFiles: Sendable {
    let directory: String

    init(_ paths: LabPaths, _ key: ObjectKey) { directory = paths.pod(key.namespace, key.name) }

    /// The log of one container: what it writes to standard output and standard error.
    func log(_ container: String) -> String { "\(directory)/\(container).log" }

    /// What a container sees in the place of the host's own files, as source and target.
    var mounts: [(source: String, target: String)] {
        [
            ("\(directory)/hosts", "/etc/hosts"), ("\(directory)/hostname", "/etc/hostname"),
            ("\(directory)/resolv.conf", "/etc/resolv.conf"),
        ]
    }

    /// Makes all of them.
    func make(for pod: Pod, addresses: [Address], _ resolver: Resolver) throws(KernelError) {
        try File.makeDirectory(directory)
        try File.write("\(directory)/hosts", PodFiles.hosts(pod, addresses, domain: resolver.domain))
        try File.write("\(directory)/hostname", PodFiles.hostname(pod, domain: resolver.domain) + "\n")
        try File.write("\(directory)/resolv.conf", resolver.configuration(for: pod).description)
    }

    /// The Pod's host name: `spec.hostname`, else its name, cut to the kernel's 63 bytes as the kubelet does.
    static func hostname(_ pod: Pod, domain: String) -> String {
        let name = shortHostname(pod)
        guard !pod.isHostNetwork, pod.object.spec["setHostnameAsFQDN"]?.bool == true, !pod.subdomain.isEmpty else {
            return name
        }
        let qualified = "\(name).\(pod.subdomain).\(pod.namespace).svc.\(domain)"
        // The kernel has no room for a longer one.
        return qualified.utf8.count > 64 ? name : qualified
    }

    /// The same without the domain, however many dots it has.
    private static func shortHostname(_ pod: Pod) -> String {
        // On its node's network it has its node's name.
        if pod.isHostNetwork, let node = pod.nodeName { return node }
        var name = String((pod.hostname.isEmpty ? pod.name : pod.hostname).prefix(63))
        while let last = name.last, last == "-" || last == "." { name.removeLast() }
        return name
    }

    /// `/etc/hosts` as the kubelet writes it.
    static func hosts(_ pod: Pod, _ addresses: [Address], domain: String) -> String {
        let name = shortHostname(pod)
        let qualified = pod.subdomain.isEmpty ? "" : "\(name).\(pod.subdomain).\(pod.namespace).svc.\(domain)\t"
        let aliases = pod.hostAliases.map { "\($0.address)\t\($0.hostnames.joined(separator: "\t"))\n" }.joined()
        return "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
            + addresses.map { "\($0)\t\(qualified)\(name)\n" }.joined()
            + (aliases.isEmpty ? "" : "\n# Entries added by HostAliases.\n\(aliases)")
    }
}
