// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Net
internal import Synchronization

/// Notices that someone else changed a family's rules in a namespace, for the price of a system call or two.
final class IPTablesWatch: Sendable {
    /// What can be asked cheaply, and is another after a change.
    private enum Sight: Equatable {
        /// `NFT_MSG_GETGEN`: how often anyone committed to nf_tables in the namespace.
        case generation(UInt32)
        /// Rules and bytes of mangle, filter and nat.
        case sizes([UInt32])
    }

    private let family: Family
    private let tables: TableSocket?
    private let sizes: SharedDescriptor?
    private let place: String
    /// What each family saw when its rules were right; one for both, for they share the generation.
    private let seen: Known

    private final class Known: Sendable {
        let sights = Mutex<[Family: Sight]>([:])
    }

    init(
        in namespace: NetworkNamespace, place: String, _ family: Family, _ variant: IPTablesVariant,
        beside sibling: IPTablesWatch?
    ) throws(KernelError) {
        self.family = family
        self.place = place
        seen = sibling?.seen ?? Known()
        switch variant {
        case .nft: (tables, sizes) = (try TableSocket(in: namespace, place: place), nil)
        case .legacy:
            sizes = try namespace.enter { () throws(KernelError) in
                let domain = family == .v4 ? AF_INET : AF_INET6
                let raw = try check("opening a socket for iptables in \(place)", "socket") {
                    socket(domain, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), Int32(IPPROTO_RAW))
                }
                return SharedDescriptor(Descriptor(owning: raw))
            }
            tables = nil
        }
    }

    private func look() throws(KernelError) -> Sight {
        if let tables { return .generation(try tables.generation()) }
        var numbers: [UInt32] = []
        for table in ["mangle", "filter", "nat"] {
            var (rules, bytes): (UInt32, UInt32) = (0, 0)
            _ = try checkNegated("asking for the size of \(table) in \(place)", "getsockopt") {
                unsafe lab_iptables_size(sizes?.raw ?? -1, family == .v6 ? 1 : 0, table, &rules, &bytes)
            }
            numbers += [rules, bytes]
        }
        return .sizes(numbers)
    }

    /// Runs what changes the rules for the lab, so that it is not taken for someone else's doing; what someone else did
    /// before is not forgotten, unless the change is a whole installation.
    func changing<Result>(isWhole: Bool, _ body: () throws(KernelError) -> Result) throws(KernelError) -> Result {
        let before = try? look()
        let result = try body()
        let after = try? look()
        seen.sights.withLock { sights in
            if isWhole { sights[family] = before }
            switch (before, after) {
            case (.generation, .some(let after)):
                for (family, sight) in sights where sight == before { sights[family] = after }
            case (.sizes, .some(let after)): if sights[family] == before { sights[family] = after }
            default: sights[family] = nil
            }
        }
        return result
    }

    /// True if something changed since the rules were last right, and they are not right now.
    func isDisturbed(_ areRight: () throws(KernelError) -> Bool) throws(KernelError) -> Bool {
        let now = try look()
        if seen.sights.withLock({ $0[family] }) == now { return false }
        guard try areRight() else { return true }
        seen.sights.withLock { $0[family] = now }
        return false
    }
}
