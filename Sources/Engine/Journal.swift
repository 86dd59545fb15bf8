// SPDX-License-Identifier: Apache-2.0
public import Linux

/// What a lab has made on the machine, written before each thing is made: `down` takes away just that, whatever happened
/// (should the journal itself be lost, `Demolition` goes by the names).
///
/// A line a thing: `interface lab0`, `binding lab-hello-edge`, `table IPv4 lab-hello`. A thing may be in the journal and not
/// exist (the lab was killed in between); nothing of a lab exists without being in its journal, but its folder and cgroup.
public struct Journal: Sendable {
    /// What kinds of things are journaled.
    public enum Kind: String, Sendable, CaseIterable {
        /// The host's end of the link to the edge, in the machine's own namespace.
        case interface
        /// An nftables table in the machine's own namespace: its family and its name.
        case table
        /// A name below `/run/netns`, with its folder in `/etc/netns`.
        case binding
    }

    private let path: String

    /// The journal of the lab that has these paths.
    public init(_ paths: LabPaths) { path = paths.journal }

    /// Adds things of one kind in one write.
    public func record(_ kind: Kind, _ names: [String]) throws(KernelError) {
        guard !names.isEmpty else { return }
        try File.append(path, names.map { "\(kind.rawValue) \($0)\n" }.joined())
    }

    /// The recorded names of a kind; empty when there is no journal.
    public func names(_ kind: Kind) -> [String] {
        guard let text = try? File.read(path) else { return [] }
        var seen: Set<String> = []
        return text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0] == kind.rawValue, seen.insert(String(parts[1])).inserted else {
                return nil
            }
            return String(parts[1])
        }
    }
}
