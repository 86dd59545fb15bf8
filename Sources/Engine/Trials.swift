// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Linux
internal import Net

/// The single trials of an examination.
enum Trials {
    typealias Finding = Examination.Finding

    /// What no lab can do without.
    static func needed() -> [Finding] {
        [
            attempt(
                "network namespaces", fix: "a kernel with CONFIG_NET_NS, in a container that may unshare (--privileged)"
            ) { () throws(KernelError) in
                _ = try NetworkNamespace.create { (namespace) throws(KernelError) in namespace }
            },
            attempt("veth pairs", fix: "a kernel with CONFIG_VETH: modprobe veth") { () throws(KernelError) in
                try NetworkNamespace.create { _ throws(KernelError) in
                    try RouteSocket(place: "the trial").send(
                        .addVeth(VethEnd("trial0"), peer: VethEnd("trial1"), peerNamespace: nil))
                }
            },
            attempt(
                "nftables with maps, numgen, NAT and reject",
                fix: "modprobe nf_tables nft_chain_nat nft_numgen nft_masq nft_reject_ipv4"
            ) { () throws(KernelError) in
                try NetworkNamespace.create { _ throws(KernelError) in try commitTable() }
            },
            attempt("connection tracking", fix: "modprobe nf_conntrack nf_conntrack_netlink") {
                () throws(KernelError) in
                try NetworkNamespace.create { _ throws(KernelError) in _ = try ConntrackSocket().list(.v4) }
            },
            attempt(
                "mount, process and host name namespaces",
                fix: "run outside a restricted container, or with --privileged (without root: with --security-opt "
                    + "systempaths=unconfined)"
            ) { () throws(KernelError) in try startProcess() },
            attempt("the responder program", fix: "scripts/build-responder, or scripts/install") {
                () throws(KernelError) in _ = try ResponderPrograms()
            },
        ]
    }

    /// What some labs want.
    static func wanted() -> [Finding] {
        let netem = attempt("netem", .optional, fix: "a kernel with CONFIG_NET_SCH_NETEM: modprobe sch_netem") {
            () throws(KernelError) in
            try NetworkNamespace.create { _ throws(KernelError) in
                try RouteSocket(place: "the trial").addNetem(interface: 1)
            }
        }
        return [iptables(.nft), iptables(.legacy), addresses(), cgroup(), descriptors(), netem]
    }

    /// Programs that are of use beside a lab.
    static func tools() -> [Finding] {
        [
            tool("kubectl", for: "driving a lab with kubectl (https://kubernetes.io/docs/tasks/tools/)"),
            tool("nft", for: "reading the rules with nft list ruleset (apt install nftables)"),
            tool(
                "tcpdump", for: "seeing packets with lab exec PLACE -- tcpdump -ni any (apt install tcpdump)",
                // It would become a user that a session of one user does not have.
                remark: UserSession.isEntered && ProcessOptions.Privileges.unprivileged.user == nil
                    ? ", here with -Z root" : ""),
            tool("curl", for: "the requests that labs suggest (apt install curl)"),
        ]
    }

    /// Whether containers of a session run as another user than its own.
    static func users() -> Finding {
        let subject = "users for containers (subuid)"
        guard ProcessOptions.Privileges.unprivileged.user == nil else {
            return Finding(subject, .present, "containers run as a user of their own")
        }
        let map = UserMap.own
        return Finding(
            subject, .optional,
            "\(map.lacking ?? "this session is older than they are"): containers run as yourself, without capabilities",
            fix: "as root: apt install uidmap; usermod --add-subuids 200000-265535 --add-subgids 200000-265535 "
                + "$(id -nu \(map.user)); then: lab down --all")
    }

    // MARK: The trials

    static func attempt(
        _ subject: String, _ otherwise: Finding.Verdict = .missing, fix: String, _ body: () throws(KernelError) -> Void
    ) -> Finding {
        do throws(KernelError) {
            try body()
            return Finding(subject, .present)
        } catch { return Finding(subject, otherwise, error.description, fix: fix) }
    }

    private static func commitTable() throws(KernelError) {
        let ruleset = Ruleset.node(
            nodeAddress: Address(172, 18, 0, 2), serviceRange: Prefix(Address(10, 96, 0, 0), 16),
            podRange: Prefix(Address(10, 244, 0, 0), 16))
        try TableSocket(place: "the trial").commit(ruleset.difference(from: nil))
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

    /// What `spec.proxyMode: iptables` needs, which most labs do not; either variant will do.
    private static func iptables(_ variant: IPTablesVariant) -> Finding {
        let subject = "spec.proxyMode: iptables by iptables-\(variant.rawValue)"
        if let lacking = variant.lacking() {
            return Finding(subject, .optional, lacking, fix: "apt install iptables")
        }
        return Finding(subject, .present, variant.lacking(.v6) == nil ? "" : "not for IPv6")
    }

    private static func addresses() -> Finding {
        if KernelEdge.hasIPv6 { return Finding("IPv6", .present) }
        return Finding(
            "IPv6", .optional, "the machine was started without it", fix: "start it without ipv6.disable=1")
    }

    private static func cgroup() -> Finding {
        let without = "without it a lab finds its processes by their namespaces"
        guard UserSession.isEntered else {
            if let root = Cgroup.root { return Finding("cgroup version 2", .present, root) }
            return Finding(
                "cgroup version 2", .optional, "not mounted", fix: "\(without); mount -t cgroup2 none /sys/fs/cgroup")
        }
        if let root = Cgroup.root { return Finding("a delegated cgroup", .present, root) }
        return Finding(
            "a delegated cgroup", .optional, "this shell's is not its user's own",
            fix: "\(without); systemd-run --user --scope -p Delegate=yes lab up …")
    }

    private static func descriptors() -> Finding {
        let limit = Program.raiseDescriptorLimit()
        // A Pod takes about ten of its daemon's.
        return Finding("open files", .present, "\(limit), enough for about \(limit / 10) Pods in a lab")
    }

    private static func tool(_ name: String, for purpose: String, remark: String = "") -> Finding {
        let path = Program.environment("PATH") ?? ContainerProgram.searchPath
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        if let found = folders.map({ "\($0)/\(name)" }).first(where: { File.isExecutable($0) }) {
            return Finding(name, .present, found + remark)
        }
        return Finding(name, .optional, "not found", fix: "only needed for \(purpose)")
    }
}
