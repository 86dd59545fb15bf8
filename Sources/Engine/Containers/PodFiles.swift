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
        try File.write("\(directory)/hosts", resolver.hosts(pod, addresses))
        try File.write("\(directory)/hostname", resolver.hostname(pod) + "\n")
        try File.write("\(directory)/resolv.conf", resolver.configuration(for: pod).description)
    }
}
