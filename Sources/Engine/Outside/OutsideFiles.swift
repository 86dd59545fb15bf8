// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Linux
internal import Net

/// The files of a system beyond the edge: `/etc/hosts`, `/etc/resolv.conf` and its responder's log.
struct OutsideFiles: Sendable {
    /// What its responder is called among logs.
    static let container = "responder"

    private let parent: String
    let directory: String

    init(_ paths: LabPaths, _ system: String) {
        parent = "\(paths.directory)/outside"
        directory = "\(parent)/\(system)"
    }

    /// What the responder writes.
    var log: String { "\(directory)/\(OutsideFiles.container).log" }

    /// What the responder sees in the place of the machine's own files, as source and target.
    var mounts: [(source: String, target: String)] {
        [("\(directory)/hosts", "/etc/hosts"), ("\(directory)/resolv.conf", "/etc/resolv.conf")]
    }

    /// Makes all of them. Who is outside knows the others outside, and does not ask the cluster's name servers.
    func make(for system: ExternalSystem, among all: [ExternalSystem]) throws(KernelError) {
        try File.makeDirectory(parent)
        try File.makeDirectory(directory)
        try File.write("\(directory)/hosts", OutsideFiles.hosts(system, all))
        try File.write("\(directory)/resolv.conf", "# Outside of the cluster names are known by /etc/hosts alone.\n")
    }

    private static func hosts(_ system: ExternalSystem, _ all: [ExternalSystem]) -> String {
        "127.0.0.1\tlocalhost\n::1\tlocalhost\n"
            + all.flatMap { other in
                other.addresses.map { address in
                    "\(address)\t\(([other.name] + other.hostnames).joined(separator: "\t"))\n"
                }
            }.joined()
    }
}
