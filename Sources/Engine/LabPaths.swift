// SPDX-License-Identifier: Apache-2.0
public import Dataplane

/// Where a lab keeps its files and names: everything that the machine's own file system shows of it.
///
/// `/run/lab/NAME` is a file system of the lab's own (tmpfs), so that a full disk cannot hurt it and `down` takes it whole.
public struct LabPaths: Sendable, Hashable {
    /// The folder of all labs.
    public static let root = "/run/lab"
    /// Held (flock) while a lab chooses its ranges and interface, so that two labs never choose the same.
    public static let lock = "/run/lab/.lock"

    /// The lab's name.
    public let lab: String

    /// The paths of the lab of this name.
    public init(lab: String) { self.lab = lab }

    /// The lab's own folder, the mount point of its tmpfs.
    public var directory: String { "\(LabPaths.root)/\(lab)" }
    /// The socket on which the daemon listens for commands.
    public var socket: String { "\(directory)/lab.sock" }
    /// What the lab is made of, one `kind name` a line, written before each thing is made.
    public var journal: String { "\(directory)/journal" }
    /// What the lab's next daemon has to know, should this one be killed: see `StateKeeper`.
    var state: String { "\(directory)/state" }
    /// The lab's description for commands that find no daemon: one JSON object.
    public var description: String { "\(directory)/lab.json" }
    /// The faults that are in force: a list of JSON objects.
    var faults: String { "\(directory)/faults.json" }
    /// The socket on which the daemon serves the web page, for root alone.
    public var page: String { "\(directory)/ui.sock" }
    /// The secret without which the page is nobody's.
    var pageToken: String { "\(directory)/ui.token" }
    /// The daemon's own log.
    public var daemonLog: String { "\(directory)/daemon.log" }
    /// For kubectl: how to reach the lab's API, readable by the user behind sudo alone.
    public var kubeconfig: String { "\(directory)/kubeconfig" }
    /// Says into which kubeconfig of the user's the lab's context was merged.
    var mergedKubeconfig: String { "\(directory)/merged-kubeconfig" }
    /// The name of the lab's cluster, user and context in a kubeconfig.
    public var context: String { "lab-\(lab)" }
    /// The control group that holds every process of the lab, below the version 2 hierarchy.
    public var cgroup: String { "lab-\(lab)" }

    /// The part of it that holds the containers, so that they can be ended without the daemon.
    public var podsCgroup: String { "\(cgroup)/pods" }

    /// The folder of all Pods' files, which root alone may enter.
    var pods: String { "\(directory)/pods" }

    /// The folder of a Pod's private files and logs.
    public func pod(_ namespace: String, _ name: String) -> String {
        "\(pods)/\(LabPaths.fitted("\(namespace).\(name)"))"
    }

    /// The folder of what nodes and the host have of their own.
    var places: String { "\(directory)/places" }
    /// The folder of a node's or the host's private files.
    func place(_ namespace: NamespaceName) -> String { "\(places)/\(namespace.text)" }

    /// The folder of persistent volume claims, which outlive Pods and go with the lab; root alone may enter it.
    var claims: String { "\(directory)/claims" }

    /// The name of the lab's nftables table in the machine's own namespace, if it has one.
    var table: String { "lab-\(lab)" }

    /// What every name of the lab's namespaces begins with.
    var bindingPrefix: String { "lab-\(lab)-" }

    /// The name under `/run/netns` of one of the lab's namespaces: `lab-hello-service-edge`, `lab-hello-service-default.web-1`.
    public func binding(_ namespace: NamespaceName) -> String {
        LabPaths.fitted(bindingPrefix + namespace.text.replacing("/", with: "."))
    }

    /// The name, cut with a hash at its end where a file system would not take it (255 bytes).
    static func fitted(_ name: String) -> String {
        guard name.utf8.count > 250 else { return name }
        return String(name.prefix(233)) + "-" + String(hash(name), radix: 16)
    }

    /// FNV-1a, so that a name that had to be cut stays unique.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// Why a name cannot be a lab's; nil if it can: a DNS label of at most 40 characters.
    public static func problem(withName name: String) -> String? {
        let allowed = name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        guard !name.isEmpty, name.utf8.count <= 40, allowed, name.utf8.first != 45, name.utf8.last != 45 else {
            return "a lab's name has 1 to 40 lower case letters, digits or '-', and neither starts nor ends with '-'"
        }
        return nil
    }
}
