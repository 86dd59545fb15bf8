// SPDX-License-Identifier: Apache-2.0
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
    func make(for pod: Pod, addresses: [Address]) throws(KernelError) {
        try File.makeDirectory(directory)
        try File.write("\(directory)/hosts", PodFiles.hosts(pod, addresses))
        try File.write("\(directory)/hostname", PodFiles.hostname(pod) + "\n")
        try File.write("\(directory)/resolv.conf", PodFiles.resolver(pod))
    }

    /// The Pod's host name: `spec.hostname`, else its name, cut to the kernel's 63 bytes as the kubelet does.
    static func hostname(_ pod: Pod) -> String {
        // On its node's network it has its node's name.
        if pod.isHostNetwork, let node = pod.nodeName { return node }
        var name = String((pod.hostname.isEmpty ? pod.name : pod.hostname).prefix(63))
        while let last = name.last, last == "-" || last == "." { name.removeLast() }
        guard pod.object.spec["setHostnameAsFQDN"]?.bool == true, !pod.subdomain.isEmpty else { return name }
        let qualified = "\(name).\(pod.subdomain).\(pod.namespace).svc.cluster.local"
        // The kernel has no room for a longer one.
        return qualified.utf8.count > 64 ? name : qualified
    }

    /// `/etc/hosts` as the kubelet writes it.
    static func hosts(_ pod: Pod, _ addresses: [Address]) -> String {
        let name = String(hostname(pod).prefix { $0 != "." || pod.isHostNetwork })
        let qualified = pod.subdomain.isEmpty ? "" : "\(name).\(pod.subdomain).\(pod.namespace).svc.cluster.local\t"
        let aliases = pod.hostAliases.map { "\($0.address)\t\($0.hostnames.joined(separator: "\t"))\n" }.joined()
        return "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
            + addresses.map { "\($0)\t\(qualified)\(name)\n" }.joined()
            + (aliases.isEmpty ? "" : "\n# Entries added by HostAliases.\n\(aliases)")
    }

    /// `/etc/resolv.conf` as the kubelet writes it, for `dnsPolicy` and `dnsConfig`. There is no name server in a lab yet
    /// but those that `dnsConfig` names, so a look-up fails at once (glibc then asks 127.0.0.1, where nobody listens)
    /// and does not hang.
    static func resolver(_ pod: Pod) -> String {
        let config = pod.object.spec["dnsConfig"]
        let isCluster = pod.dnsPolicy.hasPrefix("ClusterFirst")
        let standard =
            isCluster ? ["\(pod.namespace).svc.cluster.local", "svc.cluster.local", "cluster.local"] : []
        let servers = config?["nameservers"]?.elements.compactMap(\.string) ?? []
        let searches = unique(standard + (config?["searches"]?.elements.compactMap(\.string) ?? []))
        var options: [String: String] = isCluster ? ["ndots": "5"] : [:]
        for option in config?["options"]?.elements ?? [] {
            options[option["name"]?.string ?? ""] = option["value"]?.string ?? ""
        }
        let words = options.sorted { $0.key < $1.key }.map { $0.value.isEmpty ? $0.key : "\($0.key):\($0.value)" }
        return servers.map { "nameserver \($0)\n" }.joined()
            + (searches.isEmpty ? "" : "search \(searches.joined(separator: " "))\n")
            + (words.isEmpty ? "" : "options \(words.joined(separator: " "))\n")
    }

    /// The words without those that came before.
    private static func unique(_ words: [String]) -> [String] {
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }
    }
}
