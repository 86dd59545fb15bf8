// SPDX-License-Identifier: Apache-2.0
internal import Glibc
public import Net
internal import Synchronization

/// The two ways in which the `iptables` commands reach the kernel. A namespace should be written to by one of them only.
public enum IPTablesVariant: String, Sendable, Hashable, CaseIterable {
    /// Through nf_tables (`iptables-nft`, the usual one since 2019). The corresponding kernel option is `CONFIG_NFT_COMPAT`.
    case nft
    /// Through the older interface (`iptables-legacy`). The corresponding kernel option is `CONFIG_IP_NF_IPTABLES_LEGACY`.
    case legacy

    /// The variant to use when nobody asks for one: `nft` if it works here, else `legacy` if that does.
    public static var preferred: IPTablesVariant? { allCases.first { $0.lacking() == nil } }

    /// Why the variant cannot be used here, and what to do about it; nil if it can. Runs its commands in an empty namespace,
    /// the first time that it is asked.
    public func lacking(_ family: Family = .v4) -> String? {
        let key = "\(rawValue) \(family.rawValue)"
        if let known = IPTablesVariant.findings.withLock({ $0[key] }) { return known.isEmpty ? nil : known }
        let found = examine(family)
        IPTablesVariant.findings.withLock { $0[key] = found ?? "" }
        return found
    }

    private static let findings = Mutex<[String: String]>([:])

    private func examine(_ family: Family) -> String? {
        do throws(KernelError) {
            let restore = try IPTablesCommand.find(.restore, self, family)
            let answer = try NetworkNamespace.create { (namespace) throws(KernelError) in
                try restore.run(IPTablesVariant.everything(family), in: namespace, seconds: 10)
            }
            guard !answer.isSuccess else { return nil }
            let option = self == .nft ? "CONFIG_NFT_COMPAT" : "CONFIG_IP_NF_IPTABLES_LEGACY"
            return
                "\(restore.name) does not work with this kernel (it wants \(option) and the xt_ modules): \(answer.sentence)"
        } catch { return error.description }
    }

    /// One rule for each extension that rules of ours use.
    private static func everything(_ family: Family) -> String {
        let address = family == .v4 ? "127.0.0.1:1" : "[::1]:1"
        return """
            *filter
            :KUBE-TRY - [0:0]
            -A KUBE-TRY -p tcp -m comment --comment "a b" -m addrtype --dst-type LOCAL -m tcp --dport 1 -j REJECT
            -A KUBE-TRY -m conntrack --ctstate NEW -m mark --mark 0x1/0x1 -j MARK --set-xmark 0x1/0x1
            COMMIT
            *nat
            :KUBE-TRY - [0:0]
            -A KUBE-TRY -m recent --rcheck --seconds 1 --reap --name KUBE-TRY --rsource -j MASQUERADE --random-fully
            -A KUBE-TRY -p tcp -m statistic --mode random --probability 0.5 -m tcp -j DNAT --to-destination \(address)
            COMMIT

            """
    }
}

/// One of the commands of a variant, where it was found.
struct IPTablesCommand: Sendable {
    enum Verb: String { case restore, save }

    /// The file's name, as `iptables-nft-restore`.
    let name: String
    let path: String

    /// Looks for a command along `PATH` and where superusers' commands are. Where none has the variant in its name, the
    /// one without does if it says that it is of that variant.
    static func find(_ verb: Verb, _ variant: IPTablesVariant, _ family: Family) throws(KernelError) -> IPTablesCommand
    {
        let base = family == .v4 ? "iptables" : "ip6tables"
        let name = "\(base)-\(variant.rawValue)-\(verb.rawValue)"
        if let path = locate(name) { return IPTablesCommand(name: name, path: path) }
        if let path = locate("\(base)-\(verb.rawValue)") {
            let command = IPTablesCommand(name: "\(base)-\(verb.rawValue)", path: path)
            let told = (try? command.run(nil, ["--version"], in: nil, seconds: 5).output) ?? ""
            // `iptables v1.8.9 (nf_tables)`; before 1.8 there was only what is now called legacy.
            if told.contains("nf_tables") == (variant == .nft) { return command }
        }
        throw KernelError(
            "finding \(name)", call: "access", .noEntry,
            message: "there is no \(name) on PATH; install the package iptables, or use another proxyMode")
    }

    private static func locate(_ name: String) -> String? {
        let path = Program.environment("PATH") ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
        return folders.lazy.map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
    }
}
