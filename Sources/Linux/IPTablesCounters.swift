// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Synchronization

/// The named counters of the match `nfacct`, which must be there before a rule names them.
/// The corresponding C header is `linux/netfilter/nfnetlink_acct.h`.
enum IPTablesCounters {
    /// Makes counters that are not there; false if the kernel has no such thing (`CONFIG_NETFILTER_NETLINK_ACCT`).
    static func make(_ names: [String], in namespace: NetworkNamespace, place: String) throws(KernelError) -> Bool {
        let socket = try NetlinkSocket(.netfilter, in: namespace, place: place)
        for name in names {
            var writer = NetlinkWriter(capacity: 256)
            writer.begin(
                subsystem: subsystem, type: newCounter, flags: NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sequence: 1,
                family: 0)
            writer.put(nameAttribute, text: name)
            writer.end()
            let answer = try socket.converse(
                writer.bytes(), last: 1, "making the counter \(name)", call: "NFNL_MSG_ACCT_NEW")
            if let failure = answer.failures.first, failure.errno != .exists { return false }
        }
        return true
    }

    /// Tells whether a command knows the match too; tried once for each command, in an empty namespace.
    static func works(with command: IPTablesCommand) -> Bool {
        if let known = findings.withLock({ $0[command.path] }) { return known }
        let rule = "*filter\n:KUBE-TRY - [0:0]\n-A KUBE-TRY -m nfacct --nfacct-name lab_try\nCOMMIT\n"
        let answer = try? NetworkNamespace.create { (namespace) throws(KernelError) in
            _ = try make(["lab_try"], in: namespace, place: "an empty namespace")
            return try command.run(rule, in: namespace, seconds: 10)
        }
        let works = answer?.isSuccess == true
        findings.withLock { $0[command.path] = works }
        return works
    }

    private static let findings = Mutex<[String: Bool]>([:])

    /// `NFNL_SUBSYS_ACCT`, `NFNL_MSG_ACCT_NEW`, `NFACCT_NAME`.
    private static let subsystem: Int32 = 7
    private static let newCounter = 0
    private static let nameAttribute = 1
}
