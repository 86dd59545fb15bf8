// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes
internal import Linux
internal import Net

/// What `lab doctor` finds: each thing is tried, in a namespace of its own that ends with the trial.
public enum Examination {
    /// One thing that a lab needs, or can do without.
    public struct Finding: Sendable {
        /// How it stands with it.
        public enum Verdict: String, Sendable { case present, missing, optional }
        /// What was looked at.
        public var subject: String
        /// How it stands.
        public var verdict: Verdict
        /// What was found, or what the kernel said.
        public var detail: String
        /// What to do about it.
        public var fix: String

        /// As JSON.
        public var value: Value {
            [
                "subject": .string(subject), "verdict": .string(verdict.rawValue), "detail": .string(detail),
                "fix": .string(fix),
            ]
        }
    }

    /// Tries everything; changes nothing that stays.
    public static func run() -> [Finding] {
        guard Program.isRoot else {
            return [Finding(subject: "root", verdict: .missing, detail: "this is another user", fix: "sudo lab doctor")]
        }
        return [
            Finding(subject: "root", verdict: .present, detail: "", fix: ""),
            attempt(
                "network namespaces", fix: "a kernel with CONFIG_NET_NS, in a container that may unshare (--privileged)"
            ) { () throws(KernelError) in
                _ = try NetworkNamespace.create { (namespace) throws(KernelError) in namespace }
            },
            attempt("veth pairs", fix: "a kernel with CONFIG_VETH: modprobe veth") { () throws(KernelError) in
                try makeLink()
            },
            attempt(
                "nftables with maps, numgen, NAT and reject",
                fix: "modprobe nf_tables nft_chain_nat nft_numgen nft_masq nft_reject_ipv4"
            ) { () throws(KernelError) in
                try NetworkNamespace.create { _ throws(KernelError) in
                    let ruleset = Ruleset.node(
                        nodeAddress: Address(172, 18, 0, 2), serviceRange: Prefix(Address(10, 96, 0, 0), 16),
                        podRange: Prefix(Address(10, 244, 0, 0), 16))
                    try TableSocket(place: "the trial").commit(ruleset.difference(from: nil))
                }
            },
            attempt("connection tracking", fix: "modprobe nf_conntrack nf_conntrack_netlink") {
                () throws(KernelError) in
                try NetworkNamespace.create { _ throws(KernelError) in _ = try ConntrackSocket().list(.v4) }
            },
            attempt(
                "mount, process and host name namespaces",
                fix: "run outside a restricted container, or with --privileged"
            ) { () throws(KernelError) in
                try startProcess()
            },
            cgroup(), responder(), iptables(),
            tool("kubectl", optionalFor: "driving a lab with kubectl (https://kubernetes.io/docs/tasks/tools/)"),
            tool("nft", optionalFor: "reading the rules with nft list ruleset (apt install nftables)"),
        ]
    }

    /// What `spec.proxyMode: iptables` needs, which most labs do not.
    private static func iptables() -> Finding {
        let subject = "iptables for spec.proxyMode: iptables"
        let working = IPTablesVariant.allCases.filter { $0.lacking() == nil }
        let detail = working.map { "iptables-\($0.rawValue)" + ($0.lacking(.v6) == nil ? "" : " (not for IPv6)") }
        guard working.isEmpty else {
            return Finding(subject: subject, verdict: .present, detail: detail.joined(separator: ", "), fix: "")
        }
        return Finding(
            subject: subject, verdict: .optional, detail: IPTablesVariant.nft.lacking() ?? "",
            fix: "apt install iptables")
    }

    private static func attempt(_ subject: String, fix: String, _ body: () throws(KernelError) -> Void) -> Finding {
        do throws(KernelError) {
            try body()
            return Finding(subject: subject, verdict: .present, detail: "", fix: "")
        } catch { return Finding(subject: subject, verdict: .missing, detail: error.description, fix: fix) }
    }

    private static func makeLink() throws(KernelError) {
        try NetworkNamespace.create { _ throws(KernelError) in
            try RouteSocket(place: "the trial").send(
                .addVeth(VethEnd("trial0"), peer: VethEnd("trial1"), peerNamespace: nil))
        }
    }

    private static func startProcess() throws(KernelError) {
        var options = ProcessOptions.container(
            .path("/bin/true"), hostname: "trial", network: try NetworkNamespace.current(),
            root: try RootTemplate.create(), output: try LogFile.open("/dev/null"))
        options.environment = ["PATH=\(ContainerProgram.searchPath)"]
        let status = try ContainerProcess.spawn(options).wait()
        guard status == .exited(0) else {
            throw KernelError("running /bin/true in a container", call: "execve", .invalid, message: status.description)
        }
    }

    private static func cgroup() -> Finding {
        guard let root = Cgroup.root else {
            return Finding(
                subject: "cgroup version 2", verdict: .optional, detail: "not mounted",
                fix: "without it a lab finds its processes by their namespaces; mount -t cgroup2 none /sys/fs/cgroup")
        }
        return Finding(subject: "cgroup version 2", verdict: .present, detail: root, fix: "")
    }

    private static func responder() -> Finding {
        attempt("the responder program", fix: "scripts/build-responder, or scripts/install") { () throws(KernelError) in
            _ = try ResponderPrograms()
        }
    }

    private static func tool(_ name: String, optionalFor purpose: String) -> Finding {
        let folders = (Program.environment("PATH") ?? ContainerProgram.searchPath).split(separator: ":")
        if let found = folders.map({ "\($0)/\(name)" }).first(where: { File.isExecutable($0) }) {
            return Finding(subject: name, verdict: .present, detail: found, fix: "")
        }
        return Finding(subject: name, verdict: .optional, detail: "not found", fix: "only needed for \(purpose)")
    }
}
